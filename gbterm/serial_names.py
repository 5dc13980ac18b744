"""Names of a serial port that stay when its cable was out: the links to it that udev lays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gbterm.system import HERE, entries, word

LINKS, TTYS = HERE.links, HERE.ttys
HUBS_AT_MOST = 4
"""So far above a terminal's own folder in sysfs is that of its USB device."""
USB_IDENTITY = ("idVendor", "idProduct", "serial")


def stable_name(port: str, links: Path = LINKS, ttys: Path = TTYS) -> str:
    """The link below `links` that leads to the device `port`, and after a replug still to it.

    `by-id` has what the device says of itself, so it is found in any socket. Devices without a
    serial number (CH340), or with one that others have too (CP2102), share such a name, so theirs
    is that of the socket, `by-path`. Empty where there is none, for an address on the network, and
    where `port` is a link itself, which somebody chose. Blocks.
    """
    if "://" in port or Path(port).is_symlink():
        return ""
    device = device_of(port)
    by_id, by_path = (_link_to(device, links / kind) for kind in ("by-id", "by-path"))
    if by_path and _is_confusable(device, ttys):
        return by_path
    return by_id or by_path


def device_of(port: str) -> str:
    """Where `port` leads now, as /dev/ttyUSB0. Blocks."""
    return port if "://" in port else os.path.realpath(port)


def devices(links: Path = LINKS) -> Iterator[str]:
    """The devices that have a stable name. Blocks."""
    with suppress(OSError):
        for link in sorted((links / "by-id").iterdir()):
            if link.exists():
                yield device_of(str(link))


def _link_to(device: str, folder: Path) -> str:
    with suppress(OSError):
        for link in sorted(folder.iterdir()):
            if device_of(str(link)) == device:
                return str(link)
    return ""


def _is_confusable(device: str, ttys: Path) -> bool:
    """Whether it is a USB device that others may be taken for."""
    usb = usb_device(ttys / Path(device).name)
    if usb is None:
        return False
    identity = _identity(usb)
    found = {other for tty in entries(ttys) if (other := usb_device(tty)) not in (None, usb)}
    return not identity[-1] or any(_identity(other) == identity for other in found if other)


def usb_device(tty: Path) -> Path | None:
    """The folder in sysfs of the USB device that `tty` belongs to, if it belongs to one."""
    real = Path(os.path.realpath(tty / "device"))
    above = (real, *real.parents)[:HUBS_AT_MOST]
    return next((folder for folder in above if (folder / USB_IDENTITY[0]).exists()), None)


def _identity(usb: Path) -> tuple[str, ...]:
    """What it says of itself; empty words for what it doesn't."""
    return tuple(word(usb / name) for name in USB_IDENTITY)
