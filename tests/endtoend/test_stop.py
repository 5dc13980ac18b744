"""Stop means now: past the queue, with a dead server, and whether the board confirmed it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.endtoend.device import device
from tests.endtoend.house import GENEROUS_S, HURRYING, House, wait_until


def assert_halted(house: House) -> None:
    wait_until(lambda: "M112" in house.executed_log.read_text(), "the board's M112")
    assert house.state() == "ERROR"


def test_estop_in_mid_print_is_confirmed_and_stays_an_error(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 60, "--heat-speed", "4", speed=10)
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
    house.print_file(file)
    house.wait_for_state("EXECUTING")
    assert house.run("estop").returncode == 0
    assert_halted(house)


def test_estop_with_a_dead_server(house: House, sliced: dict[str, Path]) -> None:
    house.start_print(sliced["box.gcode"], 60, "--heat-speed", "4", speed=10)
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
    house.board(speed=1)
    house.serve()
    file = house.root / "hot.gcode"
    file.write_text("M109 S200\nG1 X10 F3000\n")
    house.fault("heater-disconnected E0")
    house.print_file(file)
    house.live(HURRYING)
    ended = house.run("waitend")
    assert ended.returncode == 7
    assert house.state() == "ERROR"
    assert "reason: Heating failed, system stopped! Heater_ID: E0" in house.status()
    assert not any("G1X10" in str(line["line"]) for line in house.executed())


def test_a_board_that_resets_in_mid_print_is_not_sent_the_rest(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 60, "--heat-speed", "4", speed=10)
    house.fault("reset")
    house.wait_for_state("ERROR")
    assert "restarted by itself" in house.status()
    sent = {str(line["line"]).split()[0] for line in house.executed()}
    assert sent <= {"M110", "M104", "M140", "M107", "M105", "M114", "M118"}


def test_a_second_estop_does_not_take_the_confirmation_back(house: House) -> None:
    house.board()
    house.serve()
    assert house.run("estop").returncode == 0
    again = house.run("estop")
    assert again.returncode == 0, again.stderr
    assert "confirmed" in house.status()


def test_estop_while_connecting_reaches_the_board(house: House) -> None:
    with device(b"") as (port, heard):
        serve = house.start_quietly("serve", "--port", port, "--listen", "127.0.0.1:0")
        wait_until(lambda: b"M110" in heard(), "the greeting")
        done = house.plain("--port", port, "estop")
        assert done.returncode == 7
        assert "CUT THE POWER" in done.stderr
        wait_until(lambda: heard().count(b"\nM112\n") == 3, "three stops")
        said = heard()
        assert b"M110" not in said[said.index(b"M112") :]
        serve.wait(GENEROUS_S)


def test_cancel_turns_off_every_nozzle(house: House) -> None:
    house.board("--heat-speed", "4", speed=30)
    house.serve()
    file = house.root / "two.gcode"
    file.write_text("M104 T0 S210\nM104 T1 S190\nM140 S60\nG4 S600\nG1 X10 F3000\n")
    house.print_file(file)
    wait_until(lambda: house.status().count("target") == 3, "three targets")
    assert house.run("cancel").returncode == 0
    house.wait_for_state("READY")
    wait_until(lambda: "target" not in house.status(), "cold heaters")
