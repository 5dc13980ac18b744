"""The terminals of a machine: which one is meant, why it can't be used, what a user should know."""

from __future__ import annotations

import re
from pathlib import Path

from gbterm.config import PrinterProfile
from gbterm.errors import NotSupported, UsageError
from gbterm.service import getty

NAME = re.compile(r"tty[1-9]\d?|serial\d|" + getty.SERIAL.pattern)
"""A screen of this machine, an alias of Raspberry Pi OS, a line."""
KERNEL = ("proc/cmdline", "boot/firmware/cmdline.txt", "boot/cmdline.txt")
"""Where the kernel's options are, the running one's first."""
_UNITS = ("usr/lib/systemd/system", "lib/systemd/system")
_OFF = Path("/dev/null")
_DESKTOP = "display-manager.service"


def resolved(root: Path, name: str) -> str:
    """The kernel's name of the terminal `name`, as ttyAMA0 for serial0. Raises `UsageError`.

    An image's /dev, which is empty, is not asked.
    """
    name = name.removeprefix("/dev/")
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no terminal for a console: name a screen, as tty1, or a serial line, as"
            " ttyAMA0 or serial0."
        )
    devices = root / "dev"
    path = devices / name
    if not path.exists() and devices.is_dir() and any(devices.iterdir()):
        lacking = "" if name.removeprefix("tty").isdigit() else _HOW_TO_GET_A_LINE
        raise UsageError(f"There is no /dev/{name} here{lacking}.")
    return path.readlink().name if path.is_symlink() else name


_HOW_TO_GET_A_LINE = (
    "; on a Raspberry Pi enable_uart=1 in /boot/firmware/config.txt makes its serial line at the"
    " next start, see docs/serial-console.md"
)


def check(root: Path, tty: str, printers: dict[str, PrinterProfile]) -> None:
    """Raises `UsageError` or `NotSupported` where `tty` can't be taken for the console."""
    if _found(root, getty.template(tty)) is None:
        raise NotSupported(
            f"There is no systemd with its {getty.template(tty)} here, which the console at boot"
            " needs; start gbterm by whatever else starts the login prompt."
        )
    unit = getty.unit(tty)
    own = root / getty.SYSTEM / unit
    if own.is_symlink() and own.readlink() == _OFF:
        raise UsageError(f"{unit} is masked: allow it first with sudo systemctl unmask {unit}.")
    for name, profile in printers.items():
        if profile.port and _device(root, profile.port) == tty:
            raise UsageError(
                f"{tty} is the port of the printer {name}, whose board would get the console's"
                " characters as commands: take another terminal, or change that printer's port."
            )


def kernel_console(root: Path, tty: str) -> tuple[str, str] | None:
    """The kernel's option that makes `tty` its console, and the file to take it from."""
    for file in KERNEL:
        path = root / file
        words = path.read_text(errors="replace").split() if path.exists() else []
        for word in words:
            named = re.fullmatch(r"console=([^,]+)(?:,.*)?", word)
            if named and _device(root, f"/dev/{named[1]}") == tty:
                return word, _to_change(root)
    return None


def baud_of(option: str) -> int | None:
    """The speed that the kernel's option `console=…` gives a line."""
    found = re.search(r",(\d+)", option)
    return int(found[1]) if found else None


def hides_behind_desktop(root: Path, tty: str) -> bool:
    """Whether the screen is likely to be a desktop's."""
    default = root / getty.SYSTEM / "default.target"
    is_text = default.is_symlink() and default.readlink().name == "multi-user.target"
    return not getty.is_serial(tty) and not is_text and _found(root, _DESKTOP) is not None


def _device(root: Path, path: str) -> str:
    """The kernel's name of the device at `path`, through the links below the root."""
    device = root / path.lstrip("/")
    return device.resolve().name


def _found(root: Path, unit: str) -> Path | None:
    folders = (getty.SYSTEM, *map(Path, _UNITS))
    found = (root / folder / unit for folder in folders)
    return next((path for path in found if path.exists() or path.is_symlink()), None)


def _to_change(root: Path) -> str:
    files = [file for file in KERNEL[1:] if (root / file).exists()]
    return f"/{files[0]}" if files else "the kernel's command line"


def unit_file(root: Path, tty: str) -> Path:
    """The getty's own unit, as a link to it says below the root. Raises nothing once checked."""
    found = _found(root, getty.template(tty))
    return Path("/") / (found or root / _UNITS[0] / getty.template(tty)).relative_to(root)
