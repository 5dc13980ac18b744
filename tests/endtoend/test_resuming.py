"""A print that a crash, a reset or a pulled cable ended goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.house import House, wait_until
from tests.independent_gcode import Canonical, canonical, commands_of_file


def lines_of(path: Path) -> list[tuple[int, Canonical]]:
    """The commands of a file with the lines that they stand in."""
    text = path.read_text().replace("\r\n", "\n")
    found = [(number, canonical(line)) for number, line in enumerate(text.split("\n"), 1)]
    assert [command for _, command in found if command.code] == list(commands_of_file(path))
    return [(number, command) for number, command in found if command.code]


def phase(house: House) -> str:
    state: dict[str, Any] = house.ask("get_snapshot")["result"]["state"]
    return str(state["phase"])


def reach(house: House, *phases: str) -> None:
    """Wait until the printer is in one of `phases`, by its process's own word."""

    def reached() -> bool:
        try:
            return phase(house) in phases
        except (OSError, json.JSONDecodeError):
            return False

    wait_until(reached, f"{phases}")


def reconnected(house: House) -> None:
    """The printer is READY again after the loss, as its user makes it."""
    reach(house, "ERROR")
    wait_until(lambda: "result" in house.ask("reconnect"), "the printer")
    reach(house, "READY")


def kill(house: House) -> None:
    killed = house.kill("printer")
    wait_until(lambda: set(house.pids("printer")) - {killed}, "another printer process")


def reset(house: House) -> None:
    house.fault("reset")


def unplug(house: House) -> None:
    house.fault("unplug 1")
    house.fault("reset")


def started(house: House) -> list[str]:
    """What the board executed since the last numbering, in its own words."""
    return [str(line["line"]) for line in house.executed()]


def assert_went_on(house: House, file: Path, before: list[Canonical], point: Any) -> int:
    """`before` ends inside the range that was shown, and then came the file from the start line.

    In which line of the file it ended.
    """
    commands = lines_of(file)
    assert before == [command for _, command in commands[: len(before)]]
    last = commands[len(before) - 1][0]
    assert point["first_line"] <= last + 1
    assert last <= point["last_line"]
    rest = [command for line, command in commands if line >= point["start_line"]]
    house.assert_executed(rest)
    return last


@pytest.mark.parametrize("lose", [kill, reset, unplug], ids=lambda lose: lose.__name__)
def test_a_lost_print_goes_on_and_nothing_is_missing(
    house: House, sliced: dict[str, Path], lose: Any
) -> None:
    file = sliced["box.gcode"]
    house.start_print(file, 700, speed=30)
    lose(house)
    house.live(30)
    reach(house, "ERROR")
    before = house.printed_first()
    reconnected(house)
    point = house.ask("get_resume_point")["result"]
    asked = house.ask("resume_job")
    assert asked["error"]["code"] == -32004
    assert str(point["start_line"]) in asked["error"]["message"]
    assert house.ask("resume_job", {"confirmed": True})["result"] is True
    house.finish()
    assert_went_on(house, file, before, point)
    said = started(house)
    way = said[: said.index("G28 X Y") + 1]
    # The second is the file's own, at its end.
    assert [line for line in said if line.startswith("G28")] == ["G28 X Y", "G28 X0"]
    heats = [next(i for i, line in enumerate(way) if line.startswith(w)) for w in ("M190", "M109")]
    told = way.index(f"G92 Z{point['z_mm']:.3f}")
    assert heats == sorted(heats)
    assert heats[1] < told < len(way) - 2
    lift = canonical(way[-2])
    assert lift.code == "G1"
