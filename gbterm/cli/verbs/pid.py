"""The PID of a heater: tuned, told, set."""

from __future__ import annotations

import argparse
import sys

from gbterm import wire
from gbterm.cli.verbs.in_order import ended_in_order
from gbterm.cli.verbs.verb import Answer, Asked, Verb
from gbterm.cli.verbs.words import number, whole
from gbterm.errors import UsageError, WrongState
from gbterm.events import Event
from gbterm.model import PrinterState
from gbterm.orders import LEAST_C, MOST_C
from gbterm.pid_tuning import CYCLES, FEWEST, MOST, PidTuning
from gbterm.temperatures import spoken
from gbterm.text import scrub

_WORDS = ("show", "apply", "stop")


def _arguments(parser: argparse.ArgumentParser) -> None:
    what = (
        "bed, tool0, tool1 or the like is tuned; show tells what was found, as without a word,"
        " apply sets it, stop breaks a tuning off"
    )
    parser.add_argument("what", nargs="?", default="show", metavar="HEATER|WORD", help=what)
    kind = number(LEAST_C, MOST_C)
    parser.add_argument("target", nargs="?", type=kind, metavar="C", help="at so many degrees")
    what = f"how often it swings about that, else {CYCLES}"
    kind_of = whole(FEWEST, MOST)
    parser.add_argument("--swings", type=kind_of, default=CYCLES, metavar="N", help=what)


async def _pid(asked: Asked) -> Answer:
    what, target = asked.args.what.lower(), asked.args.target
    if what not in _WORDS:
        return await _tune(asked, _heater(what), target)
    if target is not None:
        raise UsageError(f"gbterm pid {what} takes no temperature.")
    if what == "apply":
        return await _apply(asked)
    if what == "stop":
        return _answer(await asked.backend.stop_tuning())
    return _answer(await asked.backend.pid_tuning())


def _heater(word: str) -> str:
    """By its name on the wire."""
    tool = word.removeprefix("tool")
    if word == "bed":
        return word
    if tool == word or not (tool.isascii() and tool.isdigit() and len(tool) < 3):
        raise UsageError(
            f"{scrub(word, 20)!r} can't be tuned: write tool0, tool1 … or bed, or show, apply or"
            " stop."
        )
    return f"nozzle{int(tool) + 1}"


async def _tune(asked: Asked, heater: str, target: float | None) -> Answer:
    if target is None:
        raise UsageError("Say at which temperature, as gbterm pid tool0 210.")
    backend = asked.backend
    unsubscribe = backend.subscribe(_Swings() if asked.attended else _nothing)
    with ended_in_order():
        try:
            swings = asked.args.swings
            told = await backend.tune_pid(heater, target, swings, confirmed=asked.confirmed)
        except BaseException as error:
            if type(error).__name__ == "CancelledError":
                await backend.stop_tuning()
            raise
        finally:
            unsubscribe()
    return _answer(told)


class _Swings:
    """Tells how far it is, to somebody who waits for minutes."""

    _said = ""

    def __call__(self, _event: Event, state: PrinterState) -> None:
        if "swing" in state.waiting_for and state.waiting_for != self._said:
            self._said = state.waiting_for
            print(f"Waiting for {scrub(self._said)}.", file=sys.stderr, flush=True)


def _nothing(_event: Event, _state: PrinterState) -> None:
    """Scripts wait as long as it takes."""


async def _apply(asked: Asked) -> Answer:
    told = await asked.backend.pid_tuning()
    if not told.changes:
        raise WrongState(f"There is nothing to set. {told.head}")
    await asked.backend.set_board_settings(told.changes, confirmed=asked.confirmed)
    which = spoken(told.heater)
    kept = "it is not stored: gbterm eeprom store does that."
    return Answer((f"{which} goes by what was found now; {kept}",), wire.to_json(told))


def _answer(told: PidTuning) -> Answer:
    lines = [scrub(line) for line in told.words]
    if told.changes:
        lines.append("gbterm pid apply sets them, gbterm eeprom store keeps them.")
    return Answer(tuple(lines), wire.to_json(told))


VERBS = (
    Verb(
        "pid",
        "tune the PID of a heater, and set what was found",
        _pid,
        _arguments,
        confirms=True,
        within_s=None,
        examples=("tool0 210", "bed 60 --swings 8", "apply"),
    ),
)
