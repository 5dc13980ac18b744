"""Installs the Debian package in a clean root, upgrades it in mid-print, and removes it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packages import built, of_next_version, version_of
from place import Booted, ByHand, Place, wait_until
from root import Missing, clean_root, run

from tests.endtoend.house import OF_THE_HOST, House
from tests.independent_gcode import commands_of_file

ROOT = Path(__file__).parents[3]
NAME, BOARD = "ender", "/srv/board"
PROFILE = f'\n[printer.{NAME}]\nport = "{BOARD}"\n'
# A pty is no serial port, and the only other thing that a printer process may open here.
DROP_IN = "[Service]\nDeviceAllow=char-pts rw\n"
SPEED = 2
UNLOCK = f"import fcntl, termios; fcntl.ioctl(open({BOARD!r}), termios.TIOCNXCL)"
PACKAGES = ("debootstrap", "systemd-container", "util-linux")
BACK_WITHIN_S = 2.0


class Printhost(House):
    """A computer beside a printer: `place` with the service of gbterm on a simulated board."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.root / "srv")
        self.place = place

    @property
    def run_dir(self) -> Path:
        return self.place.inside / "run/gbterm" / NAME

    def gbterm(self, *words: str) -> str:
        """What a one-shot command of root prints."""
        done = self.place.run("gbterm", *words)
        assert done.returncode == 0, f"gbterm {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def dpkg(self, *words: str) -> str:
        """dpkg, to its end, with all that it says."""
        done = self.place.run("dpkg", *words)
        assert done.returncode == 0, f"dpkg {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def version_of_the_printer_process(self) -> str:
        return str(self.ask("hello")["result"]["version"])

    def answers(self) -> bool:
        """Whether the printer process does, and the printer is there."""
        try:
            return self.ask("get_status")["result"]["status"]["state"] not in ("DISCONNECTED",)
        except (OSError, ValueError, KeyError):
            return False


BEGAN = time.monotonic()


def say(step: str, seen: object = "") -> None:
    print(f"{time.monotonic() - BEGAN:6.1f} s  {step}{': ' if seen else ''}{seen}", flush=True)


def install(host: Printhost, package: Path) -> None:
    network = host.place.run("cat", "/proc/net/dev").stdout.splitlines()[2:]
    interfaces = [line.split(":")[0].strip() for line in network]
    assert interfaces == ["lo"], interfaces
    host.dpkg("--install", f"/srv/{package.name}")
    say("installed without a network", host.gbterm("--version"))
    status = host.place.run("getent", "passwd", "gbterm").stdout.strip()
    groups = host.place.run("id", "-nG", "gbterm").stdout.strip()
    assert groups.split() == ["gbterm", "dialout"], groups
    say("made the user of the service", f"{status}, in {groups}")
    assert "1" in host.place.run("sh", "-c", "zcat /usr/share/man/man1/gbterm.1.gz").stdout
    owned = host.place.run("find", "/usr/lib/gbterm", "-newer", "/var/lib/dpkg/info/gbterm.list")
    assert not owned.stdout, owned.stdout


def begin_print(host: Printhost, file: Path) -> None:
    shutil.copy(file, host.root / file.name)
    # A server needs a moment to find a printer process that was started anew.
    runfile = ("gbterm", "runfile", f"/srv/{file.name}", "--yes")
    wait_until(lambda: host.place.run(*runfile).returncode == 0, "a print that begins")
    wait_until(lambda: host.line() > 20, "a print under way", 120)
    say("prints", host.gbterm("status").splitlines()[0])


def configure(host: Printhost) -> None:
    """A board, its profile, its services."""
    place = host.place
    board = ["simulate", "--link", BOARD, "--speed", str(SPEED), "--heat-speed", "20"]
    (host.root / "executed.jsonl").touch()
    place.run("chown", "-R", "gbterm:gbterm", "/srv")
    process = place.begin("gbterm", *board, "--log", "/srv/executed.jsonl", user="gbterm")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("READY")
    with (place.root / "etc/gbterm/config.toml").open("a") as config:
        config.write(PROFILE)
    drop_in = place.root / "etc/systemd/system/gbterm-printer@.service.d/board.conf"
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text(DROP_IN)
    if isinstance(place, Booted):
        place.run("systemctl", "daemon-reload")
    place.start(NAME)
    seconds = wait_until(host.answers, "a printer that is ready")
    wait_until(lambda: place.run("gbterm", "status").returncode == 0, "a server that answers")
    say("services run, the printer is READY", f"after {seconds:.1f} s")


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
    wait_until(lambda: place.run("gbterm", "status").returncode == 0, "a server that answers")
    say(
        f"{what} in mid-print",
        f"{version_of(package)} is installed, process {printer} prints on with {version}, line"
        f" {line} before and {host.line()} after; the server was"
        f" {'not ' if place.pid('server') == server else ''}restarted",
    )


