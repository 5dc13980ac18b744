"""Which devices a printer process may open, by its port."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from gbterm.service.devices import allowed

USB = ("char-188", "char-166")
PORTS = {
    "/dev/ttyUSB0": ("char-188",),
    "/dev/ttyACM3": ("char-166",),
    "/dev/ttyAMA0": ("/dev/ttyAMA0",),
    "/dev/ttyS1": ("/dev/ttyS1",),
    "/dev/serial/by-id/usb-1a86-if00": ("char-188",),
    "/dev/serial/by-id/usb-gone": (*USB, "/dev/serial/by-id/usb-gone"),
    "/dev/100%": (*USB, "/dev/100%%"),
    "rfc2217://printer:2217": (),
    "socket://printer:23": (),
}


@pytest.mark.parametrize("port", PORTS)
def test_a_port_of_usb_is_its_drivers_and_another_one_itself(tmp_path: Path, port: str) -> None:
    links = tmp_path / "dev/serial/by-id"
    links.mkdir(parents=True)
    (links / "usb-1a86-if00").symlink_to("../../ttyUSB1")
    assert allowed(port, tmp_path) == PORTS[port]


def test_a_device_of_another_kind_is_allowed_alone(tmp_path: Path) -> None:
    ours, end = pty.openpty()
    name = os.ttyname(end)
    (link := tmp_path / "board").symlink_to(name)
    assert allowed(name, Path("/")) == allowed(str(link), Path("/")) == (name,)
    os.close(ours)
    os.close(end)
