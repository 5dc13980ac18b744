"""The job's file while it is printed: read to its end, and not past what was checked."""

from __future__ import annotations

import asyncio
import re
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from gbterm.backends.marlin import readahead
from gbterm.model import Firmware, Phase
from tests.backends.marlin.virtual import VirtualHouse

OVER = (Phase.READY, Phase.ERROR)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> VirtualHouse:
    return VirtualHouse(monkeypatch, "single")


def moves(count: int, first: int = 0) -> str:
    return "".join(f"G1 X{i % 100} Y{i % 50} F{6000 + i}\n" for i in range(first, first + count))


def executed_moves(house: VirtualHouse) -> list[str]:
    """As they are written in the file, wherever their spaces were dropped."""
    ran = [text for _, text in house.executed if text.startswith("G1")]
    return [re.sub(r" *([XYF])", r" \1", text) for text in ran]


async def started(house: VirtualHouse, path: Path) -> None:
    await house.backend.connect()
    await house.backend.start_job(path, path.name)


async def print_all(house: VirtualHouse, path: Path) -> None:
    await started(house, path)
    await house.until(lambda: house.backend.state.phase in OVER, 3000)


@pytest.mark.parametrize("where", [0, 200])
def test_thousands_of_comment_lines_do_not_hold_up_the_print(
    house: VirtualHouse, tmp_path: Path, where: int
) -> None:
    path = tmp_path / "j.gcode"
    path.write_text(moves(where) + "; thumbnail\n" * 9000 + moves(100, where))

    house.run(print_all(house, path))
    seconds = [at for at, data in house.sent if b"F" in data]
    gaps = [after - before for before, after in pairwise(seconds)]
    assert max(gaps) < 5
    assert seconds[0] - house.sent[0][0] < 10
    assert len(executed_moves(house)) == where + 100


async def test_comments_of_a_megabyte_each_are_read_in_a_few_megabytes_of_memory(
    tmp_path: Path,
) -> None:
    path, comments = tmp_path / "j.gcode", 48
    with path.open("w") as file:
        for _ in range(comments):
            file.write("G28\n;" + "x" * 1_000_000 + "\n")
    came = asyncio.Event()
    tracemalloc.start()
    try:
        reader = readahead.ReadAhead(path.open("rb"), Firmware(), came.set, pytest.fail)
        commands = 0
        async with asyncio.timeout(90):
            while not reader.is_at_end:
                came.clear()
                if taken := reader.take():
                    commands += len(taken)
                elif not reader.is_at_end:
                    await came.wait()
        assert tracemalloc.get_traced_memory()[1] < 12e6
    finally:
        tracemalloc.stop()
    assert commands == comments


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("unfinished", [False, True])
def test_every_command_of_a_file_goes_whatever_its_length_and_line_ends(
    house: VirtualHouse, tmp_path: Path, ending: str, more: int, *, unfinished: bool
) -> None:
    text = moves(readahead.CHUNK + more).replace("\n", ending)
    path = tmp_path / "j.gcode"
    path.write_bytes((text[: -len(ending)] if unfinished else text).encode())
    house.run(print_all(house, path))
    assert house.backend.state.phase is Phase.READY
    assert len(executed_moves(house)) == readahead.CHUNK + more


@pytest.mark.parametrize("cut", [0, 30, 3000, -1])
def test_a_file_that_was_changed_after_the_check_ends_the_print_in_time(
    house: VirtualHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """The file has other contents by the time that it is read: longer, shorter, empty."""
    path = tmp_path / "j.gcode"
    path.write_text(moves(200))
    check = readahead.ReadAhead.__init__

    def changed(reader: readahead.ReadAhead, *arguments: object) -> None:
        if cut < 0:
            with path.open("a") as file:
                file.write(moves(1000, 200))
        else:
            with path.open("r+") as file:
                file.truncate(cut)
        check(reader, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(readahead.ReadAhead, "__init__", changed)
    house.run(print_all(house, path))
    assert house.backend.state.phase is Phase.ERROR
    assert "was changed while it was printed" in house.backend.state.reason
    wanted = moves(200).splitlines()
    ran = executed_moves(house)
    assert ran == wanted[: len(ran)]


def test_a_line_that_became_forbidden_ends_the_print_and_the_heat(
    house: VirtualHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j.gcode"
    path.write_text("M104 S200\n" + moves(400) + "M117 OK\n")
    check = readahead.ReadAhead.__init__

    def changed(reader: readahead.ReadAhead, *arguments: object) -> None:
        path.write_text(path.read_text().replace("M117 OK", "M112   "))
        check(reader, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(readahead.ReadAhead, "__init__", changed)

    async def story() -> None:
        await print_all(house, path)
        await asyncio.sleep(30)

    house.run(story())
    assert house.backend.state.phase is Phase.ERROR
    assert "line 402 halts the printer" in house.backend.state.reason
    assert [heater.target for heater in house.heaters] == [0, 0]
    assert "M112" not in [text for _, text in house.executed]
