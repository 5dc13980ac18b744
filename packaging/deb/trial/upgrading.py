"""Upgrades, and what else happens to services and processes, in mid-print and when idle."""

from __future__ import annotations

from pathlib import Path

from packages import version_of
from place import Booted, wait_until
from printhost import BOARD, NAME, Printhost, say

from tests.endtoend.house import OF_THE_HOST
from tests.independent_gcode import commands_of_file

UNLOCK = f"import fcntl, termios; fcntl.ioctl(open({BOARD!r}), termios.TIOCNXCL)"
BACK_WITHIN_S = 2.0


def replace(host: Printhost, package: Path, what: str) -> None:
    """Install `package` in mid-print, under the process that prints."""
    place = host.place
    printer, server, line = place.pid("printer"), place.pid("server"), host.line()
    version = host.version_of_the_printer_process()
    said = host.dpkg("--install", f"/srv/{package.name}")
    assert place.pid("printer") == printer, "the printer process was restarted in mid-print"
    assert host.version_of_the_printer_process() == version
    if isinstance(place, Booted):
        assert f"is being printed on {NAME}. gbterm-printer@{NAME}.service has the new" in said, (
            said
        )
        wait_until(lambda: place.pid("server") not in (0, server), "a new server")
    wait_until(lambda: host.line() > line, "a print that goes on")
    wait_until(host.is_served, "a server that answers")
    say(
        f"{what} in mid-print",
        f"{version_of(package)} is installed, process {printer} prints on with {version}, line"
        f" {line} before and {host.line()} after; the server was"
        f" {'not ' if place.pid('server') == server else ''}restarted",
    )


def renew(host: Printhost, package: Path) -> None:
    """Install `package` while nothing is printed, and nothing hot."""
    printer, before = host.place.pid("printer"), host.version_of_the_printer_process()
    # The file leaves it hot.
    host.gbterm("setbed", "0")
    said = host.dpkg("--install", f"/srv/{package.name}")
    assert "has the new version once" not in said, said
    wait_until(lambda: host.place.pid("printer") not in (0, printer), "a new printer process")
    unlock(host)
    wait_until(host.answers, "its answer")
    after = host.version_of_the_printer_process()
    assert after == version_of(package) != before, after
    say("upgraded when idle", f"the printer process was started anew, {before} is {after} now")


def leave_alone(host: Printhost) -> None:
    """needrestart, where libraries were replaced under the processes."""
    place = host.place
    printer = place.pid("printer")
    # As an upgrade of the C library does: the file that both have mapped is another one now.
    library = place.run("sh", "-c", "ls /lib/*/libc.so.6").stdout.strip()
    place.run("sh", "-c", f"cp -a $(readlink -f {library}) /x && mv /x $(readlink -f {library})")
    listed = place.run("needrestart", "-b", "-r", "l").stdout
    place.run("needrestart", "-r", "a")
    assert f"gbterm-server@{NAME}.service" in listed, listed
    assert place.pid("printer") == printer, "needrestart restarted the printer process"
    say("needrestart -r a leaves the printer process alone", f"it is {printer} still")


def kill_server(host: Printhost) -> None:
    """In mid-print."""
    server = host.place.pid("server")
    host.place.run("kill", "-KILL", str(server))
    seconds = wait_until(
        lambda: host.place.pid("server") not in (0, server) and host.is_served(), "a new server"
    )
    say("SIGKILL of the server in mid-print", f"another answers after {seconds:.1f} s")


def end_print(host: Printhost, file: Path) -> None:
    """Wait for its end, and compare what the board executed."""
    host.gbterm("waitend", "--timeout", "600")
    numbered = [line for line in host.executed() if line["n"] is not None]
    numbers = [int(str(line["n"])) for line in numbered]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "a line twice, or none"
    wanted = [command for command in commands_of_file(file) if command.code not in OF_THE_HOST]
    printed = host.printed_first()
    # Behind them the host waits for the end of all moves.
    codes = [command.code for command in printed[len(wanted) :]]
    assert (printed[: len(wanted)], codes) == (wanted, ["M400"])
    say("the print ended", f"{len(wanted)} commands of the file, each once and in order")


def kill_printer(host: Printhost) -> None:
    """When idle."""
    printer = host.place.pid("printer")
    host.place.run("kill", "-KILL", str(printer))
    seconds = wait_until(
        lambda: host.place.pid("printer") not in (0, printer), "a new printer process"
    )
    unlock(host)
    assert seconds < BACK_WITHIN_S, f"{seconds:.1f} s"
    wait_until(host.answers, "its answer")
    say("SIGKILL of the printer process", f"another is there after {seconds:.2f} s")


def unlock(host: Printhost) -> None:
    """Unlike a device's, a pty's exclusive lock outlives who took it, for all but root."""
    host.place.run("python3", "-c", UNLOCK)
