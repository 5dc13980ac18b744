"""Stop means now: past the queue, with a dead server, and whether the board confirmed it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.endtoend.house import House, wait_until


def assert_halted(house: House) -> None:
    wait_until(lambda: "M112" in house.executed_log.read_text(), "the board's M112", 10.0)
    assert house.state() == "ERROR"


def test_estop_in_mid_print_is_confirmed_and_stays_an_error(
    house: House, sliced: dict[str, Path]
) -> None:
    house.board("--heat-speed", "4", speed=10)
    house.serve()
    assert house.run("runfile", str(sliced["box.gcode"])).returncode == 0
    house.wait_for_line(60)
    began = time.monotonic()
    done = house.run("estop")
    print(f"emergency stop confirmed after {time.monotonic() - began:.2f} s")
    assert done.returncode == 0, done.stderr
    assert_halted(house)
    assert "reason: Emergency stop" in house.status()
    executed = len(house.executed())
    assert house.run("resume").returncode == 5
    assert house.run("runfile", str(sliced["box.gcode"])).returncode == 5
    assert len(house.executed()) == executed
    assert house.state() == "ERROR"


def test_estop_while_the_board_waits_for_a_heater(house: House) -> None:
    house.board(speed=1)
    house.serve()
    file = house.root / "hot.gcode"
    file.write_text("M109 S250\nG1 X10 F3000\n")
    assert house.run("runfile", str(file)).returncode == 0
    house.wait_for_state("EXECUTING")
    assert house.run("estop").returncode == 0
    assert_halted(house)


def test_estop_with_a_dead_server(house: House, sliced: dict[str, Path]) -> None:
    house.board("--heat-speed", "4", speed=10)
    house.serve()
    assert house.run("runfile", str(sliced["box.gcode"])).returncode == 0
    house.wait_for_line(60)
    os.kill(house.pid("server"), signal.SIGSTOP)
    try:
        assert house.run("estop").returncode == 0
        assert_halted(house)
    finally:
        os.kill(house.pid("server"), signal.SIGCONT)


def test_estop_that_the_board_does_not_confirm_says_so(house: House) -> None:
    house.board()
    house.serve()
    house.fault("mute")
    done = house.run("estop")
    assert done.returncode == 7
    assert "CUT THE POWER" in done.stderr
    assert house.state() == "ERROR"


def test_a_fault_of_the_printer_ends_the_print_in_its_own_words(house: House) -> None:
    house.board(speed=20)
    house.serve()
    file = house.root / "hot.gcode"
    file.write_text("M109 S200\nG1 X10 F3000\n")
    house.fault("heater-disconnected E0")
    assert house.run("runfile", str(file)).returncode == 0
    ended = house.run("waitend")
    assert ended.returncode == 7
    assert house.state() == "ERROR"
    assert "reason: Heating failed, system stopped! Heater_ID: E0" in house.status()
    assert not any("G1 X10" in str(line["line"]) for line in house.executed())


def test_a_board_that_resets_in_mid_print_is_not_sent_the_rest(
    house: House, sliced: dict[str, Path]
) -> None:
    house.board("--heat-speed", "4", speed=10)
    house.serve()
    assert house.run("runfile", str(sliced["box.gcode"])).returncode == 0
    house.wait_for_line(60)
    house.fault("reset")
    house.wait_for_state("ERROR")
    assert "restarted by itself" in house.status()
    sent = {str(line["line"]).split()[0] for line in house.executed()}
    assert sent <= {"M110", "M104", "M140", "M107", "M105", "M114", "M118"}
