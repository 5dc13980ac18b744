"""Filament: pushed, pulled, and pulled out of the printer."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from gbterm import config_file
from gbterm.cli.verbs.heat import set_target
from gbterm.cli.verbs.in_order import ended_in_order
from gbterm.cli.verbs.reached import reached
from gbterm.cli.verbs.until import is_over
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.cli.verbs.words import number
from gbterm.errors import GbtermError, WrongState
from gbterm.model import Phase
from gbterm.orders import decimal

MOST_MM, FASTEST_MM_MIN = 5000.0, 100_000.0
PIECE_MM = 200.0
"""Marlin leaves out what is longer (`EXTRUDE_MAXLENGTH`)."""
HOT_WITHIN_S = 900.0
_PLACE = re.compile(r"\bE: *(-?\d{1,7}(?:\.\d{1,6})?)")
_COLD = re.compile(r"cold extrusion", re.IGNORECASE)


def _length(parser: argparse.ArgumentParser) -> None:
    kind = number(-MOST_MM, MOST_MM)
    parser.add_argument("length", type=kind, metavar="MM", help="how much, below 0 to retract")


def _length_and_rate(parser: argparse.ArgumentParser) -> None:
    _length(parser)
    kind = number(1, FASTEST_MM_MIN)
    parser.add_argument(
        "rate", nargs="?", type=kind, metavar="MM_MIN", help="how fast, else as configured"
    )


async def _extrude(asked: Asked) -> Answer:
    for piece in _pieces(asked.args.length):
        await asked.backend.extrude(piece, nozzle=asked.backend.state.active_nozzle)
    return DONE


async def _fast(asked: Asked) -> Answer:
    rate = asked.args.rate or config_file.load().suite.fast_mm_min
    with ended_in_order():
        await _push(asked, (asked.args.length, rate))
    return DONE


def _hot(parser: argparse.ArgumentParser) -> None:
    what = "heat the nozzle to this first, and turn it off afterwards"
    parser.add_argument("-t", dest="hot", type=number(1, 1000), metavar="C", help=what)


async def _eject(asked: Asked) -> Answer:
    hot, suite = asked.args.hot, config_file.load().suite
    pushes = ((suite.eject_push_mm, suite.eject_push_mm_min), (-suite.eject_mm, suite.eject_mm_min))
    with ended_in_order():
        if hot is not None:
            await _heat_and_push(asked, hot, *pushes)
        else:
            await _push(asked, *pushes)
    return DONE


async def _heat_and_push(asked: Asked, hot: float, *pushes: tuple[float, float]) -> None:
    """The nozzle is off afterwards, unless a print has begun meanwhile, which it belongs to."""
    backend = asked.backend
    _require_ready(asked)
    try:
        await set_target(asked, "tool0", hot)
        # A nozzle in rest is a little below its target.
        await reached(
            backend,
            lambda state: (
                state.phase is not Phase.READY or (state.nozzles[0].current or 0.0) >= hot - 2
            ),
            HOT_WITHIN_S,
            "eject the filament",
        )
        await _push(asked, *pushes)
    finally:
        if is_over(backend.state):
            await _turn_off(asked)


async def _turn_off(asked: Asked) -> None:
    try:
        await set_target(asked, "tool0", 0.0)
    except GbtermError as error:
        raise type(error)(
            f"{error} The nozzle may still be heated: turn it off with gbterm settemp 0, or at the"
            " printer."
        ) from error


def _require_ready(asked: Asked) -> None:
    from gbterm.backends.capability import Capability
    from gbterm.backends.doing import wrong_state

    asked.backend.require(Capability.GCODE, "send G-code, by which filament is moved so")
    if (phase := asked.backend.state.phase) is not Phase.READY:
        raise wrong_state(asked.backend.name, phase, "move filament")


async def _push(asked: Asked, *pushes: tuple[float, float]) -> None:
    """Move filament by mm at mm/min, and wait until it was.

    Nothing asks a board whether it takes E for a place or a distance. From 0 both are the same, so
    that its mode need not be changed; afterwards E is what it was. Raises `WrongState`.
    """
    _require_ready(asked)
    place = _PLACE.search(" ".join(line for line in await _said(asked, "M114")))
    moves = [
        command
        for length, rate in pushes
        for piece in _pieces(length)
        for command in ("G92 E0", f"G1 E{decimal(piece)} F{decimal(rate)}")
    ]
    if not moves:
        return
    try:
        said = await _said(asked, *moves, "M400")
    finally:
        await _said(asked, f"G92 E{place[1] if place else 0}")
    if any(_COLD.search(line) for line in said):
        raise WrongState(f"{asked.backend.name} moved no filament: heat its nozzle first.")


async def _said(asked: Asked, *commands: str) -> list[str]:
    replies = await asked.backend.send_gcode("\n".join(commands))
    return [line for reply in replies for line in reply.lines]


def _pieces(length: float) -> Iterator[float]:
    sign, left = (-1.0 if length < 0 else 1.0), abs(length)
    while left > 0:
        piece = min(left, PIECE_MM)
        yield sign * piece
        left = round(left - piece, 4)


VERBS = (
    Verb(
        "ex",
        "push filament, or retract it",
        _extrude,
        _length,
        also=("extrude",),
        examples=("20", "-5"),
    ),
    Verb(
        "fex",
        "push filament, or retract it, quickly",
        _fast,
        _length_and_rate,
        examples=("100", "-50 3000"),
        within_s=None,
    ),
    Verb(
        "eject",
        "pull the filament out of the printer",
        _eject,
        _hot,
        examples=("-t 210",),
        within_s=None,
    ),
)
