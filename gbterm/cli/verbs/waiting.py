"""Waits for a state, a temperature or a progress, with an alarm at its end or without."""

from __future__ import annotations

import argparse

from gbterm.cli.parser import seconds
from gbterm.cli.verbs.conditions import KNOWN, Condition, Until, condition, number
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.cli.waitend import wait
from gbterm.errors import CommandTimeout

BEEP = "M300 P500 S2000"
HEATERS = {"t": ("tool0", "tip"), "b": ("bed", "bed")}
"""What `alarm` calls them: their names in a condition, and in what it prints."""


async def _come(asked: Asked, wanted: Condition) -> None:
    import asyncio

    timeout_s: float | None = asked.args.timeout
    try:
        async with asyncio.timeout(timeout_s):
            await wait(asked.backend, Until(wanted))
    except TimeoutError as error:
        raise CommandTimeout(f"{wanted} did not come within {timeout_s:g} s.") from error


async def _waitfor(asked: Asked) -> Answer:
    await _come(asked, asked.args.condition)
    return DONE


async def _alarmq(asked: Asked) -> Answer:
    args = asked.args
    heater, called = HEATERS[args.heater]
    await _come(asked, Condition(heater, "<=" if args.falling else ">=", args.temperature))
    line = f"{called} temperature {args.temperature:g}'C reached."
    return Answer((line,), {"heater": heater, "temperature": args.temperature})


async def _alarm(asked: Asked) -> Answer:
    from gbterm.backends.capability import Capability

    # Who can't beep is told so before the wait.
    asked.backend.require(Capability.GCODE, "beep (alarmq waits without that)")
    answer = await _alarmq(asked)
    # A printer that still waits for another heater answers only after that.
    await asked.backend.send_gcode(BEEP, wait=False)
    return answer


def _waitfor_arguments(parser: argparse.ArgumentParser) -> None:
    text = f"in quotes, for the shell: {KNOWN}".replace("%", "%%")
    parser.add_argument("condition", type=condition, metavar="EXPR", help=text)
    _add_timeout(parser)


def _alarm_arguments(parser: argparse.ArgumentParser) -> None:
    what = "d waits for a falling temperature"
    parser.add_argument("falling", nargs="?", choices=("d",), metavar="d", help=what)
    what = "t is the first nozzle, b the bed"
    parser.add_argument("heater", choices=tuple(HEATERS), metavar="t|b", help=what)
    parser.add_argument("temperature", type=number, metavar="T", help="in degrees Celsius")
    _add_timeout(parser)


def _add_timeout(parser: argparse.ArgumentParser) -> None:
    what = "give up, exit code 6"
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help=what)


VERBS = (
    Verb(
        "waitfor",
        "wait for a state, a temperature or a progress",
        _waitfor,
        _waitfor_arguments,
        examples=("'bed>=50'", "state=READY --timeout 3600"),
        within_s=None,
    ),
    Verb(
        "alarm",
        "wait for a temperature, then have the printer beep",
        _alarm,
        _alarm_arguments,
        examples=("t 210", "d b 40"),
        within_s=None,
    ),
    Verb(
        "alarmq",
        "wait for a temperature, without a beep",
        _alarmq,
        _alarm_arguments,
        examples=("t 210", "d b 40"),
        within_s=None,
    ),
)
