"""A machine of files: what /proc, /sys, /dev and systemd's folders would hold on a real one."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gbterm.system import System

CH340 = ("1a86", "7523", "", "USB Serial")
MEGA = ("2341", "0042", "Arduino (www.arduino.cc)", "")


@dataclass
class Machine:
    """Its folders are below `root`; a port is a real terminal device under another name."""

    root: Path
    _open: list[int] = field(default_factory=list)

    @property
    def system(self) -> System:
        root = self.root
        units = tuple(root / name for name in ("etc-units", "run-units", "generated-units"))
        return System(
            root, root / "proc", root / "sys", root / "dev", root / "lock", units, root / "udev"
        )

    def port(self, name: str, socket: str = "1-1", usb: tuple[str, ...] = CH340) -> str:
        """A USB device with a port; returns the port's device."""
        interface = self.usb(socket, usb)
        return self._tty(name, interface / name)

    def on_board(self, name: str, kind: str = "4") -> str:
        """A serial chip of the computer itself, of a `kind` of the kernel's."""
        device = self._tty(name, self.root / "sys/devices/platform" / name)
        (self.root / "sys/class/tty" / name / "type").write_text(f"{kind}\n")
        return device

    def usb(self, socket: str, usb: tuple[str, ...] = CH340, driver: str = "") -> Path:
        """A USB device; returns the folder of its only interface, which `driver` has."""
        folder = self.root / "sys/devices/usb1" / socket
        interface = folder / f"{socket}:1.0"
        interface.mkdir(parents=True)
        names = ("idVendor", "idProduct", "manufacturer", "product", "serial")
        for name, value in zip(names, usb, strict=False):
            (folder / name).write_text(f"{value}\n")
        (folder / "power").mkdir()
        (folder / "power/control").write_text("on\n")
        links = self.root / "sys/bus/usb/devices"
        links.mkdir(parents=True, exist_ok=True)
        (links / socket).symlink_to(folder)
        if driver:
            of = self.root / "sys/bus/usb/drivers" / driver
            of.mkdir(parents=True)
            (interface / "driver").symlink_to(of)
        return interface

    def _tty(self, name: str, folder: Path) -> str:
        folder.mkdir(parents=True)
        known = self.root / "sys/class/tty" / name
        known.mkdir(parents=True)
        (known / "device").symlink_to(folder)
        ours, end = pty.openpty()
        self._open.append(ours)
        device = self.root / "dev" / name
        device.parent.mkdir(exist_ok=True)
        device.symlink_to(os.ttyname(end))
        os.close(end)
        return str(device)

    def process(self, number: int, program: str, terminal: str = "", has_open: str = "") -> None:
        """A process with its terminal and an open file."""
        folder = self.root / "proc" / str(number)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(f"{program}\n")
        packed = 0
        if terminal:
            at = Path(terminal).stat().st_rdev
            major, minor = os.major(at), os.minor(at)
            packed = (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)
        (folder / "stat").write_text(f"{number} ({program}) S 1 {number} {number} {packed} -1 0\n")
        if has_open:
            (folder / "fd/3").symlink_to(has_open)

    def login(self, name: str, folder: int = 0) -> None:
        """systemd starts a login on that terminal, by the unit in one of its folders."""
        wants = self.system.units[folder] / "getty.target.wants"
        wants.mkdir(parents=True)
        (wants / f"serial-getty@{name}.service").symlink_to("/lib/serial-getty@.service")

    def write(self, path: str, text: str) -> None:
        """A file below `root`."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)


@contextmanager
def machine_at(root: Path) -> Iterator[Machine]:
    """One with nothing in it."""
    machine = Machine(root)
    for name in ("proc", "dev", "lock"):
        (root / name).mkdir(parents=True)
    try:
        yield machine
    finally:
        machine.close()
