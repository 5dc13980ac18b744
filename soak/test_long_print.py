"""A print of 139,000 commands, from `gbterm runfile` to the board."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endtoend.house import House

LIMIT_S = 1800


@pytest.mark.timeout(LIMIT_S + 60)
def test_every_command_is_executed_once_in_order(house: House, sliced: dict[str, Path]) -> None:
    house.board(speed=2000)
    house.serve()
    started = house.run("runfile", str(sliced["bunny.gcode"]))
    assert started.returncode == 0, started.stderr
    ended = house.run("waitend", limit_s=LIMIT_S)
    assert ended.returncode == 0, ended.stderr
    house.assert_printed(sliced["bunny.gcode"])
    assert "outcome: finished" in house.status()
