"""USB devices that are serial ports, or would be: what they say of themselves, who has them.

All of it is read below /sys/bus/usb/devices; nothing is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gbterm import serial_use
from gbterm.system import HERE, System, entries, word
from gbterm.text import scrub

LONGEST = 80
KNOWN = {
    "1a86:7523": "CH340 adapter, as on many printers",
    "1a86:5523": "CH341 adapter",
    "1a86:55d4": "CH9102 adapter",
    "0403:6001": "FTDI adapter, as on many printers",
    "0403:6015": "FTDI adapter",
    "10c4:ea60": "CP210x adapter, as on many printers",
    "067b:2303": "PL2303 adapter",
    "2341:0010": "Arduino Mega, as under RAMPS",
    "2341:0042": "Arduino Mega, as under RAMPS",
    "2a03:0042": "Arduino Mega, as under RAMPS",
    "27b1:0001": "RAMBo",
    "2c99:0001": "Original Prusa MK2",
    "2c99:0002": "Original Prusa MK3",
    "16c0:0483": "Teensy, as on a Printrboard",
    "0483:5740": "STM32 board",
    "1eaf:0004": "STM32 board",
    "1d50:6029": "Marlin on a 32-bit board",
    "1d50:614e": "a board with Klipper's firmware, which gbterm does not drive",
}
"""Devices that printers are reached by, where their own words say little: by `vendor:product`, as
the USB ID Repository lists them."""
ADAPTERS = tuple(name for name in KNOWN if name.split(":")[0] in ("1a86", "0403", "10c4", "067b"))
"""Those that are of use only with a driver of their own."""


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A USB device; `identity` is its `vendor:product`, `folder` is its own in sysfs."""

    folder: Path
    identity: str
    about: str

    @property
    def socket(self) -> str:
        """Where it is plugged in, by the kernel's name, as 1-1.4."""
        return self.folder.name


def device_of(folder: Path) -> UsbDevice | None:
    """The USB device of a folder in sysfs; None where it is of none."""
    vendor, product = word(folder / "idVendor"), word(folder / "idProduct")
    if not vendor:
        return None
    identity = f"{vendor}:{product}".lower()
    said = " ".join(filter(None, (word(folder / "manufacturer"), word(folder / "product"))))
    told = filter(None, (scrub(said, LONGEST), KNOWN.get(identity, "")))
    return UsbDevice(folder, identity, "; ".join(dict.fromkeys(told)))


def without_port(system: System = HERE) -> Iterator[tuple[UsbDevice, str]]:
    """Adapters that are plugged in and yet no port, each with why in a sentence."""
    for folder in entries(system.usb):
        device = device_of(folder)
        if device is None or device.identity not in ADAPTERS:
            continue
        interfaces = list(folder.glob(f"{folder.name}:*"))
        if any(list(at.glob("tty*")) for at in interfaces):
            continue
        yield device, _why_none(device, interfaces, system)


def _why_none(device: UsbDevice, interfaces: list[Path], system: System) -> str:
    taken = any(_driver(at) == "usbfs" for at in interfaces)
    what = f"The USB adapter {device.identity} has no port"
    if serial_use.is_running("brltty", system) and (taken or not any(map(_driver, interfaces))):
        return (
            f"{what}, for brltty took it for a Braille display: run sudo apt remove brltty, unless"
            " you have one, then plug the printer in again."
        )
    if taken:
        return f"{what}, for a program has taken it whole: end that, then plug it in again."
    return (
        f"{what}: plug it in again; if that does not help, its driver is missing from this kernel,"
        " as sudo dmesg may tell."
    )


def _driver(interface: Path) -> str:
    link = interface / "driver"
    return link.resolve().name if link.exists() else ""
