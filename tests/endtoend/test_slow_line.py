"""The console on a line of 115200 baud, and on one that is stuck, with a real host."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gbterm.keymap import SCREENS
from tests.console.terminal import KEYS, Terminal
from tests.endtoend.house import GBTERM, LINGERING, House, wait_until

Open = Callable[..., Terminal]
BYTES_PER_S = 11_520
ESTOP = b"\x1c"


@pytest.fixture
def console(house: House) -> Iterator[Open]:
    terminals: list[Terminal] = []

    def open_console(option: str, **how: int) -> Terminal:
        command = (*GBTERM, "--port", str(house.tty), option)
        terminals.append(Terminal(command=command, **how, **house.environment))  # type: ignore[arg-type]
        return terminals[-1]

    yield open_console
    for terminal in terminals:
        terminal.close()


def halted(house: House) -> bool:
    """Whether the board got the emergency stop."""
    return "M112" in house.executed_log.read_text()


def fill(terminal: Terminal) -> None:
    """Let the line take nothing more, not even once the kernel has moved its buffers on."""
    line = os.open(os.ttyname(terminal.end), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    refused = 0
    while refused < 20:
        try:
            os.write(line, b".")
            refused = 0
        except BlockingIOError:
            refused += 1
            time.sleep(0.02)
    os.close(line)


def every_screen(terminal: Terminal, times: int, gap_s: float = 0.0) -> None:
    """Type; with a gap the console has the time to draw what comes of each key."""
    for _ in range(times):
        for screen in SCREENS:
            terminal.types(KEYS[screen.name])
            time.sleep(gap_s)


def test_at_115200_baud_a_stop_passes_all_that_is_still_to_be_drawn(
    house: House, sliced: dict[str, Path], console: Open
) -> None:
    house.start_print(sliced["box.gcode"], speed=LINGERING)
    terminal = console("--slow", bytes_per_s=BYTES_PER_S)
    terminal.shows("EXECUTING")
    terminal.bytes = 0
    every_screen(terminal, 5)
    terminal.types(ESTOP)
    wait_until(lambda: halted(house), "the board's M112")
    terminal.shows("STOPPED: the printer confirmed that it halted")
    terminal.types(b"\r")
    terminal.shows("ERROR")
    terminal.rests()
    assert terminal.bytes < 30_000, "forty screens were asked for, a few of them had to be drawn"
    assert terminal.screen.lines[0].rstrip().endswith("ERROR")


def test_where_nothing_is_read_any_more_keys_still_act(
    house: House, sliced: dict[str, Path], console: Open
) -> None:
    house.start_print(sliced["box.gcode"], speed=LINGERING)
    terminal = console("--no-slow")
    terminal.shows("EXECUTING")
    fill(terminal)
    every_screen(terminal, 5, 0.25)
    terminal.types(ESTOP)
    wait_until(lambda: halted(house), "the board's M112")
    assert house.state() == "ERROR"
