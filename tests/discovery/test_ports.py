"""Serial ports: real device files, names laid as udev lays them, nothing opened."""

from __future__ import annotations

import grp
import os
import pty
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.discovery import ports
from gbterm.discovery.ports import serial_ports

NOBODY = 65534


@pytest.fixture
def device() -> Iterator[str]:
    """A terminal device that could be a printer's."""
    ours, end = pty.openpty()
    name = os.ttyname(end)
    os.close(end)
    yield name
    os.close(ours)


def laid(folder: Path, name: str, device: str) -> Path:
    folder.mkdir(exist_ok=True)
    link = folder / name
    link.symlink_to(device)
    return link


def test_a_port_has_the_name_that_stays(tmp_path: Path, device: str) -> None:
    link = laid(tmp_path / "by-id", "usb-1a86_USB_Serial-if00-port0", device)
    found = serial_ports(tmp_path / "by-id")
    assert [(p.name, p.hindrance) for p in found if p.device == device] == [(str(link), "")]


def test_a_name_that_leads_nowhere_is_no_port(tmp_path: Path) -> None:
    laid(tmp_path / "by-id", "usb-gone", "/dev/ttyUSB99")
    assert [p for p in serial_ports(tmp_path / "by-id") if "gone" in p.name] == []


def test_without_stable_names_there_are_the_others(tmp_path: Path) -> None:
    assert all(port.name == port.device for port in serial_ports(tmp_path / "absent"))


def test_a_name_for_a_chip_that_is_not_there_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ttyS9").mkdir()
    monkeypatch.setattr(ports, "TTYS", tmp_path)
    (tmp_path / "ttyS9/type").write_text("0\n")
    assert not ports._is_there("ttyS9")
    (tmp_path / "ttyS9/type").write_text("4\n")
    assert ports._is_there("ttyS9")
    assert ports._is_there("ttyUSB0")


def test_a_port_that_another_program_has_names_it(tmp_path: Path, device: str) -> None:
    laid(tmp_path / "by-id", "usb-printer", device)
    with Path(device).open("rb") as end, subprocess.Popen(["sleep", "60"], stdin=end) as holder:
        try:
            (found,) = [p for p in serial_ports(tmp_path / "by-id") if p.device == device]
        finally:
            holder.kill()
    assert f"has {device} open: end it first." in found.hindrance


def test_a_port_that_is_another_users_says_how_to_be_let_in() -> None:
    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder) / "ttyACM0"
        port.touch(mode=0o000)
        if os.geteuid() == 0:
            Path(folder).chmod(0o755)
            os.chown(port, 0, grp.getgrnam("dialout").gr_gid)
            os.seteuid(NOBODY)
        try:
            said = ports._refused(str(port))
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
    assert said.startswith(f"You may not open {port}: run sudo usermod -aG ")
    assert said.endswith(" $USER, then log out and in again.")
