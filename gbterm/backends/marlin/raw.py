"""G-code that a person types: judged as a file's, and held to the limits of every other command."""

from __future__ import annotations

import re

from gbterm.backends.marlin import limits
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.config import Limits
from gbterm.errors import NeedsConfirmation, UsageError, WrongState
from gbterm.gcode.lines import encode
from gbterm.gcode.policy import Action, judge
from gbterm.model import PrinterState
from gbterm.text import scrub

_NOZZLE = re.compile(r"M *0*10[49](?!\d)")
_BED = re.compile(r"M *0*1[49]0(?!\d)")
_CHAMBER = re.compile(r"M *0*1[49]1(?!\d)")
_TUNED = re.compile(r"M *0*303(?!\d)")
_OVERRIDE = re.compile(r"M *0*22([01])(?!\d)")
_MOVE = re.compile(r"G *0*[0-3](?!\d)")
_BESIDE = re.compile(r"M *0*(?:42|300)(?![\d.])")
"""A pin and a beep: beside a print like the settings, though sent alone as a line of a file."""
_HALT = re.compile(r"M *0*112(?!\d)")
_WORD = re.compile(r"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))")


def check(text: str, state: PrinterState, allowed: Limits, *, confirmed: bool) -> None:
    """Raise one of `errors` where `text` may not be sent to a printer in `state`."""
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
        raise WrongState(
            f"{shown!r} would come between the lines of the print: beside a print only settings and"
            " questions go, as M104, M106, M220 and M114."
        )
    _check_limits(text, state, allowed)


def _check_limits(text: str, state: PrinterState, allowed: Limits) -> None:
    words = {letter: float(number) for letter, number in _WORD.findall(text)[1:]}
    targets = [words[letter] for letter in "SR" if letter in words]
    is_bed = bool(_BED.match(text)) or (bool(_TUNED.match(text)) and words.get("E", 0) < 0)
    for target in targets:
        if is_bed:
            limits.check_temperatures(allowed, state, {}, target)
        elif _NOZZLE.match(text) or _TUNED.match(text):
            limits.check_temperatures(allowed, state, {0: target}, None)
        elif _CHAMBER.match(text):
            limits.check_chamber(allowed, target)
        elif match := _OVERRIDE.match(text):
            limits.check_override("flow" if match[1] == "1" else "speed", target)
    if _MOVE.match(text) and "F" in words:
        limits.check_rate(allowed, words["F"] / 60)
