"""The head: homing, moving, and how fast; the motors; a rest between moves."""

from __future__ import annotations

import argparse

from gbterm import orders
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Run, Verb
from gbterm.cli.verbs.words import number, understood

LONGEST_REST_S = 600
PERCENT = 100_000
"""More is no percentage at all; what a printer bears, it says."""


def _axes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("axes", nargs="*", metavar="AXIS", help="x, y or z; without any, all")


async def _home(asked: Asked) -> Answer:
    await asked.backend.home(understood(orders.axes, asked.args.axes))
    return DONE


def _distances(parser: argparse.ArgumentParser) -> None:
    what = "Z alone, or X, Y and Z; +Z is up"
    parser.add_argument("by", nargs="+", type=number(), metavar="MM", help=what)


async def _jog(asked: Asked) -> Answer:
    by = understood(orders.distances, asked.args.by)
    if by:
        await asked.backend.move(x=by.get("x"), y=by.get("y"), z=by.get("z"))
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
    parser.add_argument("time", type=number(0, LONGEST_REST_S), metavar="SECONDS", help="how long")


def _milliseconds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "time", type=number(0, LONGEST_REST_S * 1000), metavar="MS", help="how long"
    )


def _rests(letter: str) -> Run:
    async def run(asked: Asked) -> Answer:
        # What comes next waits at the printer, not here.
        await asked.backend.send_gcode(f"G4 {letter}{orders.decimal(asked.args.time)}", wait=False)
        return DONE

    return run


VERBS = (
    Verb("home", "home the head, or the axes that are named", _home, _axes, examples=("", "x y")),
    Verb("jog", "move the head by so many mm", _jog, _distances, examples=("0.5", "10 -5 0")),
    Verb("speed", "set the speed of moves in percent", _speed, _percent),
    Verb("feed", "set the flow of filament in percent", _feed, _percent),
    Verb("stepon", "turn the motors on, so that the axes hold", _steppers(enabled=True)),
    Verb("stepoff", "turn the motors off, so that the axes move by hand", _steppers(enabled=False)),
    Verb("sleep", "let the printer rest for seconds after its moves", _rests("S"), _seconds),
    Verb(
        "sleepms",
        "let the printer rest for milliseconds after its moves",
        _rests("P"),
        _milliseconds,
    ),
)