def refuse_removal(host: Printhost) -> None:
    printer = host.place.pid("printer")
    done = host.place.run("dpkg", "--remove", "gbterm")
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "gbterm is not removed. box.gcode is being printed on ender." in said, said
    assert host.place.pid("printer") == printer
    status = host.place.run("dpkg-query", "-W", "-f=${db:Status-Abbrev}", "gbterm").stdout
    assert status[1] == "i", status
    sentence = next(line for line in said.splitlines() if line.startswith("gbterm is not removed"))
    say("removal in mid-print is refused", sentence)


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
    server = host.place.pid("server")
    host.place.run("kill", "-KILL", str(server))
    seconds = wait_until(
        lambda: (
            host.place.pid("server") not in (0, server)
            and host.place.run("gbterm", "status").returncode == 0
        ),
        "a new server",
    )
    say("SIGKILL of the server in mid-print", f"another answers after {seconds:.1f} s")


def end_print(host: Printhost, file: Path) -> None:
    done = host.place.run("gbterm", "waitend", "--timeout", "600")
    assert done.returncode == 0, done.stderr
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
    printer = host.place.pid("printer")
    host.place.run("kill", "-KILL", str(printer))
    seconds = wait_until(
        lambda: host.place.pid("printer") not in (0, printer), "a new printer process"
    )
    # Unlike a device's, a pty's exclusive lock outlives who took it, for all but root.
    host.place.run("python3", "-c", UNLOCK)
    assert seconds < BACK_WITHIN_S, f"{seconds:.1f} s"
    wait_until(host.answers, "its answer")
    say("SIGKILL of the printer process", f"another is there after {seconds:.2f} s")


def remove_by_force(host: Printhost) -> None:
    answer = "gbterm gbterm/stop-print boolean true"
    host.place.run("sh", "-c", f"echo {answer} | debconf-set-selections")
    host.dpkg("--remove", "gbterm")
    assert not host.place.pid("printer")
    assert not host.place.pid("server")
    log = (host.root / "executed.jsonl").read_text()
    last = [line for line in log.splitlines() if '"M104' in line or '"M140' in line][-2:]
    assert all(" S0" in line for line in last), last
    say("removed in mid-print, where debconf was told so", "the heaters were turned off")


def purge(host: Printhost, package: Path) -> None:
    data, config = host.place.root / "var/lib/gbterm", host.place.root / "etc/gbterm/config.toml"
    assert list(data.iterdir())
    assert config.exists()
    host.dpkg("--purge", "gbterm")
    assert list(data.iterdir())
    assert not config.exists()
    say(
        "purged, nobody asked",
        f"the configuration is gone, {len(list(data.iterdir()))} folders stay",
    )
    host.dpkg("--install", f"/srv/{package.name}")
    host.place.run(
        "sh", "-c", "echo gbterm gbterm/purge-data boolean true | debconf-set-selections"
    )
    host.dpkg("--purge", "gbterm")
    assert not data.exists()
    left = host.place.run("find", "/", "-xdev", "-name", "*gbterm*", "-not", "-path", "/srv/*")
    left_over = [path for path in left.stdout.split() if not path.startswith(("/proc", "/sys"))]
    say("purged with the data", f"left: {' '.join(left_over) or 'nothing'}")


def try_it(place: Place, package: Path, later: Path) -> None:
    host = Printhost(place)
    box = ROOT / "gbterm/data/box.gcode"
    install(host, package)
    configure(host)
    begin_print(host, box)
    replace(host, package, "reinstalled")
    replace(host, later, "upgraded")
    refuse_removal(host)
    if isinstance(place, Booted):
        leave_alone(host)
    kill_server(host)
    end_print(host, box)
    kill_printer(host)
    begin_print(host, box)
    remove_by_force(host)
    purge(host, package)


@contextmanager
def lived_in(root: Path) -> Iterator[Place]:
    """The root, booted where this machine lets it."""
    place: Place
    try:
        place = Booted(root)
    except Missing as missing:
        say("NOT booted", missing)
        place = ByHand(root)
    say("lives", place.how)
    try:
        yield place
    finally:
        place.close()


def main() -> int:
    if os.geteuid() != 0:
        print("make test-deb makes a root of its own, and needs to be root: sudo make test-deb")
        return 1
    try:
        if run(ROOT / "scripts/apt-packages", *PACKAGES).returncode:
            raise Missing(f"This needs Debian packages: apt-get install {' '.join(PACKAGES)}.")
        package = built()
        say("built", f"{package.name}, {package.stat().st_size / 1e6:.1f} MB")
        with clean_root(package) as root:
            say("made a clean Debian", (root / "etc/debian_version").read_text().strip())
            shutil.copy(package, root / "srv")
            later = of_next_version(package, root / "srv")
            with lived_in(root) as place:
                try_it(place, package, later)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    say("all of it is as it should be")
    return 0


sys.exit(main())
