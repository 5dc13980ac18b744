"""G-code that a person types: judged as a file's, and held to the limits of every other command."""

from __future__ import annotations

import re

from gbterm.backends.marlin import limits
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.rest import Rest
from gbterm.config import Limits
from gbterm.errors import NeedsConfirmation, UsageError, WrongState
from gbterm.gcode import heat
from gbterm.gcode.lines import encode
from gbterm.gcode.policy import Action, judge
from gbterm.model import PrinterState
from gbterm.text import scrub

_OVERRIDE = re.compile(r"M *0*22([01])(?!\d)")
_MOVE = re.compile(r"G *0*[0-3](?!\d)")
_BESIDE = re.compile(r"M *0*(?:42|300)(?![\d.])")
"""A pin and a beep: beside a print like the settings, though sent alone as a line of a file."""
_BY_HAND = re.compile(r"(?:G *0*(?:[0-4]|2[018]|9[0-2])|M *0*(?:17|8[23]|400)|T *\d+)(?![\d.])")
"""What a print that is paused finds back from: moves, homing, modes, a shift, another tool."""
_HOMING = re.compile(r"G *0*28(?![\d.])")
_SHIFT = re.compile(r"G *0*92(?![\d.])")
_HALT = re.compile(r"M *0*112(?!\d)")
_WORD = re.compile(r"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))")


def check(
    text: str,
    state: PrinterState,
    allowed: Limits,
    rest: Rest | None = None,
    *,
    confirmed: bool,
) -> None:
    """Raise one of `errors` where `text` may not be sent to a printer in `state`, whose print comes
    back to `rest`, if it is paused."""
    verdict = judge(text, state.firmware)
    shown = scrub(text, 40)
    if verdict.action is Action.REFUSED:
        instead = " gbterm estop does that." if _HALT.match(text) else ""
        raise UsageError(f"{shown!r} is not sent: it {verdict.reason}.{instead}")
    if verdict.action is Action.HELD:
        raise UsageError(f"{shown!r} {verdict.reason}, which only makes sense in a print.")
    if verdict.action is Action.ASKED and not confirmed:
        raise NeedsConfirmation(f"{shown!r} {verdict.reason}: send it all the same?")
    goes_beside = Outgoing(encode(text)).is_setting or _BESIDE.match(text)
    if state.phase.is_printing and not goes_beside:
        if rest is None or not _BY_HAND.match(text):
            raise WrongState(
                f"{shown!r} would come between the lines of the print: beside a print only settings"
                " and questions go, as M104, M106, M220 and M114, and in a pause moves, G28 X Y,"
                " G92 E0 and other tools."
            )
        _check_by_hand(text, rest)
    _check_limits(text, state, allowed)


def _check_by_hand(text: str, rest: Rest) -> None:
    if match := _HOMING.match(text):
        check_homing("".join(axis for axis in "xyz" if axis.upper() in text[match.end() :]))
    elif match := _SHIFT.match(text):
        axes = set("XYZE") & set(text[match.end() :])
        if not axes or "Z" in axes or (axes != {"E"} and not rest.knows_shifts):
            raise WrongState(
                f"{scrub(text, 40)!r} would shift where the print goes on: in a pause G92 may set"
                " E, and X and Y where the board tells its soft endstops (M211)."
            )


def is_by_hand(text: str) -> bool:
    """Whether it is one of what a print that is paused finds back from."""
    return _BY_HAND.match(text) is not None


def moves_z(text: str) -> bool:
    """Whether it leads the nozzle to a height."""
    return _MOVE.match(text) is not None and "Z" in text


def homes(text: str) -> bool:
    """Whether it is G28."""
    return _HOMING.match(text) is not None


def check_homing(axes: str) -> None:
    """Raise `WrongState` where homing these of `xyz`, all if there are none, would spoil a print
    that is paused."""
    if not axes or "z" in axes:
        raise WrongState(
            "Z is not homed while a print is paused: the nozzle would be driven into the part. Home"
            " X and Y alone, or cancel the print."
        )


def _check_limits(text: str, state: PrinterState, allowed: Limits) -> None:
    words = {letter: float(number) for letter, number in _WORD.findall(text)[1:]}
    for heater, target in heat.targets(text):
        if heater == heat.NOZZLE:
            limits.check_temperatures(allowed, state, {0: target}, None)
        elif heater == heat.BED:
            limits.check_temperatures(allowed, state, {}, target)
        else:
            limits.check_chamber(allowed, target)
    if (override := _OVERRIDE.match(text)) and "S" in words:
        limits.check_override("flow" if override[1] == "1" else "speed", words["S"])
    if _MOVE.match(text) and "F" in words:
        limits.check_rate(allowed, words["F"] / 60)
