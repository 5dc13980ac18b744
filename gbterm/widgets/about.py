"""What a printer, its host and its disks are, in words."""

from __future__ import annotations

from collections.abc import Mapping

from gbterm.connection import Machine
from gbterm.files import DiskUse
from gbterm.model import Firmware
from gbterm.widgets.words import counted, size

_NAMES = {
    "printer_up": "switched on",
    "printer_up_session": "this session",
    "printer_print": "printing",
    "bed_up": "bed hot",
}


def about_printer(
    firmware: Firmware, name: str, address: str, version: str
) -> list[tuple[str, str]]:
    """What it is called and what runs it; what nobody knows is left out."""
    facts = [
        ("Printer", name),
        ("Machine", firmware.machine),
        ("Firmware", firmware.name),
        ("Address", address if address != name else ""),
        ("Host", version and f"gbterm {version}"),
    ]
    return [(label, fact) for label, fact in facts if fact]


def about_machine(machine: Machine) -> list[tuple[str, str]]:
    """What its server's profile says of it; what that leaves open is left out."""
    name = " ".join(filter(None, (machine.name, machine.model and f"({machine.model})")))
    size_mm = " x ".join(f"{side:g}" for side in machine.size_mm or ())
    heaters = [counted(machine.nozzles, "nozzle")]
    heaters.append("heated bed" if machine.heated_bed else "a bed that isn't heated")
    heaters += ["heated chamber"] if machine.heated_chamber else []
    rates = (machine.feed_max_mm_s or {}).items()
    facts = [
        ("Name", name),
        ("Size", size_mm and f"{size_mm} mm"),
        ("Has", ", ".join(heaters)),
        ("Quickest", ", ".join(f"{axis.upper()} {round(rate, 1):g} mm/s" for axis, rate in rates)),
    ]
    return [(label, fact) for label, fact in facts if fact]


def about_use(counters: Mapping[str, int]) -> list[tuple[str, str]]:
    """How long what was in use, in hours; what never was is left out."""
    spent = {_counter(name): minutes for name, minutes in counters.items() if minutes}
    told = ", ".join(f"{what} {minutes / 60:.1f} h" for what, minutes in spent.items())
    return [("In use", told or "not an hour yet")]


def about_disks(disks: Mapping[str, DiskUse]) -> list[tuple[str, str]]:
    """How much is free, a disk a row."""
    return [
        (point, f"{size(disk.free_bytes)} free of {size(disk.total_bytes)}")
        for point, disk in disks.items()
    ]


def _counter(name: str) -> str:
    """`motor_x1_up_mins` is `motor x1`."""
    plain = name.replace("_mins", "")
    return _NAMES.get(plain, plain.removesuffix("_up").replace("_", " "))
