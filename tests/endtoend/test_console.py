"""The console at 80x24 as a newcomer uses it, on a real host."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import House, wait_until
from tests.endtoend.screen import Screen

Open = Callable[..., Screen]


@pytest.fixture
def console(house: House) -> Iterator[Open]:
    screens: list[Screen] = []

    def open_console(*arguments: str) -> Screen:
        screen = Screen(house, *(arguments or ("--port", str(house.tty))))
        screens.append(screen)
        return screen

    yield open_console
    for screen in screens:
        screen.close()


def test_a_newcomer_uploads_prints_pauses_leaves_comes_back_and_cancels(
    house: House, sliced: dict[str, Path], console: Open
) -> None:
    house.board("--heat-speed", "4", speed=2)
    screen = console()
    screen.wait_for("READY", "F3 shows the files")
    screen.press_until(["F3"], "The library is empty")
    screen.press_until(["u"], "Upload a G-code file")
    screen.type(str(sliced["box.gcode"]))
    screen.keys("Enter")
    screen.wait_for("box.gcode", "86.3 kB")
    screen.press_until(["Enter"], "EXECUTING")
    screen.press_until(["F4"], "of 3666")
    screen.press_until(["p"], "PAUSED")
    screen.press_until(["C-c"], "PAUSED")
    screen.press_until(["r"], "EXECUTING")
    screen.press_until(["C-q"], "goes on without the console")
    screen.keys("Enter")
    screen.wait_for("EXIT 0", "Attach again with")
    assert house.state() == "EXECUTING"
    screen.close()

    again = console()
    again.wait_for("EXECUTING", "box.gcode")
    again.press_until(["F4"], "of 3666")
    again.press_until(["c"], "Keep printing")
    again.keys("Enter")
    again.wait_until_gone("Keep printing")
    assert house.state() == "EXECUTING"
    again.press_until(["c"], "Keep printing")
    again.keys("Tab", "Enter")
    again.wait_for("READY", "ancelled")
    assert "outcome: cancelled" in house.status()


def test_ctrl_backslash_halts_the_printer_even_while_typing(
    house: House, sliced: dict[str, Path], console: Open
) -> None:
    house.board(speed=2)
    screen = console()
    screen.wait_for("READY")
    house.print_file(sliced["box.gcode"])
    screen.press_until(["F3"], "box.gcode")
    screen.press_until(["u"], "Upload a G-code file")
    screen.type("/tmp")
    screen.keys("C-\\")
    screen.wait_for("STOPPED", "confirmed")
    assert house.state() == "ERROR"
    wait_until(lambda: "M112" in house.executed_log.read_text(), "the board's M112")


def test_console_and_server_killed_in_mid_print_lose_nothing(
    house: House, sliced: dict[str, Path], console: Open
) -> None:
    house.board(speed=30)
    screen = console()
    screen.wait_for("READY")
    house.print_file(sliced["box.gcode"])
    house.linger_at(300)
    os.kill(screen.pid(), signal.SIGKILL)
    house.kill("server")
    house.live(30)
    house.linger_at(600)
    assert house.state() == "EXECUTING"
    screen.close()
    again = console()
    again.wait_for("EXECUTING", "box.gcode", "Layer ", "of 62")
    house.finish()
    again.wait_for("READY", "Finished")
    house.assert_printed(sliced["box.gcode"])


def test_a_lost_terminal_leaves_the_print_going(
    house: House, sliced: dict[str, Path], console: Open
) -> None:
    house.board(speed=30)
    screen = console()
    screen.wait_for("READY")
    house.print_file(sliced["box.gcode"])
    house.linger_at(100)
    screen.close()
    assert house.state() == "EXECUTING"
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_the_console_comes_back_by_itself_after_the_server_died(
    house: House, console: Open
) -> None:
    house.board()
    screen = console()
    screen.wait_for("READY")
    printer = house.pid("printer")
    os.kill(printer, signal.SIGSTOP)  # so that nobody starts the server again
    house.kill("server")
    screen.wait_for("DISCONNECTED")
    os.kill(printer, signal.SIGCONT)
    screen.wait_for("READY")


def test_a_change_of_filament_is_answered_on_the_screen(house: House, console: Open) -> None:
    house.board("--nozzle-timeout", "1e6", speed=30)
    screen = console()
    screen.wait_for("READY")
    file = house.root / "swap.gcode"
    file.write_text("M302 P1\nG28\nG1 X10 F6000\nM600\nG1 X20 F6000\n")
    house.print_file(file)
    screen.wait_for("FILAMENT SWAP", "Nozzle Parked", "[ 1 Continue ]")
    screen.keys("1")
    screen.wait_for("[ 1 PurgeMore ]", "[ 2 Continue ]")
    screen.keys("Escape")
    wait_until(lambda: "[ Later ]" not in screen.text(), "the question put off")
    screen.press_until(["F4"], "[F4 Job]")
    screen.wait_for("a answers, then:  1 PurgeMore   2 Continue")
    screen.press_until(["a"], "[ 2 Continue ]")
    screen.keys("2")
    screen.wait_for("READY", "Finished", "all 5 lines")


def test_after_its_host_ended_the_console_names_the_command_that_starts_it(
    house: House, console: Open
) -> None:
    house.board()
    screen = console()
    screen.wait_for("READY")
    assert house.run("stop").returncode == 0
    screen.wait_for("DISCONNECTED", "If its host has ended, leave with Ctrl+Q")
    shown = "".join(screen.text().split())
    assert "startitagainwith:" in shown
    assert f"gbterm--port{house.tty}" in shown.replace("/__main__.py", "")
    screen.keys("C-q")
    screen.wait_for("EXIT 0")
    screen.close()
    console().wait_for("READY")


def test_a_port_that_is_not_there_is_said_before_the_screen_is_taken(
    house: House, console: Open
) -> None:
    screen = console("--port", "/dev/ttyNOPE")
    shown = screen.wait_for("EXIT 4")
    assert "There is no port /dev/ttyNOPE" in shown
