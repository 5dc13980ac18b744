"""Statistics of the stream, and the prints of the past."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gbterm.audit import AuditEntry
from gbterm.errors import AuthenticationRefused, CommandTimeout
from gbterm.jobs import JobRecord
from gbterm.model import StreamReport, StreamStatistics
from gbterm.widgets.stream_words import stream_facts
from tests.console.conftest import opened
from tests.memory_backend import NOON, MemoryBackend

TOLD = StreamStatistics(
    since=NOON,
    lines_sent=52114,
    bytes_sent=1614222,
    oks=52109,
    errors={"no_ok": 1, "checksum": 2},
    window_lines_most=8,
    window_why="the board tells of a queue of 4 (ADVANCED_OK)",
    window_bytes=127,
    queue_slots=4,
    planner_slots=15,
    streamed_s=912.5,
    planner_dry_s=3.5,
    stream=StreamReport(61.5, 8, 5, 141, 0, 0, 60, 0.1, "motion: the planner is full"),
)
PAST = [
    JobRecord(f"{n}", f"part {n}.gcode", ended_at=NOON - 60 * n, outcome="finished", printed_s=61)
    for n in range(120)
]


def test_a_stream_is_told_in_words() -> None:
    facts = dict(stream_facts(TOLD))
    assert facts["Pace"] == "motion: the planner is full"
    assert facts["Cable"] == "fair: 60 of 52114 lines sent again"
    assert facts["Now"] == "62 lines/s, 5 of 8 lines under way, the oldest for 0.1 s"
    assert facts["Window"] == "8 lines at most: the board tells of a queue of 4 (ADVANCED_OK)"
    assert facts["Board"] == "0 of 15 planner and 0 of 4 queue slots are free"
    assert facts["Ran dry"] == "3.5 s of 0:15:12 printed (0.4 %)"
    assert facts["Sent"] == "52114 lines, 1.6 MB, 52109 oks back"
    assert facts["Errors"] == "2 lines arrived damaged (checksum)"
    assert facts[""] == "1 oks did not come in time"
    few = dict(stream_facts(StreamStatistics()))
    assert few["Pace"] == "nothing is printed now"
    assert {"Errors", "Ran dry", "Since"}.isdisjoint(few)


async def test_statistics_change_while_one_looks(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4", "s")
        await console.shows("good: 0 of 0 lines sent again")
        await backend.send_gcode("M117 a\nM117 b")
        await console.until(lambda: "0 of 2 lines sent again" in console.words)
        await console.press("escape")
        assert console.top == "JobScreen"


async def test_statistics_that_do_not_come_are_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4")
        backend.refuse = CommandTimeout("The host did not answer in time.")
        backend.gate = first = asyncio.Event()
        await console.press("s")
        backend.gate = asyncio.Event()
        first.set()
        await console.shows("The host did not answer in time.")
        backend.gate.set()
        await console.shows("0 of 0 lines sent again")


async def test_only_one_question_is_open_at_a_time(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4")
        backend.gate = asyncio.Event()
        before = backend.calls.count("stream_statistics")
        await console.press("s")
        screen = console.app.screen
        for _ in range(5):
            screen.look()  # type: ignore[attr-defined]
        await console.rest()
        assert backend.calls.count("stream_statistics") == before + 1
        backend.gate.set()
        await console.shows("lines sent again")


async def test_prints_of_the_past_come_as_one_goes_down(backend: MemoryBackend) -> None:
    backend.past = list(PAST)
    async with opened(backend) as console:
        await console.press("f4", "h")
        await console.shows("finished part 0.gcode")
        assert backend.calls.count("history") == 1
        for _ in range(12):
            await console.press("pagedown")
        await console.shows("part 119.gcode")
        assert backend.calls.count("history") <= 4


async def test_a_search_finds_and_says_what_it_does_not(backend: MemoryBackend) -> None:
    failed = replace(PAST[3], id="f", name="bracket.gcode", outcome="failed", fraction=0.4)
    backend.past = [*PAST[:2], replace(failed, reason="Heating failed.", pauses=1)]
    async with opened(backend) as console:
        await console.press("f4", "h", *"brack")
        await console.shows("failed bracket.gcode")
        await console.shows("Heating failed.")
        await console.shows("40 % of it, printed for 0:01:01, 1 pause.")
        await console.until(lambda: "part 0" not in console.text)
        await console.press("x")
        await console.shows("Nothing was found.")
        await console.press("escape")
        assert console.top == "JobScreen"


async def test_without_any_print_it_says_so(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4", "h")
        await console.shows("No print ended yet.")


async def test_who_did_what_is_the_other_side_of_it(backend: MemoryBackend) -> None:
    backend.past = list(PAST[:2])
    backend.done = [
        AuditEntry(NOON - 60 * n, "set_temp", 120 - n, key="panel", params={"bed": n})
        for n in range(120)
    ]
    backend.done[1] = AuditEntry(
        NOON - 60,
        "cancel_print",
        119,
        uid=1000,
        user="anna",
        client="screen",
        outcome="refused",
        reason="The key may not call cancel_print.",
    )
    async with opened(backend) as console:
        await console.press("f4", "h")
        await console.shows("Tab: Who did what.")
        await console.press("tab")
        await console.shows("panel set_temp bed=0")
        assert "part 0.gcode" not in console.text
        await console.press("down")
        await console.shows("cancel_print, refused, user anna, it calls itself screen.")
        await console.shows("The key may not call cancel_print.")
        await console.press(*"anna")
        await console.until(lambda: "set_temp" not in console.text)
        await console.press(*["backspace"] * 4)
        await console.shows("set_temp bed=2")
        for _ in range(12):
            await console.press("pagedown")
        await console.shows("set_temp bed=119")
        await console.press("tab")
        await console.shows("finished part 0.gcode")


async def test_a_key_that_may_not_know_is_told_so(backend: MemoryBackend) -> None:
    backend.past = list(PAST[:2])
    async with opened(backend) as console:
        await console.press("f4", "h")
        await console.shows("finished part 0.gcode")
        backend.refuse = AuthenticationRefused("That needs a key with the scope admin.")
        await console.press("tab")
        await console.shows("That needs a key with the scope admin.")
        assert "part 0.gcode" not in console.text
