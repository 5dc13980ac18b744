"""`gbterm resume_job`: going on with a print that was lost."""

from __future__ import annotations

import argparse

from gbterm import wire
from gbterm.cli.parser import count
from gbterm.cli.verbs.verb import DONE, Answer, Asked
from gbterm.cli.verbs.words import number
from gbterm.lost_print import ResumePoint
from gbterm.orders import MOST_MM
from gbterm.text import scrub


async def resume_job(asked: Asked) -> Answer:
    """Go on with it, or say where it would.

    A height that was measured is an agreement, as for the server; without one it has to be asked.
    """
    backend, args = asked.backend, asked.args
    if args.show:
        point = await backend.resume_point()
        return Answer(_told(point), wire.to_json(point))
    await backend.resume_job(args.line, args.z, confirmed=asked.confirmed)
    return DONE


def _told(point: ResumePoint) -> tuple[str, ...]:
    layer = "" if point.layer is None else f", layer {point.layer}"
    height = f"{point.z_mm:g} mm above the bed"
    if point.highest_mm > point.z_mm:
        height += f", or up to {point.highest_mm:g}"
    heaters = {f"nozzle{index + 1}": target for index, target in sorted(point.nozzles.items())}
    heaters["bed"] = point.bed
    heats = [f"{name} to {target:g} C" for name, target in heaters.items() if target]
    return (
        f"job: {scrub(point.name)}",
        f"stopped: between lines {point.first_line} and {point.last_line} of {point.lines}",
        f"goes on: at line {point.start_line}{layer}",
        f"nozzle: {height}",
        f"heats: {', '.join(heats) or 'nothing'}",
        f"asks: {scrub(point.question)}",
    )


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where it is to go on."""
    what = "the first line of the file to print again, else the earliest safe one"
    parser.add_argument("--line", type=count, metavar="N", help=what)
    what = "how many mm above the bed the nozzle is, measured; it is not asked about then"
    parser.add_argument("--z", type=number(0, MOST_MM), metavar="MM", help=what)
    what = "say where it stopped and would go on, and do nothing"
    parser.add_argument("--show", action="store_true", help=what)
