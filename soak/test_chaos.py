"""The bunny, then its first layers again and again, under a chaos that is drawn from a seed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from soak.table import show
from tests.endtoend.bounds import assert_bounded
from tests.endtoend.chaos import Chaos
from tests.endtoend.deeds import deeds
from tests.endtoend.house import House, wait_until
from tests.independent_gcode import commands_of_file

SHARE = 0.65
"""Of the time that there is for all."""
SPEED = 300.0
LINES = 10_000
"""Of 146,000: so that prints begin and end in the time, also on a busy machine."""
WHOLE_S = 360.0
BEGINNING_S = 30.0
"""What a print of all its lines, and one of the first, takes about."""
LIMIT_S = 1800.0
MODES = ((), ('after_replug = "go_on"',))
"""What the profile says, print by print."""


@pytest.mark.timeout(2 * LIMIT_S)
def test_every_line_is_executed_once_in_order(
    house: House, sliced: dict[str, Path], minutes: float, chance: Random
) -> None:
    ends = time.monotonic() + SHARE * 60 * minutes
    house.board("--baud", "250000", "--rx-drop", speed=SPEED)
    table: Counter[str] = Counter()
    for file in files(sliced["bunny.gcode"], ends):
        house.configure(*MODES[table["prints"] % len(MODES)])
        table += one_print(house, file, chance)
    rows = [*sorted(table.items()), ("commands missing, repeated or out of order", 0)]
    show(("what", "how often"), rows)


def files(whole: Path, ends: float) -> Iterator[Path]:
    """What is printed: all of it if there is the time, then its beginning for as long as there is.

    `ends` is of the monotonic clock.
    """
    beginning = whole.with_name("beginning.gcode")
    beginning.write_text("".join(whole.read_text().splitlines(keepends=True)[:LINES]))
    if time.monotonic() + WHOLE_S < ends:
        yield whole
    yield beginning
    while time.monotonic() + BEGINNING_S < ends:
        yield beginning


def one_print(house: House, file: Path, chance: Random) -> Counter[str]:
    """Start a host, print `file` under a chaos, and end the host; what was done."""
    house.executed_log.write_text("")
    serving = house.serve()
    house.print_file(file)
    chaos = Chaos(house, chance)
    try:
        chaos.torment(deeds(chance, SPEED))
    finally:
        chaos.close()
    chaos.assert_printed(file)
    assert_bounded(house)
    assert house.run("stop").returncode == 0
    assert serving.wait(20) == 0
    board = house.processes[0]
    wait_until(lambda: not house.strays({board.pid}), "the end of the host")
    commands = sum(1 for _ in commands_of_file(file))
    return chaos.table + Counter({"prints": 1, "commands printed": commands})
