"""The bed: its mesh, told, measured, switched on and off."""

from __future__ import annotations

import argparse

from gbterm import bed_shape, bed_table, wire
from gbterm.bed_mesh import Mesh
from gbterm.cli.verbs.verb import Answer, Asked, Verb

WIDTH = 80


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        type=str.lower,
        choices=("show", "probe", "on", "off"),
        default="show",
        metavar="show|probe|on|off",
        help="probe measures it anew, on and off switch the levelling by it",
    )


async def _mesh(asked: Asked) -> Answer:
    backend, what = asked.backend, asked.args.what
    if what == "probe":
        return answer(await backend.probe_bed(confirmed=asked.confirmed))
    if what in ("on", "off"):
        return answer(await backend.set_levelling(enabled=what == "on"))
    return answer(await backend.bed_mesh())


def answer(mesh: Mesh) -> Answer:
    """A mesh as a table, the back of the bed on top, and what follows from it."""
    rows = [
        line.label + "".join(cell.text for cell in line.cells).rstrip()
        for line in bed_table.lines(mesh, WIDTH)
    ]
    below = (bed_table.footing(mesh, WIDTH),) if rows else ()
    found = bed_shape.shape(mesh)
    shape = None if found is None else wire.to_json(found) | {"tilt": round(found.tilt, 4)}
    data = wire.to_json(mesh) | {"shape": shape, "advice": bed_shape.advice(mesh)}
    return Answer((*rows, *below, *bed_table.account(mesh)), data)


VERBS = (
    Verb(
        "mesh",
        "print how the bed lies, as the board measured it",
        _mesh,
        _what,
        confirms=True,
        within_s=None,
        examples=("", "probe", "on"),
    ),
)
