"""Serial ports: real device files, names laid as udev lays them, nothing opened."""

from __future__ import annotations

import fcntl
import grp
import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm import serial_use
from gbterm.discovery.ports import SerialPort, refused, serial_ports
from gbterm.system import System
from tests.discovery.machine import MEGA, Machine

NOBODY = 65534
HOLDS = "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print(flush=True); input()"


@pytest.fixture
def device() -> Iterator[str]:
    """A terminal device that could be a printer's."""
    ours, end = pty.openpty()
    name = os.ttyname(end)
    os.close(end)
    yield name
    os.close(ours)


def laid(folder: Path, name: str, device: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / name
    link.symlink_to(device)
    return link


def only(machine: Machine) -> SerialPort:
    """The one port that there is."""
    (port,) = serial_ports(machine.system)
    return port


def test_a_port_has_the_name_that_stays(tmp_path: Path, device: str) -> None:
    link = laid(tmp_path / "serial/by-id", "usb-1a86_USB_Serial-if00-port0", device)
    found = serial_ports(System(dev=tmp_path))
    assert [(p.name, p.hindrance) for p in found if p.device == device] == [(str(link), "")]


def test_a_name_that_leads_nowhere_is_no_port(tmp_path: Path) -> None:
    laid(tmp_path / "serial/by-id", "usb-gone", "/dev/ttyUSB99")
    assert [p for p in serial_ports(System(dev=tmp_path)) if "gone" in p.name] == []


def test_a_name_for_a_chip_that_is_not_there_is_left_out(machine: Machine) -> None:
    machine.on_board("ttyS9", kind="0")
    machine.on_board("ttyGS0")
    assert serial_ports(machine.system) == []


def test_ports_say_what_they_are_and_those_of_usb_come_first(machine: Machine) -> None:
    machine.on_board("ttyAMA0")
    machine.port("ttyUSB0")
    machine.port("ttyACM0", "1-2", MEGA)
    found = [(Path(p.device).name, p.about, p.hindrance) for p in serial_ports(machine.system)]
    assert found == [
        ("ttyACM0", "Arduino (www.arduino.cc); Arduino Mega, as under RAMPS", ""),
        ("ttyUSB0", "USB Serial; CH340 adapter, as on many printers", ""),
        ("ttyAMA0", "a port of this machine itself, no USB", ""),
    ]


def test_a_port_that_another_program_has_names_it(tmp_path: Path, device: str) -> None:
    laid(tmp_path / "serial/by-id", "usb-printer", device)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, device], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        (found,) = [p for p in serial_ports(System(dev=tmp_path)) if p.device == device]
    finally:
        holder.communicate()
    assert f"(process {holder.pid}) has {device} open: end it first." in found.hindrance


def test_a_lock_tells_of_a_program_whose_files_are_not_ours_to_see(
    machine: Machine, device: str
) -> None:
    """As of another user, of whom /proc shows no open files."""
    with Path(device).open("rb") as end:
        fcntl.flock(end, fcntl.LOCK_EX)
        system = replace(machine.system, proc=machine.root / "proc")
        machine.write("proc/locks", Path("/proc/locks").read_text())
        number = next(
            line.split()[4]
            for line in Path("/proc/locks").read_text().splitlines()
            if f":{os.fstat(end.fileno()).st_ino} " in line and str(os.getpid()) in line
        )
        other = 4711
        machine.process(other, "octoprint")
        file = machine.root / "proc/locks"
        file.write_text(file.read_text().replace(f" {number} ", f" {other} "))
        assert (
            serial_use.hindrances([device], system)[device].says
            == f"octoprint (process 4711) has {device} open: end it first."
        )


def test_whoever_finds_a_host_of_ours_is_not_told_to_end_it(machine: Machine) -> None:
    machine.port("ttyUSB0")
    machine.write("lock/LCK..ttyUSB0", "      812\n")
    machine.process(812, "gbterm")
    assert "name its printer with --printer" in only(machine).hindrance
    assert "end it" not in only(machine).hindrance


def test_a_lock_file_of_old_counts_while_its_process_lives(machine: Machine) -> None:
    device = machine.port("ttyUSB0")
    machine.write("lock/LCK..ttyUSB0", "      4712 minicom\n")
    assert only(machine).hindrance == ""
    machine.process(4712, "minicom")
    assert only(machine).hindrance == f"minicom (process 4712) has {device} open: end it first."


