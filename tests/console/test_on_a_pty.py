"""The console on a real terminal device, where control characters could become signals."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gbterm.lookalikes import SAFE
from gbterm.terminal import Glyphs
from tests.console.terminal import KEYS, Terminal
from tests.vt import Vt

Open = Callable[..., Terminal]
AT_FIRST = Vt(1, 1).modes
TERMS = ("xterm-256color", "linux", "vt100", "screen")
DRAWN = {"linux": SAFE[Glyphs.CONSOLE], "vt100": SAFE[Glyphs.ASCII]}


@pytest.fixture
def opened() -> Iterator[Open]:
    terminals: list[Terminal] = []

    def begin(*words: str, **how: Any) -> Terminal:
        terminals.append(Terminal(*words, **how))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


@pytest.fixture(params=TERMS)
def terminal(request: pytest.FixtureRequest, opened: Open) -> Terminal:
    """80x24, but a serial line: there the kernel knows no size."""
    size = (0, 0) if request.param == "vt100" else (80, 24)
    return opened(term=request.param, size=size)


def test_control_backslash_is_a_key_and_the_terminal_is_left_as_it_was(terminal: Terminal) -> None:
    terminal.shows("box.gcode")
    terminal.types(b"\x03\x1a")
    terminal.shows("Ctrl+C does nothing here.")
    terminal.types(b"\x1c")
    terminal.shows("STOPPED: the printer confirmed that it halted")
    terminal.types(b"\r")
    terminal.shows("ERROR")
    terminal.types(b"\x11")
    terminal.shows("None ESTOP")
    assert terminal.ends() == 0
    assert termios.tcgetattr(terminal.end) == terminal.before
    assert terminal.screen.modes == AT_FIRST


def test_leaving_a_print_says_so_on_standard_output(terminal: Terminal) -> None:
    terminal.shows("box.gcode")
    terminal.types(b"\x11")
    terminal.shows("Enter leaves")
    terminal.types(b"\r")
    terminal.shows("The print of box.gcode goes on without the console.", "NO-ESTOP")
    assert terminal.ends() == 0


def test_a_mistake_of_ours_ends_the_console_in_a_sentence(opened: Open) -> None:
    terminal = opened("faulty")
    terminal.shows("box.gcode")
    terminal.types(b"\x1bOR")
    terminal.shows("division by zero: ['The print of box.gcode goes on without the console.")
    assert terminal.ends() == 0
    assert "Traceback" not in terminal.screen.words
    assert termios.tcgetattr(terminal.end) == terminal.before


@pytest.mark.parametrize("term", ["linux", "vt100"])
def test_a_poor_terminal_gets_nothing_that_it_does_not_know(opened: Open, term: str) -> None:
    terminal = opened(term=term)
    terminal.shows("box.gcode")
    for key in (b"\x1bOR", b"\x1bOS", b"?"):
        terminal.types(key)
        terminal.rests()
    assert terminal.screen.unknown == []
    assert set("".join(terminal.screen.lines)) <= DRAWN[term]


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "POSIX"}])
def test_a_c_locale_gets_ascii(opened: Open, locale: dict[str, str]) -> None:
    terminal = opened(term="xterm-256color", **locale)
    terminal.shows("box.gcode", "[F2 Dash")
    assert "".join(terminal.screen.lines).isascii()


@pytest.mark.parametrize(
    ("size", "environ"),
    [((0, 0), {"COLUMNS": "50", "LINES": "20"}), ((0, 0), {"COLUMNS": "x", "LINES": "-3"})],
)
def test_a_line_without_a_size_takes_it_from_the_environment(
    opened: Open, size: tuple[int, int], environ: dict[str, str]
) -> None:
    columns, rows = (50, 20) if environ["COLUMNS"] == "50" else (80, 24)
    terminal = opened(size=size, **environ)
    terminal.shows("box.gcode", "Quit")
    used = [row for row in terminal.screen.lines if row.strip()]
    assert terminal.screen.lines[rows - 1] == used[-1]
    assert columns - 2 <= max(len(row.rstrip()) for row in used) <= columns


@pytest.mark.parametrize("size", [(1, 1), (2, 60), (60, 2), (65535, 65535)])
def test_an_absurd_size_does_no_harm(opened: Open, size: tuple[int, int]) -> None:
    terminal = opened(size=size)
    terminal.until(lambda: "2004" in terminal.screen.modes, "console")
    terminal.rests()
    terminal.types(b"\x1c\x11\x11")
    assert terminal.ends() == 0


def test_what_others_wrote_goes_with_control_z(opened: Open) -> None:
    terminal = opened()
    terminal.shows("box.gcode", "Cable", "[F2 Dash", "Quit")
    terminal.rests()
    clean = terminal.screen.lines
    terminal.screen.feed(b"\x1b[5;1H[ 1234.5] usb 1-1: new device\x1b[1;31m")
    terminal.types(b"\x1a")
    terminal.until(lambda: terminal.screen.lines == clean, "clean screen")


@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGTERM])
def test_who_is_told_to_end_restores_the_terminal_and_says_what_goes_on(
    opened: Open, ending: signal.Signals
) -> None:
    terminal = opened()
    terminal.shows("box.gcode")
    terminal.program.send_signal(ending)
    terminal.shows("The print of box.gcode goes on without the console.", "NO-ESTOP")
    assert terminal.ends() == 0
    assert termios.tcgetattr(terminal.end) == terminal.before
    assert terminal.screen.modes == AT_FIRST


IGNORING = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
IGNORING += "os.execv(sys.executable, [sys.executable, '-m', 'tests.console.alone', *sys.argv[1:]])"


@pytest.mark.parametrize("command", [None, (sys.executable, "-c", IGNORING)])
def test_who_lost_the_terminal_ends(opened: Open, command: tuple[str, ...] | None) -> None:
    terminal = opened("ticking", **({"command": command} if command else {}))
    terminal.shows("box.gcode")
    os.close(terminal.end)
    os.close(terminal.line)
    try:
        terminal.program.wait(90)
    finally:
        terminal.line, terminal.end = os.openpty()


def test_keys_in_a_burst_close_a_dialog_once(opened: Open) -> None:
    terminal = opened()
    terminal.shows("box.gcode")
    for burst in (b"\x07d\x07f", b"\x07f\x07j\x07d\x07m", b"\x07xx\x07yy"):
        terminal.types(burst)
        terminal.rests()
    for _ in range(10):  # the first one closes what may be open
        if "[F4 Job]" not in terminal.screen.words:
            terminal.types(KEYS["job"])
            terminal.rests()
    terminal.shows("[F4 Job]")


def test_the_stop_does_not_wait_for_the_keys_before_it(opened: Open) -> None:
    terminal = opened("stuck")
    terminal.shows("box.gcode")
    terminal.types(b"\x03" + b"x" * 1000 + b"\x1c")
    terminal.shows("STOPPED: the printer confirmed that it halted")


def test_what_was_typed_before_the_stop_is_forgotten(opened: Open) -> None:
    terminal = opened()
    terminal.shows("box.gcode")
    terminal.types(b"\x1b[18~" + b"M104 S200\r" * 1000 + b"\x1c")
    terminal.shows("STOPPED: the printer confirmed that it halted")
    terminal.rests()
    assert "STOPPED" in terminal.screen.words
