"""The lines to and from a board behind a real OctoPrint: in order, once each, bounded."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from gbterm.backends.octoprint import lines
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.backends.octoprint.console import Console
from gbterm.console_lines import KEPT, ConsoleLines, Filter
from gbterm.credentials import Credentials
from gbterm.model import Phase
from tests.cli.conftest import Shell
from tests.cli.test_bug_report import assert_silent, members
from tests.endtoend.house import GENEROUS_S
from tests.octoprint.cord import cord
from tests.octoprint.live import OctoPrint
from tests.octoprint.seen import Cable, connected, until


def numbered(cable: Cable, word: str, direction: str = "out") -> list[int]:
    """The numbers that the lines `M118 word …` have, in their order."""
    found = (
        re.fullmatch(rf"M118 {word} (\d+)", line.text)
        for line in cable.lines
        if line.direction == direction
    )
    return [int(match[1]) for match in found if match]


async def until_heard(cable: Cable, word: str, count: int) -> None:
    """Wait for so many of them."""
    await until(lambda: len(numbered(cable, word)) >= count)


def say(server: OctoPrint, word: str, numbers: range) -> None:
    """Somebody else has the board say something."""
    commands = [f"M118 {word} {number}" for number in numbers]
    server.post("/api/printer/command", {"commands": commands})


async def test_lines_come_in_their_order_each_once_with_their_direction(server: OctoPrint) -> None:
    async with connected(server) as (_, cable):
        for start in range(0, 100, 10):
            say(server, "order", range(start, start + 10))
        await until(lambda: len(numbered(cable, "order")) >= 100)
        assert numbered(cable, "order") == list(range(100))
        texts = [(line.direction, line.text) for line in cable.lines]
        at = texts.index(("out", "M118 order 7"))
        assert texts[at : at + 3] == [("out", "M118 order 7"), ("in", "order 7"), ("in", "ok")]
        # The server logs a line for others as a message as well.
        assert texts.count(("in", "order 7")) == 1


async def test_who_comes_late_is_told_what_was_before(server: OctoPrint) -> None:
    async with connected(server) as (backend, cable):
        say(server, "before", range(20))
        await until(lambda: len(numbered(cable, "before")) == 20)
        late, few, none = Cable(), Cable(), Cable()
        await backend.watch_console(late, backlog=KEPT)
        await backend.watch_console(few, Filter(contains="BEFORE"), backlog=KEPT)
        await backend.watch_console(none)
        assert numbered(late, "before") == list(range(20))
        assert len(late.lines) > len(few.lines) == 40
        assert numbered(none, "before") == []
        say(server, "before", range(20, 25))
        for cable in (late, few):
            await until_heard(cable, "before", 25)
            assert numbered(cable, "before") == list(range(25))
        await until(lambda: numbered(none, "before") == list(range(20, 25)))


async def test_who_watches_first_is_told_what_the_server_remembers(server: OctoPrint) -> None:
    say(server, "remembered", range(10))
    backend, cable = OctoPrintBackend(server.url, "prusa", Credentials(server.key)), Cable()
    await backend.connect()
    stop = await backend.watch_console(cable, Filter(frozenset({"ok"})), backlog=KEPT)
    say(server, "remembered", range(10, 15))
    await until(lambda: len(numbered(cable, "remembered")) >= 15)
    assert numbered(cable, "remembered") == list(range(15))
    assert not any(line.text == "ok" for line in cable.lines)
    stop()
    stop()
    await backend.close()


async def test_after_a_break_they_go_on_each_once(server: OctoPrint) -> None:
    async with cord(server.port) as way:
        backend, cable = OctoPrintBackend(way.url, "prusa", Credentials(server.key)), Cable()
        await backend.connect()
        await backend.watch_console(cable)
        await asyncio.to_thread(say, server, "break", range(5))
        await until(lambda: len(numbered(cable, "break")) == 5)
        for start in (5, 20):
            way.cut()
            await until(lambda: backend.state.phase is Phase.DISCONNECTED)
            await asyncio.to_thread(say, server, "break", range(start, start + 15))
            way.plug()
            await until(lambda: backend.state.phase is Phase.READY)
            await until_heard(cable, "break", start + 15)
        await asyncio.to_thread(say, server, "break", range(35, 40))
        await until(lambda: 39 in numbered(cable, "break"))
        assert numbered(cable, "break") == list(range(40))
        await backend.close()


async def test_a_reply_may_come_after_a_break(server: OctoPrint) -> None:
    async with cord(server.port) as way:
        backend, cable = OctoPrintBackend(way.url, "prusa", Credentials(server.key)), Cable()
        await backend.connect()
        await backend.watch_console(cable)
        waiting = asyncio.create_task(backend.send_gcode("G4 P1500\nM118 whole"))
        await cable.until_sent("G4 P1500")
        way.cut()
        await until(lambda: backend.state.phase is Phase.DISCONNECTED)
        way.plug()
        assert [reply.lines for reply in await waiting] == [(), ("whole",)]
        await backend.close()


async def test_with_nobody_to_see_them_only_what_tells_something_is_asked_for(
    server: OctoPrint, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, cable = OctoPrintBackend(server.url, "prusa", Credentials(server.key)), Cable()
    now = 0.0
    backend.clock = lambda: now
    await backend.connect()
    (await backend.watch_console(cable))()
    now += lines.STAYS_WIDE_S
    heard: list[str] = []
    take = backend._lines.take

    def overhear(logs: Sequence[str], *, is_history: bool) -> None:
        heard.extend(logs)
        take(logs, is_history=is_history)

    monkeypatch.setattr(backend._lines, "take", overhear)
    # The server has heard of it, too.
    await until(lambda: backend._lines.wanted == lines.FACTS and backend._lines._told.is_set())
    heard.clear()
    say(server, "unheard", range(5))
    server.post("/api/printer/command", {"commands": ["M106 S255", "M107"]})
    await until(lambda: "Send: M107" in heard)
    assert not any("unheard" in line for line in heard)
    # Whoever looks then sees them all the same.
    await backend.watch_console(cable, backlog=KEPT)
    assert numbered(cable, "unheard") == list(range(5))
    await backend.close()


async def test_who_looks_just_as_fewer_lines_are_to_come_sees_them_all() -> None:
    now, asked = 0.0, list[bool | str]()

    async def hear(wanted: bool | str) -> None:
        asked.append(wanted)
        told.take([], is_history=True)

    told, cable = lines.Lines(hear, lambda _: None, lambda: now), Cable()
    (await told.watch(cable, Filter(), 0))()
    now += lines.STAYS_WIDE_S
    told.take(["Recv: wait"], is_history=False)
    # Nothing is asked for before the loop goes on.
    await told.watch(cable, Filter(), 0)
    await asyncio.sleep(0)
    told.take(["Recv: seen"], is_history=False)
    assert asked == [True]
    assert [line.text for line in cable.lines] == ["seen"]
    await told.close()


async def test_who_gives_up_just_as_the_lines_come_has_given_up() -> None:
    loop = asyncio.get_running_loop()

    async def hear(_: bool | str) -> None:
        loop.call_soon(give_up)

    def give_up() -> None:
        told.take([], is_history=True)
        waiting.cancel()

    async def wait() -> None:
        async with told.whole():
            await asyncio.Event().wait()

    told = lines.Lines(hear, lambda _: None, lambda: 0.0)
    waiting = asyncio.create_task(wait())
    done, _ = await asyncio.wait({waiting}, timeout=GENEROUS_S)
    assert done
    assert waiting.cancelled()
    await told.close()


def test_a_flood_is_bounded_and_counted() -> None:
    console, cable = Console(), Cable()
    console.watch(cable, Filter(), 0)
    console.receive([f"Recv: {number}" for number in range(KEPT + 2000)])
    assert (len(cable.lines), cable.skipped) == (KEPT, 2000)
    assert cable.lines[-1].text == str(KEPT + 1999)
    late: list[ConsoleLines] = []
    console.watch(late.append, Filter(), 10 * KEPT)
    assert len(late[0].lines) == KEPT


def test_a_line_is_shown_as_text_and_cut_and_without_passwords() -> None:
    console, cable = Console(), Cable()
    console.watch(cable, Filter(), 0)
    console.receive(
        ["Recv: \x1b[2J\x07bell", "Send: M587 S1 PSecret", "Recv: " + "x" * 9999, "Warn: not sent"]
    )
    assert [line.text for line in cable.lines[:2]] == ["?[2J?bell", "M587 S1 P***"]
    assert len(cable.lines[2].text) == 300
    assert (cable.lines[3].direction, cable.lines[3].text) == ("in", "OctoPrint: Warn: not sent")


def test_what_a_history_repeats_is_told_once() -> None:
    console, cable = Console(), Cable()
    console.watch(cable, Filter(), 0)
    ok = ["Recv: ok"] * 3
    assert console.recall([*ok, "Send: A", *ok]) is None
    # Logged just before the history, and told after it.
    assert console.receive([*ok[:1], "Send: B"]) == ["Send: B"]
    assert console.receive(["Send: B", *ok]) == ["Send: B", *ok]
    assert console.recall(["Send: A", *ok, "Send: B", "Send: B", *ok, "Send: C"]) == ["Send: C"]
    assert console.receive(["Send: C", "Recv: ok"]) == ["Recv: ok"]
    # A server that was started anew has a log of its own.
    assert console.recall(["Send: X"]) is None
    sent = [line.text for line in cable.lines if line.direction == "out"]
    assert sent == ["A", "B", "B", "C", "X"]


def test_a_report_holds_what_an_octoprint_tells_but_not_its_key(
    server: OctoPrint, tmp_path: Path
) -> None:
    gbterm = Shell(tmp_path)
    done = gbterm("report", "--url", server.url, "r.tar.gz", GBTERM_KEY=server.key)
    assert (done.returncode, done.stderr) == (0, "")
    found = members(tmp_path / "r.tar.gz")
    assert json.loads(found["state.json"])["phase"] == "READY"
    assert json.loads(found["server.json"])["text"].startswith("OctoPrint ")
    assert "\nFIRMWARE_NAME:" in found["firmware.txt"]
    assert "M503" in found["traffic.log"]
    assert "missing: stream.json: " in done.stdout
    assert_silent(tmp_path / "r.tar.gz", server.key)
