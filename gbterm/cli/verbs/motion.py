"""The head: homing, moving, and how fast; the motors; a rest between moves."""

from __future__ import annotations

import argparse

from gbterm.cli.verbs.verb import DONE, Answer, Asked, Run, Verb
from gbterm.cli.verbs.words import number
from gbterm.errors import UsageError

LONGEST_REST_S = 600
PERCENT = 100_000
"""More is no percentage at all; what a printer bears, it says."""


def _axes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("axes", nargs="*", metavar="AXIS", help="x, y or z; without any, all")


async def _home(asked: Asked) -> Answer:
    axes = "".join(asked.args.axes).lower()
    if set(axes) - set("xyz"):
        raise UsageError(f"{' '.join(asked.args.axes)!r} names no axes: write x, y or z.")
    await asked.backend.home("".join(axis for axis in "xyz" if axis in axes) or "xyz")
    return DONE


def _distances(parser: argparse.ArgumentParser) -> None:
    what = "Z alone, or X, Y and Z; +Z is up"
    parser.add_argument("by", nargs="+", type=number(), metavar="MM", help=what)


async def _jog(asked: Asked) -> Answer:
    by = asked.args.by
    if len(by) not in (1, 3):
        raise UsageError("Write jog Z, or jog X Y Z, in mm: +Z is up.")
    # An axis that stays would slow down those that move.
    x, y, z = (mm or None for mm in ([0.0, 0.0, *by] if len(by) == 1 else by))
    if (x, y, z) != (None, None, None):
        await asked.backend.move(x=x, y=y, z=z)
    return DONE


def _percent(parser: argparse.ArgumentParser) -> None:
    kind = number(-PERCENT, PERCENT)
    parser.add_argument("percent", type=kind, metavar="PERCENT", help="100 is as the file says")


async def _speed(asked: Asked) -> Answer:
    await asked.backend.set_speed(asked.args.percent)
    return DONE


async def _feed(asked: Asked) -> Answer:
    await asked.backend.set_flow(asked.args.percent)
    return DONE


def _steppers(*, enabled: bool) -> Run:
    async def run(asked: Asked) -> Answer:
        await asked.backend.set_steppers(enabled=enabled)
        return DONE

    return run


def _seconds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("time", type=number(0, LONGEST_REST_S), metavar="S")


def _milliseconds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("time", type=number(0, LONGEST_REST_S * 1000), metavar="MS")


def _rests(letter: str) -> Run:
    async def run(asked: Asked) -> Answer:
        # What comes next waits at the printer, not here.
        await asked.backend.send_gcode(f"G4 {letter}{asked.args.time:g}", wait=False)
        return DONE

    return run


VERBS = (
    Verb("home", "home the head, or the axes that are named", _home, _axes),
    Verb("jog", "move the head by so many mm", _jog, _distances),
    Verb("speed", "set the speed of moves in percent", _speed, _percent),
    Verb("feed", "set the flow of filament in percent", _feed, _percent),
    Verb("stepon", "let the motors hold", _steppers(enabled=True)),
    Verb("stepoff", "free the motors", _steppers(enabled=False)),
    Verb("sleep", "let the printer rest for seconds after its moves", _rests("S"), _seconds),
    Verb("sleepms", "the same for milliseconds", _rests("P"), _milliseconds),
)
