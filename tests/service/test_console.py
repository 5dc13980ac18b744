"""The console at boot: what is written into a system, refused, and taken out again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Shell, assert_refused
from tests.service.system import AS_ROOT, GID, HOSTS, UID, System, words

TTYS = {
    "tty1": ("tty1", "getty@tty1.service"),
    "serial0": ("ttyAMA0", "serial-getty@ttyAMA0.service"),
}
PRINTER = '[printer.ender]\nport = "/dev/{}"\n'


class Console:
    """`gbterm service console` on a system in a folder."""

    def __init__(self, shell: Shell, system: System) -> None:
        self._shell, self._system = shell, system

    def __call__(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self._shell("service", "console", "--root", str(self._system.root), *options)

    def says(self, *options: str) -> str:
        """What it prints where all is well."""
        done = self(*options)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def console(gbterm: Shell, system: System) -> Console:
    return Console(gbterm, system)


@pytest.mark.parametrize("name", TTYS)
def test_it_is_put_in_place_and_taken_away_without_a_trace(
    console: Console, system: System, name: str
) -> None:
    tty, unit = TTYS[name]
    before = system.tree()
    said = console.says("--tty", name, "--hostname", "printer-1")
    assert f"comes up on {tty} as the user gbterm" in said
    assert "This machine is called printer-1 from its next start on." in said
    assert "begins with the choice of one" in said
    assert system.read("etc/hostname") == "printer-1\n"
    assert system.read("etc/hosts").splitlines()[0].split()[:2] == ["127.0.1.1", "printer-1"]
    wanted = system.root / "etc/systemd/system/getty.target.wants" / unit
    assert (system.root / str(wanted.readlink()).lstrip("/")).exists()
    # Once more, with other wishes.
    console.says("--tty", name, "--hostname", "printer-2")
    assert "printer-1" not in system.read("etc/hosts")
    assert system.read("etc/hosts").endswith(HOSTS)
    said = console.says("--tty", tty, "--remove")
    assert "called raspberrypi again" in said
    # The kernel's own console has one in any case.
    assert f"{tty} shows the login prompt again." in said
    assert system.tree() == before
    assert_refused(console("--tty", tty, "--remove"), 2, f"no console of gbterm on {tty}")


def test_what_was_there_before_stays(console: Console, system: System) -> None:
    system.write("etc/systemd/system/getty@tty1.service.d/autologin.conf", "[Service]\n")
    system.write("etc/systemd/system/getty.target.wants/other", "")
    (system.root / "etc/systemd/system/getty.target.wants/getty@tty1.service").symlink_to("/x")
    before = system.tree()
    console.says("--tty", "tty1", "--hostname", "printer")
    system.write("etc/hostname", "renamed\n")
    assert "printer no longer" in console.says("--tty", "tty1", "--remove")
    assert system.read("etc/hostname") == "renamed\n"
    system.write("etc/hostname", "raspberrypi\n")
    assert system.tree() == before


def test_a_drop_in_that_was_changed_is_taken_away(console: Console, system: System) -> None:
    console.says("--tty", "tty1", "--hostname", "printer")
    path = "etc/systemd/system/getty@tty1.service.d/zz-gbterm.conf"
    system.write(path, "[Service]\n")
    assert "was changed: a hostname that was given stays" in console.says("--tty=tty1", "--remove")
    assert not (system.root / path).exists()


@pytest.mark.parametrize("name", TTYS)
def test_systemd_takes_it(console: Console, system: System, name: str) -> None:
    tty, unit = TTYS[name]
    system.write("etc/gbterm/config.toml", PRINTER.format("ttyUSB0"))
    console.says("--tty", name, "--printer", "ender", "--hostname", "printer")
    done = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", unit],
        # Its own units follow.
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{system.root}/etc/systemd/system:"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    command = words(system.drop_in(unit), "ExecStart", tty)
    assert command[-3:] == ["gbterm", "--printer", "ender"]
    assert subprocess.run(["sh", "-n", "-c", command[2]], check=False).returncode == 0


def test_a_line_has_the_speed_of_the_kernel_and_a_size(console: Console, system: System) -> None:
    said = console.says("--tty", "serial0", "--size", "120x40")
    assert "take console=serial0,57600 out of /boot/firmware/cmdline.txt" in said
    text = system.drop_in("serial-getty@ttyAMA0.service")
    assert "stty 57600 clocal columns 120 rows 40;" in text
    assert "TERM=vt220" in text
    console.says("--tty", "serial0", "--baud", "9600", "--term", "xterm-256color")
    text = system.drop_in("serial-getty@ttyAMA0.service")
    assert "stty 9600 clocal;" in text
    assert "TERM=xterm-256color" in text
    system.write("boot/firmware/cmdline.txt", "quiet\n")
    assert "kernel" not in console.says("--tty", "ttyAMA0")
    assert "ttyAMA0 shows nothing again." in console.says("--tty", "ttyAMA0", "--remove")
    console.says("--tty", "ttyAMA0")
    assert "stty 115200 " in system.drop_in("serial-getty@ttyAMA0.service")


def test_a_desktop_on_that_screen_is_told(console: Console, system: System) -> None:
    system.write("etc/systemd/system/display-manager.service", "")
    assert "A desktop begins" in console.says("--tty", "tty1")
    (system.root / "etc/systemd/system/default.target").symlink_to(
        "/usr/lib/systemd/system/multi-user.target"
    )
    assert "desktop" not in console.says("--tty", "tty1")


@pytest.mark.parametrize("user", ["gbterm", "pi"])
def test_what_it_knows_are_the_printers_of_its_user(
    console: Console, system: System, user: str
) -> None:
    own = {"gbterm": "var/lib", "pi": "home/pi/.config"}[user]
    system.write(f"{own}/gbterm/config.toml", PRINTER.format("serial0"))
    options = ("--user", user, "--printer", "ender", "--tty")
    assert_refused(console(*options, "ttyAMA0"), 2, "the port of the printer ender")
    assert "choice of one" not in console.says(*options, "tty1")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--tty", "tty7"), "There is no /dev/tty7 here."),
        (("--tty", "ttyS0"), "enable_uart=1 in /boot/firmware/config.txt"),
        (("--tty", "../tty1"), "'../tty1' is no terminal for a console"),
        (("--tty", "tty1", "--user", "root"), "not as root"),
        (("--tty", "tty1", "--user", "nobody"), "no user 'nobody' here"),
        (("--tty", "tty1", "--hostname", "a b"), "'a b' is no name for a machine"),
        (("--tty", "tty1", "--printer", "x"), "No printer is called 'x'"),
        (("--tty", "tty1", "--size", "80"), "write columns and rows as 120x40"),
        (("--tty", "tty1", "--term", "a b"), "'a b' is no name of a terminal"),
        (("--tty", "tty1", "--remove"), "no console of gbterm on tty1"),
    ],
)
def test_what_is_refused_changes_nothing(
    console: Console, system: System, options: tuple[str, ...], sentence: str
) -> None:
    before = system.tree()
    assert_refused(console(*options), 2, sentence)
    assert system.tree() == before


def test_a_masked_getty_and_none_are_refused(console: Console, system: System) -> None:
    own = system.root / "etc/systemd/system/getty@tty1.service"
    own.symlink_to("/dev/null")
    assert_refused(console("--tty", "tty1"), 2, "sudo systemctl unmask getty@tty1.service")
    own.unlink()
    (system.root / "usr/lib/systemd/system/getty@.service").unlink()
    assert_refused(console("--tty", "tty1"), 2, "no systemd with its getty@.service here")


def test_who_may_not_read_gbterm_can_not_run_it(gbterm: Shell, system: System) -> None:
    system.write("etc/passwd", f"gbterm:x:{UID + 1}:{UID + 1}::/:/bin/false\n")
    folder = gbterm.home / "mine"
    folder.mkdir(mode=0o700)
    (folder / "python").symlink_to(sys.executable)
    words = ("-m", "gbterm", "service", "console", "--root", system.root, "--tty", "tty1")
    done = subprocess.run(
        [folder / "python", *words],
        env=gbterm.env | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert_refused(done, 2, f"The user gbterm may not read {folder}/python")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("true", "systemd does not run this machine"),
        ("mkdir -p /run/systemd/system", "root alone may: sudo "),
    ],
)
def test_this_machine_is_changed_by_root_alone_where_systemd_runs_it(
    gbterm: Shell, script: str, sentence: str
) -> None:
    hidden = f"mount -t tmpfs no /run && mount -t tmpfs no /etc/systemd && {script}"
    done = subprocess.run(
        [
            *(*AS_ROOT, "unshare", "--mount", "--propagation", "private"),
            *("sh", "-c", f'{hidden} && exec "$@"', "sh"),
            # In a namespace where this user is nobody.
            *("setpriv", f"--reuid={UID}", f"--regid={GID}", "--clear-groups", "unshare", "--user"),
            *("env", *(f"{name}={value}" for name, value in gbterm.env.items())),
            *(sys.executable, "-m", "gbterm", "service", "console", "--tty=tty1"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert_refused(done, 2, sentence)
