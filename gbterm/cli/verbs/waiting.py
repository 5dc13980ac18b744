"""Waits for the end of the job, a state, a temperature or a progress."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from gbterm import config_file, orders
from gbterm.cli.parser import seconds
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.verbs.conditions import KNOWN, VALUE, Condition, Until, condition
from gbterm.cli.verbs.job_end import JobEnd
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.cli.verbs.waits import End, Limit, wait, wait_here
from gbterm.model import PrinterState

HEATERS = {"t": ("tool0", "tip"), "b": ("bed", "bed")}
"""What `alarm` calls them: their names in a condition, and in what it prints."""


Told = Callable[[argparse.Namespace, PrinterState], Answer]


@dataclass(frozen=True, slots=True)
class Wait:
    """What a command waits for, by its arguments, and what it says once that has come."""

    end: Callable[[argparse.Namespace], tuple[End, str]]
    """And the words for what did not happen in time."""
    told: Told

    async def run(self, asked: Asked) -> Answer:
        """Through a backend."""
        end, limit = self._of(asked.args)
        return self.told(asked.args, await wait(asked.backend, end, limit))

    def local(self, printer: PrinterSocket, args: argparse.Namespace) -> Answer:
        """Over the socket of a printer process."""
        end, limit = self._of(args)
        return self.told(args, wait_here(printer.target, end, limit))

    def _of(self, args: argparse.Namespace) -> tuple[End, Limit]:
        end, late = self.end(args)
        return end, Limit(args.timeout, late)


def _until(wanted: Condition) -> tuple[End, str]:
    return Until(wanted), f"{wanted} did not come"


def _of_heater(args: argparse.Namespace) -> tuple[End, str]:
    heater, _ = HEATERS[args.heater]
    return _until(Condition(heater, "<=" if args.falling else ">=", args.temperature))


def _reached(args: argparse.Namespace, _: PrinterState) -> Answer:
    heater, called = HEATERS[args.heater]
    line = f"{called} temperature {args.temperature:g}'C reached."
    return Answer((line,), {"heater": heater, "temperature": args.temperature})


def _ended(_: argparse.Namespace, state: PrinterState) -> Answer:
    job = state.job
    known = {} if job is None else {"job": job.name, "elapsed_s": job.elapsed_s}
    return Answer(data={"outcome": "finished", **known})


_WAITFOR = Wait(lambda args: _until(args.condition), lambda *_: DONE)
_WAITEND = Wait(lambda _: (JobEnd(), "The job did not end"), _ended)
_ALARM = Wait(_of_heater, _reached)


async def _alarm(asked: Asked) -> Answer:
    from gbterm.backends.capability import Capability

    # Who can't beep is told so before the wait.
    asked.backend.require(Capability.GCODE, "beep (alarmq waits without that)")
    answer = await _ALARM.run(asked)
    # A printer that still waits for another heater answers only after that.
    suite = config_file.load().suite
    await asked.backend.send_gcode(orders.beep(suite.beep_ms, suite.beep_hz), wait=False)
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
    parser.add_argument("temperature", type=VALUE, metavar="T", help="in degrees Celsius")
    _add_timeout(parser)


def _add_timeout(parser: argparse.ArgumentParser) -> None:
    what = "give up, exit code 6"
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help=what)


VERBS = (
    Verb(
        "waitfor",
        "wait for a state, a temperature or a progress",
        _WAITFOR.run,
        _waitfor_arguments,
        local=_WAITFOR.local,
        examples=("'bed>=50'", "state=READY --timeout 3600"),
        within_s=None,
    ),
    Verb(
        "waitend",
        "wait for the end of the job: 0 finished, 5 cancelled, 7 failed",
        _WAITEND.run,
        _add_timeout,
        local=_WAITEND.local,
        examples=("--timeout 7200",),
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
        _ALARM.run,
        _alarm_arguments,
        local=_ALARM.local,
        examples=("t 210", "d b 40"),
        within_s=None,
    ),
)
