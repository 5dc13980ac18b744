"""The cable of a whole host, pulled in mid-print at random moments, with the board alive."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.endtoend.house import House, wait_until
from tests.endtoend.test_resuming import phase, reach

BAUD = ("--baud", "250000")
"""With a pace of its own, a line is under way for a while, and may be cut in its middle."""
OUT_NOW_AND_THEN = 6.0
"""Seconds of a board in one: the print must last longer than a busy machine takes to pull often."""


def pull_at_random(house: House, chance: random.Random, commands: int, seconds: float) -> None:
    """Pull the cable somewhere within the next commands, and put it in again."""
    house.wait_for_line(house.line() + chance.randrange(1, commands))
    house.fault(f"unplug {seconds}")


def returned(house: House) -> int:
    """How often the printer was told to be alive after its cable was out."""
    messages = house.ask("get_snapshot")["result"]["state"]["messages"]
    return sum("and the board is alive" in message["text"] for message in messages)


def test_a_print_waits_for_its_cable_and_loses_and_repeats_no_line(
    house: House, sliced: dict[str, Path]
) -> None:
    chance = random.Random()
    house.start_print(sliced["box.gcode"], 100, *BAUD, speed=30)
    house.fault("unplug")
    reach(house, "DISCONNECTED")
    wait_until(lambda: "to come back" in house.status(), "what it waits for")
    status = house.status()
    assert status.startswith("DISCONNECTED")
    assert "the printer is out of reach: box.gcode waits for it" in status
    assert house.run("resume").returncode == 5
    house.live(OUT_NOW_AND_THEN)
    house.fault("unplug 0")
    for _ in range(4):
        reach(house, "PAUSED")
        now = os.path.realpath(house.tty)
        assert f"the board is alive, as {now} now: resume or cancel." in house.status()
        assert house.run("resume").returncode == 0
        pull_at_random(house, chance, 100, chance.uniform(0.0, 1.0))
        reach(house, "DISCONNECTED", "CONNECTING", "PAUSED", "PAUSING")
    reach(house, "PAUSED")
    assert house.run("resume").returncode == 0
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_a_print_goes_on_by_itself_where_its_profile_says_so(
    house: House, sliced: dict[str, Path]
) -> None:
    house.configure('after_replug = "go_on"')
    chance = random.Random()
    house.start_print(sliced["box.gcode"], 100, *BAUD, speed=30)
    house.live(OUT_NOW_AND_THEN)
    for times in range(1, 6):
        pull_at_random(house, chance, 150, chance.uniform(0.0, 1.0))
        wait_until(lambda times=times: returned(house) >= times, "the cable is in again")  # type: ignore[misc]
        reach(house, "EXECUTING")
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_a_host_whose_printer_is_out_of_reach_can_be_stopped(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 100, speed=30)
    house.fault("unplug")
    reach(house, "DISCONNECTED")
    assert house.run("stop").returncode == 5
    stopped = house.run("stop", "--force")
    assert "cut its power" in stopped.stderr
    wait_until(lambda: house.count("printer") == 0, "the end of the printer process")


def test_a_print_is_cancelled_while_its_cable_is_out_and_the_heat_ends_after_it(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 100, speed=30)
    house.fault("unplug")
    reach(house, "DISCONNECTED")
    assert house.run("cancel").returncode == 0
    assert "Its heaters may be on" in house.status()
    house.fault("unplug 0")
    reach(house, "READY")
    wait_until(
        lambda: {"M104 T0 S0", "M140 S0"} <= {str(line["line"]) for line in house.executed()},
        "the end of the heat",
    )
    assert phase(house) == "READY"
