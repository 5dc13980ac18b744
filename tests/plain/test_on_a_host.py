"""`gbterm --plain` as a user has it: on a board's port, with a host that it starts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import GBTERM, GENEROUS_S, House, built, wait_until
from tests.plain.streams import ROOT, Terminal, assert_lines


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


Open = Callable[..., Terminal]


@pytest.fixture
def opened(house: House) -> Iterator[Open]:
    terminals: list[Terminal] = []

    def open_one(*words: str, **environ: str) -> Terminal:
        command = (*GBTERM, *(words or ("--plain", "--port", str(house.tty))))
        terminal = Terminal(*command, **(house.environment | environ))
        terminals.append(terminal)
        return terminal

    yield open_one
    for terminal in terminals:
        terminal.close()


def talk(house: House, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GBTERM, "--plain", "--ascii", "--port", str(house.tty)],
        input=text,
        env=house.environment,
        cwd=house.root,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )


def box(house: House) -> Path:
    """A file that prints for a moment."""
    path = house.root / "box.gcode"
    path.write_text("M302 P1\nG28\n" + "G1 X10 F6000\nG1 X100\n" * 200)
    return path


def test_a_print_from_its_upload_to_its_end_is_followed_by_lines_alone(house: House) -> None:
    house.board(speed=30)
    done = talk(house, f"upload {box(house)}\nprint box\nwaitend\nstatus\nhistory\n")
    assert done.returncode == 0
    assert done.stderr.startswith(f"Connecting to {house.tty} ...\n")
    assert_lines(done.stdout.encode())
    assert done.stdout.isascii()
    assert "Executing: printing" in done.stdout
    told = done.stdout
    for text in (
        "box.gcode is in the library, number ",
        "The print of box.gcode has begun.",
        "The print has ended: box.gcode finished after ",
        "Nothing is being printed any more.",
        "Last print: box.gcode finished",
        "box.gcode, finished, 100 %",
        "Goodbye.",
    ):
        assert text in told
        told = told.partition(text)[2]
    house.assert_printed(house.root / "box.gcode")


def test_a_newcomer_prints_leaves_comes_back_and_cancels(house: House, opened: Open) -> None:
    house.board(speed=1)
    talk(house, f"upload {box(house)}\n")
    terminal = opened()
    terminal.shows("Ready: nothing to do")
    terminal.types(b"print box\n")
    terminal.shows("Starting box.gcode.")
    terminal.types(b"\x04")
    terminal.shows("goes on without the console. Attach again with:")
    terminal.shows("--plain")
    assert terminal.ends() == 0
    assert house.state() == "EXECUTING"
    again = opened()
    again.shows("Executing: printing")
    again.types(b"pause\n")
    again.shows("Paus")
    again.types(b"cancel\n")
    again.shows("Type yes to go on:")
    again.types(b"yes\n")
    again.shows("box.gcode was cancelled")
    assert_lines(terminal.data + again.data)


def test_control_backslash_halts_the_board_amid_a_question(house: House, opened: Open) -> None:
    house.board(speed=1)
    talk(house, f"upload {box(house)}\nprint box\n")
    terminal = opened()
    terminal.shows("Executing: printing")
    terminal.types(b"cancel\n")
    terminal.shows("Type yes to go on:")
    terminal.types(b"\x1c")
    terminal.shows("STOPPED: the printer confirmed that it halted.")
    assert house.state() == "ERROR"
    wait_until(lambda: "M112" in house.executed_log.read_text(), "the board's M112")


def test_a_question_of_the_board_is_answered_by_its_number(house: House, opened: Open) -> None:
    house.board("--nozzle-timeout", "1e6", speed=30)
    file = house.root / "swap.gcode"
    file.write_text("M302 P1\nG28\nG1 X10 F6000\nM600\nG1 X20 F6000\n")
    terminal = opened()
    terminal.shows("Ready: ")
    terminal.types(f"upload {file}\n".encode())
    terminal.shows("is in the library")
    terminal.types(b"print swap\n")
    terminal.shows("The printer asks: Nozzle Parked")
    terminal.shows("1 Continue")
    terminal.types(b"answer 1\n")
    terminal.shows("2 Continue")
    terminal.types(b"answer 2\n")
    terminal.shows("swap.gcode finished")


def test_a_print_that_was_lost_goes_on_after_a_yes(house: House, opened: Open) -> None:
    house.board("--heat-speed", "20", speed=6)
    terminal = opened()
    terminal.shows("Ready: ")
    terminal.types(f"upload {ROOT / 'gbterm/data/box.gcode'}\n".encode())
    terminal.shows("is in the library")
    terminal.types(b"progress off\nlayers on\nprint box\n")
    terminal.shows("Layer 3 of ")
    house.fault("reset")
    terminal.shows("The print has ended: box.gcode failed")
    terminal.types(b"reconnect\n")
    terminal.shows("Ready: box.gcode was lost; resume_job goes on with it")
    terminal.types(b"resume_job\n")
    terminal.shows("and goes on at line ")
    terminal.shows("Type yes to go on:")
    terminal.types(b"yes\n")
    terminal.shows("Going on with the print that was lost.")
    terminal.types(b"cancel\nyes\n")
    terminal.shows("was cancelled")


def test_a_connection_that_is_lost_and_comes_back_is_told(house: House, opened: Open) -> None:
    house.board()
    terminal = opened()
    terminal.shows("Ready: ")
    house.kill("server")
    terminal.shows("Disconnected: ")
    terminal.shows("If its host has ended: quit, then start it again with ")
    terminal.shows("Ready: ")


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_without_a_cursor_is_spoken_to_in_lines(
    house: House, opened: Open, term: str
) -> None:
    house.board()
    terminal = opened("--port", str(house.tty), TERM=term)
    terminal.shows(f"TERM is '{term}', so this is the plain mode.")
    terminal.shows("Ready: ")
    terminal.types(b"quit\n")
    terminal.shows("Goodbye.")
    assert terminal.ends() == 0
    assert_lines(terminal.data)


def test_a_port_that_is_not_there_is_said_in_a_sentence(house: House) -> None:
    done = subprocess.run(
        [*GBTERM, "--plain", "--port", "/dev/ttyNOPE"],
        input="estop\n",
        env=house.environment,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )
    assert done.returncode == 4
    assert "There is no port /dev/ttyNOPE" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_talks_in_lines_too(house: House) -> None:
    done = subprocess.run(
        [*GBTERM, "demo", "--plain"],
        input="files\n",
        env=os.environ | house.environment | {"LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Number 1: box.gcode, 86.3 kB" in done.stdout
