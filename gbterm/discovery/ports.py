"""Serial ports of this machine: by which name, what they say of themselves, who may open them.

No port is opened for that: opening one resets many boards.
"""

from __future__ import annotations

import grp
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gbterm.text import scrub

BY_ID = Path("/dev/serial/by-id")
"""udev's names, which stay the same over a replug."""
PROC = Path("/proc")
TTYS = Path("/sys/class/tty")
LONGEST = 80
MOST = 64


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A port by the name that stays the same where it has one."""

    name: str
    device: str
    """Where that leads now, as /dev/ttyUSB0."""
    about: str = ""
    """What the device says of itself."""
    hindrance: str = ""
    """Why it can't be opened now, in a sentence with what to do; empty where it can."""


def serial_ports(by_id: Path = BY_ID) -> list[SerialPort]:
    """The ports that there are, 64 at most, those with a stable name first. Blocks."""
    known = dict(_known())
    stable = dict(_stable(by_id))
    names = {device: str(link) for device, link in stable.items()}
    names |= {device: device for device in known if device not in stable}
    found = list(names.items())[:MOST]
    holders = _holders({device for device, _ in found})
    return [
        SerialPort(name, device, known.get(device, ""), _refused(device) or holders.get(device, ""))
        for device, name in found
    ]


def _stable(by_id: Path) -> Iterator[tuple[str, Path]]:
    with suppress(OSError):
        for link in sorted(by_id.iterdir()):
            if link.exists():
                yield os.path.realpath(link), link


def _known() -> Iterator[tuple[str, str]]:
    """The devices that the system knows as serial ports, with what each says of itself."""
    from serial.tools import list_ports

    for port in sorted(list_ports.comports(), key=lambda port: port.device):
        if _is_there(Path(port.device).name):
            said = (port.manufacturer, port.product)
            yield port.device, scrub(" ".join(filter(None, said)), LONGEST)


def _is_there(name: str) -> bool:
    """Whether there is hardware behind it.

    The kernel has names for serial chips that no computer has any more, of type 0 (PORT_UNKNOWN in
    its serial_core.h).
    """
    try:
        return (TTYS / name / "type").read_text().strip() != "0"
    except OSError:
        return True  # only the chips on the board have a type


def _refused(device: str) -> str:
    """Why this user may not open `device`, or nothing."""
    if os.access(device, os.R_OK | os.W_OK, effective_ids=True):
        return ""
    try:
        group = grp.getgrgid(Path(device).stat().st_gid).gr_name
    except FileNotFoundError:
        return f"{device} is gone; plug the printer in again."
    except (OSError, KeyError):
        group = "dialout"
    if group == "root":
        return f"You may not open {device}, and no group may: ask who looks after this machine."
    return (
        f"You may not open {device}: run sudo usermod -aG {group} $USER, then log out and in again."
    )


def _holders(devices: set[str]) -> dict[str, str]:
    """For those of `devices` that a process has open, as far as this user sees: which one."""
    found: dict[str, str] = {}
    for process in PROC.glob("[0-9]*"):
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                device = str(descriptor.readlink())
                if device in devices:
                    program = scrub((process / "comm").read_text().strip(), LONGEST)
                    found[device] = (
                        f"{program} (process {process.name}) has {device} open: end it first."
                    )
    return found
