"""The bed: its mesh and its height, told, measured, stored."""

from __future__ import annotations

import argparse

from gbterm import bed_shape, bed_table, wire
from gbterm.bed_corners import CORNERS
from gbterm.bed_mesh import Mesh
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb

WIDTH = 80


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        type=str.lower,
        choices=("show", "probe", "on", "off", "store"),
        default="show",
        metavar="show|probe|on|off|store",
        help="probe measures it anew, on and off switch the levelling by it, store keeps it",
    )


async def _mesh(asked: Asked) -> Answer:
    backend, what = asked.backend, asked.args.what
    if what == "probe":
        return answer(await backend.probe_bed(confirmed=asked.confirmed))
    if what == "store":
        return answer(await backend.store_mesh(confirmed=asked.confirmed))
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
    return Answer((*bed_table.account(mesh), *rows, *below), data)


def _show_or_save(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        type=str.lower,
        choices=("show", "save"),
        default="show",
        metavar="show|save",
        help="save has the babysteps since Z was homed stay",
    )


async def _zoffset(asked: Asked) -> Answer:
    backend = asked.backend
    if asked.args.what == "save":
        offset = await backend.save_z_offset(confirmed=asked.confirmed)
        words = f"Stored: {offset.code} Z{offset.now_mm:.2f}."
    else:
        offset = await backend.z_offset()
        words = offset.words
    return Answer((words,), wire.to_json(offset))


def _corner_or_off(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "corner",
        type=str.lower,
        choices=(*map(str, range(1, len(CORNERS) + 1)), "off"),
        metavar="1-5|off",
        help="left front, right front, right back, left back, middle; off lifts the nozzle",
    )


async def _level(asked: Asked) -> Answer:
    word = asked.args.corner
    corner = None if word == "off" else int(word) - 1
    await asked.backend.visit_corner(corner, confirmed=asked.confirmed)
    return DONE


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
    Verb(
        "level",
        "bring the nozzle to a corner of the bed, to turn its screw",
        _level,
        _corner_or_off,
        confirms=True,
        within_s=None,
        examples=("1", "off"),
    ),
    Verb(
        "zoffset",
        "print how far the firmware shifts Z, or store what babysteps found out",
        _zoffset,
        _show_or_save,
        confirms=True,
        within_s=None,
        examples=("", "save"),
    ),
)
