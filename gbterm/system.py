"""Where a Linux system tells of itself: the trees of files that are read for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class System:
    """The folders; each can be another one, as in a test. `root` is for those that have no name."""

    root: Path = Path("/")
    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    lock: Path = Path("/run/lock")
    """Where programs of old leave lock files of serial ports."""
    units: tuple[Path, ...] = (
        Path("/etc/systemd/system"),
        Path("/run/systemd/system"),
        Path("/run/systemd/generator"),
    )
    """Where units of systemd are enabled; the last one follows the kernel's command line."""
    udev: Path = Path("/run/udev/data")
    """What udev knows of a device, in a file by its kind and number, as c188:0."""

    @property
    def ttys(self) -> Path:
        """A folder for each terminal that the kernel knows."""
        return self.sys / "class/tty"

    @property
    def usb(self) -> Path:
        """A folder for each USB device, and for each of its interfaces."""
        return self.sys / "bus/usb/devices"

    @property
    def links(self) -> Path:
        """The stable names of serial ports."""
        return self.dev / "serial"


HERE = System()


def word(path: Path) -> str:
    """What a small file holds, without blanks around it; nothing where it can't be read."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def entries(folder: Path) -> list[Path]:
    """What is in the folder, in order; nothing where it can't be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
