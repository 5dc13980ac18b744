"""Serial ports of this machine: by which name, what they say of themselves, who may open them.

No port is opened for that: opening one resets many boards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gbterm import serial_names, serial_use
from gbterm.discovery import usb
from gbterm.system import HERE, System, entries, word

MOST = 64
ABSENT_CHIP = "0"
"""The kernel has names for serial chips that no computer has any more, of this type (PORT_UNKNOWN
in its serial_core.h)."""
NOT_OURS = ("ttyGS", "hvc", "ttyprintk")
"""The ends of cables on which this machine is the device, and terminals of virtual ones."""
ON_BOARD = "a port of this machine itself, no USB"


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A port by the name that stays the same where it has one."""

    name: str
    device: str
    """Where that leads now, as /dev/ttyUSB0; of an adapter without a port its place."""
    about: str = ""
    """What the device says of itself."""
    hindrance: str = ""
    """Why it can't be opened now, in a sentence with what to do; empty where it can."""
    is_terminal: bool = False
    """Whether a person or the kernel talks there, so that no printer can be on it."""
    is_likely: bool = False
    """Whether printers are reached by such a device; any other may be one all the same."""


def serial_ports(system: System = HERE) -> list[SerialPort]:
    """The ports that there are, 64 at most, those with a stable name first. Blocks."""
    known = dict(_known(system))
    devices = list(dict.fromkeys((*serial_names.devices(system.links), *known)))[:MOST]
    why = serial_use.hindrances(devices, system)
    ports = []
    for device in devices:
        name = serial_names.stable_name(device, system.links, system.ttys) or device
        hindrance = why.get(device) or serial_use.Hindrance(refused(device))
        about, is_likely = known.get(device, ("", False))
        ports.append(
            SerialPort(name, device, about, hindrance.says, hindrance.is_terminal, is_likely)
        )
    absent = (
        SerialPort(
            f"usb {found.socket}", f"usb {found.socket}", found.about, reason, is_likely=True
        )
        for found, reason in usb.without_port(system)
    )
    return [*ports, *absent][:MOST]


def _known(system: System) -> Iterator[tuple[str, tuple[str, bool]]]:
    """The devices that the kernel knows as serial ports, with what each says of itself, and whether
    printers are reached by such."""
    found = []
    for tty in entries(system.ttys):
        device = system.dev / tty.name
        is_one = (tty / "device").exists() and word(tty / "type") != ABSENT_CHIP
        if is_one and not tty.name.startswith(NOT_OURS) and device.exists():
            above = serial_names.usb_device(tty)
            known = usb.device_of(above) if above is not None else None
            about = known.about if known else ON_BOARD
            is_likely = known is not None and known.identity in usb.KNOWN
            found.append((known is None, str(device), about, is_likely))
    for _, name, about, is_likely in sorted(found):  # printers are hardly ever on the others
        yield name, (about, is_likely)


def refused(device: str) -> str:
    """Why this user may not open `device`, with the group to join; empty where he may."""
    if os.access(device, os.R_OK | os.W_OK, effective_ids=True):
        return ""
    if not Path(device).exists():
        return f"{device} is gone; plug the printer in again."
    return f"You may not open {device}: {serial_use.group_to_join(device)}."