@pytest.mark.parametrize(
    ("program", "advice"),
    [
        ("brltty", "sudo apt remove brltty, unless you have one, then plug the printer in again"),
        ("ModemManager", "wait for half a minute; without a modem here, sudo systemctl disable"),
    ],
)
def test_programs_that_grab_ports_come_with_their_own_advice(
    machine: Machine, program: str, advice: str
) -> None:
    device = machine.port("ttyUSB0")
    machine.process(4713, program, has_open=device)
    assert f"{program} (process 4713)" in only(machine).hindrance
    assert advice in only(machine).hindrance


def test_an_adapter_that_brltty_took_away_is_told_of(machine: Machine) -> None:
    machine.usb("1-3", driver="usbfs")
    assert "for a program has taken it whole" in only(machine).hindrance
    machine.process(4714, "brltty")
    found = only(machine)
    assert (found.name, found.about) == (
        "usb 1-3",
        "USB Serial; CH340 adapter, as on many printers",
    )
    assert found.hindrance == (
        "The USB adapter 1a86:7523 has no port, for brltty took it for a Braille display: run sudo"
        " apt remove brltty, unless you have one, then plug the printer in again."
    )


def test_an_adapter_without_a_driver_is_told_of(machine: Machine) -> None:
    machine.usb("1-3")
    assert "its driver is missing from this kernel" in only(machine).hindrance


def test_other_usb_devices_are_no_ports(machine: Machine) -> None:
    machine.usb("1-4", ("046d", "c52b", "Logitech", "USB Receiver"), driver="usbhid")
    assert serial_ports(machine.system) == []


def test_a_terminal_to_log_in_at_is_no_printers_port(machine: Machine) -> None:
    device = machine.on_board("ttyAMA0")
    machine.process(700, "agetty", terminal=device, has_open=device)
    assert only(machine).hindrance == (
        f"{device} is a terminal to log in at, by agetty (process 700): choose another port, or end"
        " it there."
    )
    machine.login("ttyAMA0")
    assert "or sudo systemctl disable --now serial-getty@ttyAMA0" in only(machine).hindrance


def test_somebodys_terminal_is_no_printers_port(machine: Machine) -> None:
    device = machine.port("ttyUSB0")
    machine.process(701, "bash", terminal=device)
    assert only(machine).hindrance == (
        f"{device} is somebody's terminal, bash (process 701) runs there: choose another port."
    )


def test_a_login_that_systemd_will_start_counts_as_well(machine: Machine) -> None:
    machine.on_board("ttyAMA0")
    machine.login("ttyAMA0")
    assert "run sudo systemctl disable --now serial-getty@ttyAMA0.service" in (
        only(machine).hindrance
    )


def test_a_login_by_the_kernels_command_line_names_that(machine: Machine) -> None:
    machine.on_board("ttyAMA0")
    machine.login("ttyAMA0", folder=2)
    assert "take console=ttyAMA0 out of the kernel's command line" in only(machine).hindrance


def test_the_kernels_console_is_no_printers_port(machine: Machine) -> None:
    device = machine.on_board("ttyS0")
    machine.write("proc/consoles", "ttyS0                -W- (EC  p a)    4:64\n")
    assert only(machine).hindrance.startswith(f"The kernel writes its messages to {device}: take")


def test_the_terminal_that_one_sits_at_is_left_alone(device: str) -> None:
    code = (
        "import sys; from gbterm import serial_use;"
        " print(serial_use.terminal(sys.argv[1]), file=sys.stderr)"
    )
    with Path(device).open("rb") as end:
        done = subprocess.run(
            [sys.executable, "-c", code, device],
            stdin=end,
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
    assert done.stderr.strip() == (
        f"{device} is the terminal that gbterm runs on: choose another port."
    )


def test_a_port_that_is_another_users_says_how_to_be_let_in() -> None:
    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder) / "ttyACM0"
        port.touch(mode=0o000)
        if os.geteuid() == 0:
            Path(folder).chmod(0o755)
            os.chown(port, 0, grp.getgrnam("dialout").gr_gid)
            os.seteuid(NOBODY)
        try:
            said = refused(str(port))
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
    assert said.startswith(f"You may not open {port}: run sudo usermod -aG ")
    assert said.endswith(" $USER, then log out and in again.")
