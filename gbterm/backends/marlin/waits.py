"""What the board keeps a person waiting for: in words, and how long at most."""

from __future__ import annotations

import re

from gbterm.backends.marlin.outgoing import Outgoing, is_tuning
from gbterm.backends.marlin.trouble import Trouble
from gbterm.model import PrinterState

SAID_AFTER_S = 2.0
"""What is over sooner is no wait for a person."""
AT_MOST_S = 3600.0
"""No command takes longer, but for a pause with a time of its own and for heaters, which may take
as long as they get on. A board that says that it is busy would else be waited for for ever."""
DEGREE = 1.0

_WORDS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"G *0*[0-3](?!\d)"), "room for the next move"),
    (re.compile(rb"G *0*4(?!\d)"), "the end of a pause in the file"),
    (re.compile(rb"G *0*28(?!\d)"), "the homing"),
    (re.compile(rb"(?:G *0*(?:29|30|33|34|76|425)|M *0*48)(?!\d)"), "the probing"),
    (re.compile(rb"M *0*109(?!\d)"), "the nozzle"),
    (re.compile(rb"M *0*190(?!\d)"), "the bed"),
    (re.compile(rb"M *0*19[12](?!\d)"), "the heaters"),
    (re.compile(rb"M *0*303(?!\d)"), "the tuning of a heater"),
    (re.compile(rb"M *0*400(?!\d)"), "the end of the moves"),
    (re.compile(rb"(?:M *0*(?:60[0-3]|70[12])(?!\d)|T)"), "the change of filament or tool"),
)
TUNES_S = 4 * 3600.0
"""Of a bed that takes its time for each swing; where it takes too long, the board gives up."""
_DWELL = re.compile(rb"G *0*4(?!\d).*?([SP]) *(\d+\.?\d*)")
_TIMES = {0: "not asked again yet", 1: "asked again once", 2: "asked again twice"}


class Waits:
    """Looks at the oldest command without an ok, every now and then."""

    def __init__(self) -> None:
        self._line: Outgoing | None = None
        self._since = self._got_on_at = 0.0
        self._gap = 0.0

    def look(self, line: Outgoing | None, state: PrinterState, now: float) -> None:
        """`line` is the oldest command without an ok; None where there is none."""
        gap = _gap(state)
        if line is not self._line:
            self._line, self._since = line, now
        elif gap > self._gap - DEGREE:
            return
        self._got_on_at, self._gap = now, gap

    def words(self, now: float) -> str:
        """What is waited for; empty while that isn't worth a word."""
        seconds = int(now - self._since)
        if self._line is None or seconds < SAID_AFTER_S:
            return ""
        return f"{_what(self._line.text)}, {seconds} s"

    def overdue(self, now: float) -> str:
        """The command that has taken longer than any may; empty where none has."""
        if self._line is None or now - self._got_on_at <= AT_MOST_S + _dwell_s(self._line.text):
            return ""
        return self._line.text.decode("utf-8", "replace")


def in_trouble(trouble: Trouble, now: float) -> str:
    """The same for a board that is asked where it is."""
    seconds, asked = int(now - trouble.since), trouble.times_asked
    if seconds < SAID_AFTER_S:
        return ""
    return f"the board, {seconds} s, {_TIMES.get(asked, f'asked again {asked} times')}"


def _gap(state: PrinterState) -> float:
    """How far the heaters are from their targets, all together, in °C."""
    heaters = (*state.nozzles, state.bed, *((state.chamber,) if state.chamber else ()))
    return sum((abs(h.target - (h.current or 0.0)) for h in heaters if h.target), 0.0)


def _what(text: bytes) -> str:
    return next((words for pattern, words in _WORDS if pattern.match(text)), "the board")


def _dwell_s(text: bytes) -> float:
    if is_tuning(text):
        return TUNES_S
    match = _DWELL.match(text)
    if match is None:
        return 0.0
    return float(match[2]) / (1000 if match[1] == b"P" else 1)
