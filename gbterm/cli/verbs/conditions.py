"""What can be waited for: `state=READY`, `bed>=50`, `tool0<40`, `progress>=90`."""

from __future__ import annotations

import argparse
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from gbterm.cli.verbs.absence import Absence
from gbterm.cli.verbs.words import number
from gbterm.errors import LinkError, OutOfRange, PrinterError, WrongState
from gbterm.freshness import OUT_OF_REACH
from gbterm.model import NOZZLES_MOST, Phase, PrinterState, State, Temperature

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_EXPRESSION = re.compile(r"\s*([a-z]+\d*)\s*(>=|<=|!=|==|=|>|<)\s*(\S+)\s*", re.ASCII)
_TOOL = re.compile(r"tool(\d{1,3})", re.ASCII)
STATES = tuple(phase.value for phase in Phase)
VALUE = number(-1000, 1000)
"""An argument's type: what a temperature or a progress is compared with."""
KNOWN = "state=READY, bed>=50, chamber>=40, tool0<40, progress>=90"


@dataclass(frozen=True, slots=True)
class Condition:
    """`name` of a printer compared `by` an operator with `value`: a name of a state, a number.

    Temperatures are in °C, the progress in percent.
    """

    name: str
    by: str
    value: str | float

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.name}{self.by}{value}"

    def holds(self, state: PrinterState) -> bool:
        """Whether it is so. False also where nobody knows yet.

        Raises `OutOfRange` for a heater that the printer hasn't, and `WrongState` where nothing is
        printed whose progress could be meant.
        """
        if isinstance(self.value, str):
            is_it = self.value in (state.phase.value, state.state.value)
            return is_it == (self.by != "!=")
        if state.phase in OUT_OF_REACH:
            return False
        now = _progress(state) if self.name == "progress" else _heater(self.name, state).current
        holds = now is not None and OPERATORS[self.by](now, self.value)
        if self.name == "progress" and not holds:
            _assert_printing(state)
        return holds


def condition(text: str) -> Condition:
    """An argument's type: a comparison."""
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no comparison, write one as {KNOWN}")
    name, by, value = found[1], found[2], found[3]
    if name == "state":
        if by not in ("=", "==", "!=") or value.upper() not in STATES:
            known = ", ".join(STATES)
            raise argparse.ArgumentTypeError(f"{text!r}: state is compared by = or != with {known}")
        return Condition(name, by, value.upper())
    tool = _TOOL.fullmatch(name)
    if name not in ("bed", "chamber", "progress") and not (tool and int(tool[1]) < NOZZLES_MOST):
        known = f"state, bed, chamber, progress, tool0 to tool{NOZZLES_MOST - 1}"
        raise argparse.ArgumentTypeError(f"{name!r} can't be waited for (known: {known})")
    return Condition(name, by, VALUE(value))


class Until:
    """Tells from one state after the other when `wanted` has come."""

    def __init__(self, wanted: Condition) -> None:
        self._wanted = wanted
        self._absence = Absence()

    def saw(self, state: PrinterState, now: float) -> bool:
        """Whether it has. Raises what keeps it from coming: LinkError, PrinterError …

        `now` is in seconds, by any clock that never goes back.
        """
        if self._wanted.holds(state):
            return True
        why = state.reason or state.last_error
        if state.state is State.ERROR:
            raise PrinterError(f"The printer reports an error: {why or 'it halted.'}")
        if state.holds_print:
            self._absence.ends()
        elif state.phase is Phase.DISCONNECTED:
            self.lost(LinkError(f"Not connected: {why or 'the printer does not answer.'}"), now)
        elif state.phase is not Phase.CONNECTING:
            self._absence.ends()
        return False

    def lost(self, error: LinkError, now: float) -> None:
        """Nobody knows how it is. Raises `error` at the start, else once that lasted too long."""
        self._absence.lasts(error, now)


def _heater(name: str, state: PrinterState) -> Temperature:
    if name == "bed":
        return state.bed
    # Which heaters there are is known once the board has told of one.
    is_told = any(nozzle.current is not None for nozzle in state.nozzles)
    if name == "chamber":
        if state.chamber is None and is_told:
            raise OutOfRange("The printer has no chamber that it tells the temperature of.")
        return state.chamber or Temperature()
    index = int(name.removeprefix("tool"))
    if index < len(state.nozzles):
        return state.nozzles[index]
    if is_told:
        raise OutOfRange(
            f"The printer has no {name}; its last one is tool{len(state.nozzles) - 1}."
        )
    return Temperature()


def _progress(state: PrinterState) -> float | None:
    return None if state.print_job is None else state.print_job.fraction * 100


def _assert_printing(state: PrinterState) -> None:
    job = state.print_job
    is_printing = state.phase.is_printing and not state.is_given_file
    if is_printing or state.phase is Phase.STARTING:
        return
    if job is not None and job.outcome == "failed":
        raise PrinterError(f"The job failed: {state.reason or 'the printer reported an error.'}")
    if job is not None and job.outcome == "cancelled":
        raise WrongState("The job was cancelled.")
    raise WrongState("No job is under way; start one with gbterm runfile FILE.")
