"""The very command line of the console at boot, on a terminal that starts it over and over."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.service.conftest import Machine
from tests.service.system import GID, AtBoot, System

BOX = Path(__file__).parents[1] / "data/gcode/box.gcode"
Open = Callable[..., AtBoot]
UNITS = {"tty1": "getty@tty1.service", "ttyAMA0": "serial-getty@ttyAMA0.service"}
NEVER_DARK = ["\x1b[9;0]", "\x1b[14;0]"]
"""console_codes(4): minutes until the screen goes blank, and until it is powered down."""
SOMEBODY = f"gbterm:x:{GID}:{GID}::/home/of:/bin/false\n"


@pytest.fixture
def at_boot(gbterm: Shell, machine: Machine, system: System) -> Iterator[Open]:
    """Has the machine whose service serves the printer `bench` begin with the console."""
    terminals: list[AtBoot] = []
    for folder in ("run", "var/lib"):
        (machine.root / folder).mkdir(parents=True, exist_ok=True)

    def begin(
        tty: str, term: str, *options: str, passwd: str = "", instead: tuple[str, ...] = ()
    ) -> AtBoot:
        done = gbterm("service", "console", "--root", str(system.root), "--tty", tty, *options)
        assert done.returncode == 0, done.stderr
        if passwd:
            system.write("etc/passwd", passwd)
        text = system.drop_in(UNITS[tty])
        terminals.append(AtBoot(machine.root, system, text, term, instead))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def test_a_screen_shows_the_print_whatever_becomes_of_the_console(
    machine: Machine, at_boot: Open
) -> None:
    machine.start_units(speed=10)
    machine.print_file(BOX)
    terminal = at_boot("tty1", "linux")
    terminal.shows("EXECUTING", "[F2 Dash")
    assert terminal.screen.unknown == NEVER_DARK
    os.kill(terminal.console(), signal.SIGKILL)
    terminal.until(lambda: terminal.starts == 2, "start")
    terminal.shows("EXECUTING", "[F2 Dash")
    machine.live(300)
    machine.wait_for_state("READY")
    machine.assert_printed(BOX)


@pytest.mark.parametrize(("tty", "term"), [("tty1", "linux"), ("ttyAMA0", "vt220")])
def test_who_leaves_it_may_log_in_and_it_comes_back(
    machine: Machine, at_boot: Open, tty: str, term: str
) -> None:
    machine.start_units()
    terminal = at_boot(tty, term)
    terminal.shows("READY", "[F2 Dash")
    terminal.types(b"\x11")
    terminal.shows("The console comes back after a logout", "login:")
    terminal.types(b"\x04")
    terminal.until(lambda: terminal.starts == 2, "start")
    terminal.shows("READY", "[F2 Dash")
    terminal.types(b"\x1c")
    terminal.shows("STOPPED: the printer confirmed that it halted")


def test_what_can_not_begin_says_why_and_leads_to_a_login(machine: Machine, at_boot: Open) -> None:
    config = machine.root / "var/lib/gbterm/config.toml"
    config.write_text("[printer.bench\n")
    terminal = at_boot("tty1", "linux")
    terminal.shows("/var/lib/gbterm/config.toml", "login:")
    assert terminal.starts == 1


def test_it_runs_as_its_user_who_gains_nothing(at_boot: Open) -> None:
    asks = "id -u; id -g; grep -o NoNewPrivs.*1 /proc/self/status; env | sort"
    terminal = at_boot("tty1", "linux", passwd=SOMEBODY, instead=("sh", "-c", asks))
    terminal.shows("login:")
    said = terminal.screen.words
    for fact in (f"{GID} {GID} NoNewPrivs:1", "HOME=/home/of", "TERM=linux", "LC_ALL=C.UTF-8"):
        assert fact in said
    assert "XDG_CONFIG_HOME=/var/lib XDG_DATA_HOME=/var/lib XDG_STATE_HOME=/var/lib" in said
    assert "PYTHONPATH" not in said


def test_a_line_has_its_speed_and_size(at_boot: Open) -> None:
    asks = ("sh", "-c", "stty size; stty speed; tty")
    options = ("--size", "50x20", "--baud", "57600")
    terminal = at_boot("ttyAMA0", "vt220", *options, instead=asks)
    terminal.shows("20 50 57600 /dev/pts/", "login:")
