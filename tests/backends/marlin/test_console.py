"""Every line over the cable for who watches it, and the last ones for who comes late."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.backends.marlin.console import EVERY_S, MOST
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines, Filter
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

QUIET = Filter(frozenset({"ok", "temperatures", "busy"}))
MOVES = 50


def texts(batches: list[ConsoleLines], direction: str) -> list[str]:
    return [n.text for batch in batches for n in batch.lines if n.direction == direction]


def test_a_print_is_seen_line_by_line_as_it_went(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    batches: list[ConsoleLines] = []
    late: list[ConsoleLines] = []
    file = tmp_path / "a.gcode"
    file.write_text("".join(f"G1 X{n}.50 Y0 F6000\n" for n in range(MOVES)))

    async def story() -> None:
        backend = house.backend
        stop = await backend.watch_console(batches.append)
        await backend.connect()
        await backend.start_job(file, "a.gcode")
        await house.until(lambda: house.phases[-1][0] is Phase.READY, 60)
        await house.until(lambda: "N" in texts(batches, "out")[-1], 5)
        await backend.watch_console(late.append, QUIET, backlog=KEPT)
        stop()
        await backend.emergency_stop()
        await house.until(lambda: "M112" in texts(late, "out"), 5)
        await backend.close()

    house.run(story())
    written = b"".join(data for _, data in house.sent).decode().splitlines()
    seen = texts(batches, "out")
    assert seen == [line for line in written if line][: len(seen)]
    assert [line.partition("G1")[2].partition("*")[0] for line in seen if "G1X" in line] == [
        f"X{n or ''}.5Y0F6000" for n in range(MOVES)
    ]
    assert any(text.startswith("FIRMWARE_NAME:Marlin") for text in texts(batches, "in"))
    assert any(text.startswith("ok N") for text in texts(batches, "in"))
    assert all(not batch.skipped for batch in batches)
    ats = [line.at for batch in batches for line in batch.lines]
    assert ats == sorted(ats)
    # Who came late saw the same from the beginning, but for what it hides.
    assert texts(late[:1], "out")[0] == seen[0]
    assert not [text for text in texts(late, "in") if text.startswith("ok")]
    assert "Error:Printer halted. kill() called!" in texts(late, "in")


def test_a_thousand_lines_a_second_come_whole_and_what_is_too_quick_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    batches: list[ConsoleLines] = []

    async def burst(lines: int, turns: int) -> None:
        for turn in range(turns):
            for number in range(lines):
                house.backend.core.transcript.heard(b"%d" % (turn * lines + number), 100.0)
            count = len(batches)
            async with asyncio.timeout(10 * EVERY_S):
                while len(batches) == count:  # noqa: ASYNC110
                    await asyncio.sleep(EVERY_S)

    async def story() -> None:
        stop = await house.backend.watch_console(batches.append)
        await burst(200, 10)  # a line and its answer each
        assert texts(batches, "in") == [str(number) for number in range(2000)]
        assert sum(batch.skipped for batch in batches) == 0
        batches.clear()
        await burst(MOST + 123, 1)
        assert [(len(batch.lines), batch.skipped) for batch in batches] == [(MOST, 123)]
        assert batches[0].lines[-1].text == str(MOST + 122)
        stop()
        count = len(batches)
        house.backend.core.transcript.heard(b"more", 100.0)
        batches.append(ConsoleLines((ConsoleLine(0.0, "in", "own"),)))
        await house.until(lambda: True, 10 * EVERY_S)
        assert len(batches) == count + 1

    house.run(story())


def test_no_more_than_the_last_lines_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")
    batches: list[ConsoleLines] = []

    async def story() -> None:
        for number in range(KEPT + 10):
            house.backend.core.transcript.heard(b"x" * 5000 + b"%d" % number, 100.0)
        await house.backend.watch_console(batches.append, backlog=10 * KEPT)

    house.run(story())
    assert len(batches[0].lines) == KEPT
    assert max(len(line.text) for line in batches[0].lines) <= 300
