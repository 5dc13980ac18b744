"""The parts of the console that need no screen."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from gbterm.backends.capability import Capability
from gbterm.cadence import lasting
from gbterm.config import ConsoleSettings
from gbterm.errors import UsageError
from gbterm.jobs import Job
from gbterm.keymap import ACTIONS, SCREENS, actions_of, possible
from gbterm.keymap.action import Footer
from gbterm.model import Message, Phase, Position, PrinterState, Temperature
from gbterm.terminal import (
    Glyphs,
    Terminal,
    choose,
    console_refusal,
    glyphs,
    is_dumb,
    is_slow,
    line,
    prepare,
)
from gbterm.widgets import slices
from gbterm.widgets.panel import changed_cells
from gbterm.widgets.path_input import complete, resolve
from gbterm.widgets.words import PHASES, duration, heater_word, size


class Tty(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """All three streams are a terminal."""
    for name in ("__stdin__", "__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, name, Tty())


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("term", ["xterm-256color", "linux", "vt100", "screen", "tmux-256color"])
def test_real_terminals_are_not_refused(term: str) -> None:
    assert console_refusal() is None
    assert not is_dumb({"TERM": term})


@pytest.mark.parametrize("environ", [{}, {"TERM": ""}, {"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_without_a_cursor_is_known(environ: dict[str, str]) -> None:
    assert is_dumb(environ)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("__stdin__", "standard input"),
        ("__stdout__", "standard output"),
        ("__stderr__", "standard error"),
    ],
)
@pytest.mark.parametrize("instead", [None, io.StringIO()])
def test_a_redirected_stream_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, stream: str, name: str, instead: io.StringIO | None
) -> None:
    monkeypatch.setattr(sys, stream, instead)
    refusal = console_refusal()
    assert refusal is not None
    assert name in refusal
    assert "gbterm status" in refusal


@pytest.mark.parametrize(
    ("environ", "encoding", "kind"),
    [
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, "utf-8", Glyphs.UNICODE),
        ({"TERM": "tmux-256color", "LC_CTYPE": "C.UTF-8"}, "utf-8", Glyphs.UNICODE),
        ({"TERM": "tmux-256color"}, "utf-8", Glyphs.ASCII),
        ({"TERM": "linux", "LANG": "C.utf8"}, "utf-8", Glyphs.CONSOLE),
        ({"TERM": "linux", "LANG": "C"}, "utf-8", Glyphs.ASCII),
        ({"TERM": "xterm", "LC_ALL": "C", "LANG": "en_GB.UTF-8"}, "utf-8", Glyphs.ASCII),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, "iso8859-1", Glyphs.ASCII),
        ({"TERM": "vt100", "LANG": "en_GB.UTF-8"}, "utf-8", Glyphs.ASCII),
    ],
)
def test_glyphs_follow_the_terminal(environ: dict[str, str], encoding: str, kind: Glyphs) -> None:
    assert glyphs(environ, encoding, c_locale=False) is kind


@pytest.mark.parametrize(
    ("device", "baud", "slow"),
    [
        ("/dev/ttyS0", 115200, True),
        ("/dev/ttyAMA0", 9600, True),
        ("/dev/ttyUSB1", None, True),
        ("/dev/ttyACM0", 57600, True),
        ("/dev/ttyGS0", 115200, True),
        ("/dev/ttyS2", 1500000, False),
        ("/dev/tty1", 38400, False),
        ("/dev/pts/3", 38400, False),
        ("/dev/pts/ttyS0", 9600, False),
        ("", None, False),
    ],
)
def test_a_serial_line_is_slow_by_itself(device: str, baud: int | None, slow: bool) -> None:
    assert is_slow(device, baud) is slow


def test_the_line_is_known_by_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[4] = attributes[5] = termios.B9600
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    standard_input = os.dup(0)
    try:
        os.dup2(theirs, 0)
        assert line() == (os.ttyname(theirs), 9600)
    finally:
        os.dup2(standard_input, 0)
        for number in (ours, theirs, standard_input):
            os.close(number)


@pytest.mark.parametrize(
    ("environ", "asked", "chosen"),
    [
        ({}, {}, ("dark", False, True)),
        ({"COLORFGBG": "0;15"}, {}, ("light", False, True)),
        ({"COLORFGBG": "15;default;0"}, {}, ("dark", False, True)),
        ({"COLORFGBG": "0;15"}, {"theme": "dark"}, ("dark", False, True)),
        ({}, {"slow": True}, ("dark", True, False)),
        ({}, {"slow": True, "mouse": True}, ("dark", True, True)),
        ({"TERM": "linux"}, {}, ("dark", False, False)),
        ({"TERM": "vt220"}, {"theme": "none"}, ("none", False, False)),
    ],
)
def test_what_is_asked_for_goes_before_what_is_found(
    environ: dict[str, str], asked: dict[str, Any], chosen: tuple[str, bool, bool]
) -> None:
    shown = choose(ConsoleSettings(**asked), {"TERM": "xterm", "LANG": "C.UTF-8"} | environ)
    assert (shown.theme, shown.slow, shown.mouse) == chosen
    assert shown.readings_s == (2.0 if shown.slow else 0.5)


def test_only_readings_may_wait() -> None:
    state = PrinterState(
        phase=Phase.EXECUTING,
        nozzles=(Temperature(200.0, 215.0),),
        position=Position(1.0, None),
        job=Job("a", line=3, lines=9),
        waiting_for="the bed (57 of 60 °C)",
    )
    assert state.job is not None
    for reading in (
        replace(state, nozzles=(Temperature(201.0, 215.0),)),
        replace(state, position=Position(2.0, None)),
        replace(state, job=replace(state.job, line=4, elapsed_s=2.0, left_s=9.0)),
        replace(state, waiting_for="the bed (58 of 60 °C)"),
    ):
        assert lasting(reading) == lasting(state)
    for event in (
        replace(state, nozzles=(Temperature(200.0, 0.0),)),
        replace(state, position=Position(1.0, 1.0)),
        replace(state, job=replace(state.job, outcome="finished")),
        replace(state, waiting_for=""),
        replace(state, phase=Phase.PAUSED),
        replace(state, messages=(Message("Look."),)),
    ):
        assert lasting(event) != lasting(state)


def test_what_the_user_set_for_textual_stays() -> None:
    environ = {"TERM": "linux", "TEXTUAL_ANIMATIONS": "full"}
    prepare(Terminal(), environ)
    assert environ["TEXTUAL_ANIMATIONS"] == "full"
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"


def test_every_action_can_be_told_apart() -> None:
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names)
    for screen in (screen.name for screen in SCREENS):
        keys = [key for action in actions_of(screen) for key in action.keys.split(",") if key]
        assert len(set(keys)) == len(keys), screen


def test_the_bottom_line_names_at_most_eight_keys() -> None:
    for screen in (screen.name for screen in SCREENS):
        always = [a for a in actions_of(screen) if a.footer is Footer.ALWAYS]
        assert len(always) <= 8, screen


def test_no_printing_phase_lets_a_port_be_closed_or_a_print_begin() -> None:
    for phase in Phase:
        names = possible(PrinterState(phase=phase), ~Capability(0))
        if phase.is_printing:
            assert {"reconnect", "print"}.isdisjoint(names)
        else:
            assert {"pause", "resume", "cancel"}.isdisjoint(names)
        assert "estop" in names


def test_an_action_needs_its_capability() -> None:
    ready = PrinterState(phase=Phase.READY)
    assert "print" in possible(ready, Capability.PRINT)
    assert "print" not in possible(ready, Capability.JOB)


@pytest.mark.parametrize(
    ("current", "target", "word"),
    [
        (None, None, "no reading"),
        (31.0, None, "measured"),
        (21.0, 0.0, "off"),
        (190.0, 0.0, "off, still hot"),
        (57.0, 60.5, "heating"),
        (58.0, 60.0, "at target"),
        (62.9, 60.0, "at target"),
        (80.0, 60.0, "cooling"),
    ],
)
def test_a_heater_is_told_in_a_word(current: float | None, target: float | None, word: str) -> None:
    assert heater_word(Temperature(current, target)) == word


@pytest.mark.parametrize(
    ("current", "c_min", "told"),
    [
        (40.0, 30.0, ("heating", "↑ 30 °C/min")),
        (61.0, 30.0, ("at target", "")),
        (80.0, -30.0, ("cooling", "↓ 30 °C/min")),
        (80.0, 30.0, ("above target", "↑ 30 °C/min")),
    ],
)
def test_the_trend_agrees_with_the_word(
    current: float, c_min: float, told: tuple[str, str]
) -> None:
    state = PrinterState(phase=Phase.READY, bed=Temperature(current, 60.0))
    bed = slices.heaters(state, lambda _: c_min)[-1]
    assert (bed.word, bed.trend) == told


def test_every_phase_means_something() -> None:
    assert set(PHASES) == set(Phase)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"),
        (-3.0, "0:00:00"),
        (59.9, "0:00:59"),
        (3723.0, "1:02:03"),
        (9e5, "250:00:00"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (86297, "86.3 kB"),
        (999_999, "1.0 MB"),
        (5 * 10**12, "5000.0 GB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_completion_offers_folders_and_gcode(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for name in ("part-a.gcode", "part-b.GCODE", "part.txt", ".part.gcode"):
        (tmp_path / name).touch()
    completion = complete(f"{tmp_path}/p")
    assert completion.text == f"{tmp_path}/part"
    assert completion.names == ("part-a.gcode", "part-b.GCODE", "parts/")
    assert complete(f"{tmp_path}/.p").names == (".part.gcode",)
    assert complete(f"{tmp_path}/zzz").text == f"{tmp_path}/zzz"


@pytest.mark.parametrize("text", ["/no/such/folder/x", "~nobody-here/x", "/dev/null/x", "a\0b/c"])
def test_completion_of_nonsense_offers_nothing(text: str) -> None:
    assert complete(text).names == ()


@pytest.mark.parametrize("text", ["", " ", "/no/such/file", "~nobody-here/x", "/tmp", "a\0b"])
def test_what_names_no_file_is_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=r"\.$"):
        resolve(text)


def test_a_file_that_may_not_be_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "box.gcode"
    path.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="You may not read"):
        resolve(str(path))


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "box.gcode").touch()
    assert resolve("~/box.gcode") == tmp_path / "box.gcode"


def test_the_interface_is_all_that_the_console_knows() -> None:
    code = (
        "import sys, gbterm.app;"
        "bad = [m for m in sys.modules if m.startswith('gbterm.') and m.split('.')[1] in"
        " ('host', 'server', 'cli', 'simulator') or m.startswith('gbterm.backends.')"
        " and m.split('.')[2] not in"
        " ('base', 'abilities', 'capability', 'kinds', 'server_side', 'absent', 'stopping')"
        " or m in ('serial', 'websockets', 'socketserver')];"
        "print(bad)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_refusal_costs_no_textual() -> None:
    code = "import sys, gbterm.terminal, gbterm.keymap; print('textual' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@given(st.text(alphabet="0123 é日", max_size=12), st.text(alphabet="0123 é日", max_size=12))
def test_the_cells_to_draw_are_all_that_differ(old: str, new: str) -> None:
    region = changed_cells(7, Content(old), Content(new))
    width = max(Content(old).cell_length, Content(new).cell_length)
    before, after = (_cells(text, width) for text in (old, new))
    drawn = before[: region.x] + after[region.x : region.right] + before[region.right :]
    assert drawn == after
    assert not region or region.y == 7


def _cells(text: str, width: int) -> list[str]:
    cells = [part for char in text for part in (char, "")[: Content(char).cell_length]]
    return cells + [" "] * (width - len(cells))


def test_a_cell_that_only_changes_its_colour_is_drawn() -> None:
    assert changed_cells(0, Content("off"), Content.styled("off", "bold")).size == (3, 1)
