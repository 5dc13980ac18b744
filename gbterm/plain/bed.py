"""Commands on the bed: how it lies, measuring it, levelling by that."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm import bed_table
from gbterm.bed_corners import CORNERS
from gbterm.bed_mesh import Mesh
from gbterm.plain.command import Command, Desk, WrongWords, ordinal


async def _bed(desk: Desk, text: str) -> Sequence[str]:
    match text:
        case "":
            return _told(await desk.backend.bed_mesh())
        case "probe":
            return _told(await desk.backend.probe_bed(confirmed=desk.confirmed))
        case "store":
            return _told(await desk.backend.store_mesh(confirmed=desk.confirmed))
        case "on" | "off":
            return _told(await desk.backend.set_levelling(enabled=text == "on"))
    raise WrongWords("Say probe, on, off or store, or nothing to be told of it.")


async def _level(desk: Desk, text: str) -> Sequence[str]:
    if text == "off":
        await desk.backend.visit_corner(None)
        return ["The nozzle is lifted."]
    number = ordinal(text or "1")
    await desk.backend.visit_corner(number, confirmed=desk.confirmed)
    name = CORNERS[number] if number < len(CORNERS) else text
    return [f"The nozzle is at the {name}. Turn the screw there; level off lifts it."]


async def _z_offset(desk: Desk, text: str) -> Sequence[str]:
    if text == "save":
        offset = await desk.backend.save_z_offset(confirmed=desk.confirmed)
        return [f"Stored: {offset.code} Z {offset.now_mm:.2f}."]
    if text:
        raise WrongWords("Say save, or nothing to be told of it.")
    return [(await desk.backend.z_offset()).words]


def _told(mesh: Mesh) -> Sequence[str]:
    """In sentences; numbers row by row make sense to eyes alone."""
    return list(bed_table.account(mesh))


COMMANDS = (
    Command(
        "bed", _bed, "tell how the bed lies, measure it, or level by that", "[probe|on|off|store]"
    ),
    Command("level", _level, "go to a corner of the bed, to turn its screw", "[1-5|off]"),
    Command("z_offset", _z_offset, "tell how far Z is shifted, or have babysteps stay", "[save]"),
)
