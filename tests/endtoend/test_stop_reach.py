"""The emergency stop where something between the user and the board is dead."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gbterm.host import journal
from gbterm.host.hosts import JOURNAL
from tests.endtoend.house import House, wait_until
from tests.endtoend.screen import Screen

Press = Callable[[], None]


@pytest.fixture
def printing(house: House, sliced: dict[str, Path]) -> House:
    """A board in mid-print."""
    house.start_print(sliced["box.gcode"], 60, "--heat-speed", "4", speed=10)
    return house


@pytest.fixture
def screen(house: House) -> Iterator[Callable[[], Screen]]:
    screens: list[Screen] = []

    def attach() -> Screen:
        screens.append(Screen(house, "--port", str(house.tty)))
        return screens[0]

    yield attach
    for opened in screens:
        opened.close()


def halted(house: House) -> bool:
    return "M112" in house.executed_log.read_text()


def stalled(house: House) -> int:
    """Stop the server where it stands; it takes connections still, and answers nothing."""
    pid = house.pid("server")
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_ctrl_backslash_with_a_stalled_server_halts_the_board_and_says_that_it_confirmed(
    printing: House, screen: Callable[[], Screen]
) -> None:
    console = screen()
    console.wait_for("EXECUTING")
    pid = stalled(printing)
    try:
        console.keys("C-\\")
        console.wait_for("STOPPED", "confirmed")
        wait_until(lambda: halted(printing), "the board's M112")
    finally:
        os.kill(pid, signal.SIGCONT)


def test_ctrl_backslash_with_a_killed_server_halts_the_board_and_says_that_it_confirmed(
    printing: House, screen: Callable[[], Screen]
) -> None:
    console = screen()
    console.wait_for("EXECUTING")
    printing.kill("server")
    console.keys("C-\\")
    console.wait_for("STOPPED", "confirmed")
    wait_until(lambda: halted(printing), "the board's M112")


def test_estop_with_a_killed_server_is_confirmed(printing: House) -> None:
    printing.kill("server")
    assert printing.run("estop").returncode == 0
    wait_until(lambda: halted(printing), "the board's M112")
    assert printing.state() == "ERROR"


def test_ctrl_backslash_on_a_board_that_does_not_answer_says_cut_the_power(
    printing: House, screen: Callable[[], Screen]
) -> None:
    console = screen()
    console.wait_for("EXECUTING")
    printing.fault("mute")
    console.keys("C-\\")
    console.wait_for("NOT CONFIRMED: CUT THE POWER", "Switch the printer off at its plug")


def test_a_stop_outlives_the_printer_process_until_somebody_reconnects(printing: House) -> None:
    assert printing.run("estop").returncode == 0
    wait_until(lambda: journal.read(printing.run_dir / JOURNAL).error, "the journal")
    printing.fault("reset")
    died = printing.kill("printer")
    wait_until(lambda: printing.pids("printer") not in ([], [died]), "a new printer process")
    printing.wait_for_state("ERROR")
    assert "Emergency stop" in printing.status()
    assert "result" in printing.ask("reconnect")
    printing.wait_for_state("READY")
