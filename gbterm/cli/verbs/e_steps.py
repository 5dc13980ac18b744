"""The steps of an extruder: told, measured by what it pushes, set."""

from __future__ import annotations

import argparse
import sys

from gbterm.cli.verbs.in_order import ended_in_order
from gbterm.cli.verbs.verb import Answer, Asked, Verb
from gbterm.cli.verbs.words import number, whole
from gbterm.errors import NeedsConfirmation, OutOfRange, UsageError


def _arguments(parser: argparse.ArgumentParser) -> None:
    what = (
        "push heats to C and pushes 100 mm, set takes the MM that are left to the mark; without a"
        " word it tells what is set now"
    )
    words = ("show", "push", "set")
    parser.add_argument("step", nargs="?", default="show", choices=words, metavar="STEP", help=what)
    kind = number(0, 500)
    parser.add_argument("value", nargs="?", type=kind, metavar="C|MM", help="of push or set")
    what = "which extruder, from 0; else the one in use"
    parser.add_argument("--tool", type=whole(0, 15), metavar="N", help=what)


async def _e_steps(asked: Asked) -> Answer:
    from gbterm import e_steps

    backend, step, value = asked.backend, asked.args.step, asked.args.value
    nozzle = backend.state.active_nozzle if asked.args.tool is None else asked.args.tool
    if nozzle >= len(backend.state.nozzles):
        raise OutOfRange(f"There is no tool{nozzle}: count from tool0.")
    if (value is None) is not (step == "show"):
        what = {"show": "takes no number", "push": "needs a temperature"}
        raise UsageError(
            f"gbterm esteps {step} {what.get(step, 'needs what is left to the mark')}."
        )
    if step == "show":
        now = await e_steps.setting(backend, nozzle)
        return _answer(f"{now.name} is {now.value}.", now.name, now.value)
    if step == "push":
        return await _push(asked, nozzle, value)
    return await _set(asked, nozzle, value)


async def _push(asked: Asked, nozzle: int, target: float) -> Answer:
    from gbterm import e_steps

    e_steps.require(asked.backend, nozzle)
    now = await e_steps.setting(asked.backend, nozzle)
    if not asked.confirmed:
        raise e_steps.question(nozzle, target)
    with ended_in_order():
        await e_steps.push(asked.backend, nozzle, target, _said if asked.attended else _unsaid)
    tool = "" if asked.args.tool is None else f" --tool {nozzle}"
    told = f"Measure what is left to the mark, as 21.5 mm: gbterm esteps set 21.5{tool}"
    return _answer(told, now.name, now.value)


def _said(news: str) -> None:
    print(news, file=sys.stderr, flush=True)


def _unsaid(_: str) -> None:
    """A script waits as long as it takes."""


async def _set(asked: Asked, nozzle: int, left_mm: float) -> Answer:
    from gbterm import e_steps

    now = await e_steps.setting(asked.backend, nozzle)
    then = e_steps.corrected(now.value, left_mm)
    if not asked.confirmed:
        odd = f" {e_steps.QUESTION_ODD}" if e_steps.is_odd(now.value, then) else ""
        raise NeedsConfirmation(f"{now.name} is {now.value} and becomes {then}.{odd} Set it?")
    await asked.backend.set_board_settings({now.name: then}, confirmed=True)
    kept = "it is not stored: gbterm eeprom store does that."
    return _answer(f"{now.name} is {then} now, which was {now.value}; {kept}", now.name, then)


def _answer(line: str, name: str, value: str) -> Answer:
    return Answer((line,), {"setting": name, "value": value})


VERBS = (
    Verb(
        "esteps",
        "calibrate how many steps push a mm of filament",
        _e_steps,
        _arguments,
        confirms=True,
        within_s=None,
        examples=("", "push 210", "set 21.5"),
    ),
)
