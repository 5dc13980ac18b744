"""Prints that are lost at random lines, each by another cause, and go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from soak.table import show
from tests.endtoend.house import House
from tests.endtoend.test_resuming import assert_went_on, kill, reach, reconnected, reset

SHARE = 0.35
"""Of the time that there is for all."""
RUNS = 30
LINES = range(1200, 2800)
"""The journal may be a second behind, which are a thousand lines here: until it knows of the first
layer nothing goes on. The last command is in line 3,393, and it goes on for a moment before it is
lost."""


def both(house: House) -> None:
    """The board is reset, and the printer process dies before it can note that."""
    reset(house)
    kill(house)


CAUSES: dict[str, Callable[[House], None]] = {
    "printer process killed": kill,
    "board reset": reset,
    "both": both,
}


@pytest.mark.timeout(3600)
def test_what_is_lost_goes_on(
    house: House, sliced: dict[str, Path], minutes: float, chance: Random
) -> None:
    ends = time.monotonic() + SHARE * 60 * minutes
    file = sliced["box.gcode"]
    house.board("--baud", "250000", speed=100)
    house.serve()
    causes = list(CAUSES)
    rows: list[tuple[object, ...]] = []
    while len(rows) < RUNS and (time.monotonic() < ends or not rows):
        cause = causes[len(rows) % len(causes)]
        rows.append((len(rows) + 1, cause, *one_run(house, file, CAUSES[cause], chance)))
    head = ("run", "cause", "stopped in line", "range shown", "went on from line", "executed")
    show(head, rows)


def one_run(
    house: House, file: Path, lose: Callable[[House], None], chance: Random
) -> tuple[object, ...]:
    """Where the board stopped, the range, where it went on, and how it ended."""
    house.executed_log.write_text("")
    house.print_file(file)
    house.wait_for_line(chance.choice(LINES))
    time.sleep(chance.uniform(0.0, 0.5))
    lose(house)
    reach(house, "ERROR")
    before = house.printed_first()
    reconnected(house)
    told = house.ask("get_resume_point")
    assert "result" in told, told
    point = told["result"]
    assert house.ask("resume_job", {"confirmed": True})["result"] is True
    assert house.run("waitend").returncode == 0
    last = assert_went_on(house, file, before, point)
    shown = f"{point['first_line']}–{point['last_line']}"
    return last, shown, point["start_line"], "the prefix, then the file from there"
