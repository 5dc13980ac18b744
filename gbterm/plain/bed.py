"""Commands on the bed: how it lies, measuring it, levelling by that."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm import bed_table
from gbterm.bed_mesh import Mesh
from gbterm.plain.command import Command, Desk, WrongWords


async def _bed(desk: Desk, text: str) -> Sequence[str]:
    match text:
        case "":
            return _told(await desk.backend.bed_mesh())
        case "probe":
            return _told(await desk.backend.probe_bed(confirmed=desk.confirmed))
        case "on" | "off":
            return _told(await desk.backend.set_levelling(enabled=text == "on"))
    raise WrongWords("Say probe, on or off, or nothing to be told of it.")


def _told(mesh: Mesh) -> Sequence[str]:
    """In sentences; numbers row by row make sense to eyes alone."""
    return list(bed_table.account(mesh))


COMMANDS = (
    Command("bed", _bed, "tell how the bed lies, measure it, or level by that", "[probe|on|off]"),
)
