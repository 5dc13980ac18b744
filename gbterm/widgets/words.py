"""Numbers and facts as a person reads them."""

from __future__ import annotations

import math
import time

from gbterm.model import Phase, PrinterState, StopReport, Temperature
from gbterm.text import scrub

COLD_C = 45
"""A heater that is off and above this still burns a finger."""
NEAR_C = 3
"""As close to its target as a steady heater stays."""

TREND_C_MIN = 3
"""A steady heater wavers by less in a minute."""

FAIR, POOR = 0.001, 0.003
"""The share of lines that were sent again from which a cable is; at the latter prints pause."""

_SOURCES = {
    "moves": "moves",
    "file": "the file",
    "slicer": "the slicer",
    "progress": "progress",
    "history": "past prints",
    "analysis": "analysis",
    "average": "past prints",
}
"""Where the time left is from, see `Job.left_from`."""

PHASES = {
    Phase.DISCONNECTED: "no connection to the printer",
    Phase.CONNECTING: "waiting for the printer to answer",
    Phase.READY: "nothing to do",
    Phase.STARTING: "starting the print",
    Phase.EXECUTING: "printing",
    Phase.PAUSING: "the printer first finishes the moves that it holds",
    Phase.PAUSED: "the print waits",
    Phase.RESUMING: "going on with the print",
    Phase.CANCELLING: "ending the print",
    Phase.FINISHING: "finishing the last moves",
    Phase.FILAMENT_SWAP: "the print waits for a change of filament",
    Phase.ERROR: "the printer stopped",
}
"""What a phase means, for a phase that comes without a reason."""


def heater_word(temperature: Temperature, c_min: float | None = None) -> str:
    """What a heater does, in a word or two; `c_min` is by how much it rises in a minute."""
    current, target = temperature.current, temperature.target
    if current is None:
        return "no reading"
    if target is None:
        return "measured"
    if target == 0:
        return "off" if current < COLD_C else "off, still hot"
    if current < target - NEAR_C:
        return "heating"
    if current <= target + NEAR_C:
        return "at target"
    return "above target" if trend_mark(c_min) == "↑" else "cooling"


SILENT = (Phase.ERROR, Phase.DISCONNECTED, Phase.CONNECTING)
"""Phases in which nobody tells what heaters do."""


def heater_now(
    phase: Phase, temperature: Temperature, c_min: float | None = None, *, is_old: bool = False
) -> str:
    """What a heater does, or that its reading is of before the printer fell silent."""
    if (is_old or phase in SILENT) and temperature.current is not None:
        return "last reading"
    return heater_word(temperature, c_min)


def doubt(is_old: bool) -> str:
    """What stands behind a value that may not be true any more."""
    return "?" if is_old else ""


def trend_mark(c_min: float | None) -> str:
    """Whether a temperature goes up, down or neither, in one cell."""
    if c_min is None:
        return " "
    if abs(c_min) < TREND_C_MIN:
        return "="
    return "↑" if c_min > 0 else "↓"


def trend(c_min: float | None) -> str:
    """The same with how quickly, as `↑ 75 °C/min`; empty for a steady one."""
    if c_min is None or abs(c_min) < TREND_C_MIN:
        return ""
    # Every report makes it a little different.
    return f"{trend_mark(c_min)} {max(5, round(abs(c_min) / 5) * 5)} °C/min"


def degrees(value: float | None) -> str:
    """A temperature in whole degrees, without its unit."""
    return "---" if value is None else str(round(value))


def babysteps(mm: float) -> str:
    """How far they went in all: `-0.05 mm`."""
    return f"{mm:+.2f} mm"


def counted(number: int, what: str) -> str:
    """`1 resend`, `2 resends`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def link_word(resends: int, lines: int) -> str:
    """What so many lines that were sent again say of a cable."""
    share = resends / max(lines, 1000)
    return "good" if share < FAIR else "fair" if share < POOR else "poor"


def are_heaters_off(state: PrinterState, *, is_old: bool = False) -> bool:
    """Whether all are known to have no target."""
    if is_old or state.phase in SILENT:
        return False
    targets = [h.target for h in (*state.nozzles, state.bed, state.chamber) if h is not None]
    return 0 in targets and not any(targets)


def how_it_ended(
    outcome: str, elapsed_s: float, line: int, lines: int, reason: str, *, heaters_off: bool
) -> str:
    """What follows the word for a print's outcome: after how long, where, and what came of it.

    `heaters_off` is whether they are known to be. Empty while it is under way.
    """
    after = f"after {duration(elapsed_s)}"
    at = f", at line {line}" + (f" of {lines}" if lines else "") if line else ""
    return {
        "finished": f"{after}: {f'all {lines} lines were' if lines else 'all of it was'} printed.",
        "cancelled": f"{after}{at}.{' The heaters are off.' if heaters_off else ''}",
        "failed": f"{after}{at}. {reason}".rstrip(),
    }.get(outcome, "")


def line_of(line: int, lines: int) -> str:
    """`3 of 40`; empty where nobody counts them, as OctoPrint."""
    return f"{line} of {lines or '?'}" if line or lines else ""


def clock(at: float, form: str = "%H:%M:%S") -> str:
    """A Unix time as the clock here says it; empty for none, and for one that nobody can mean."""
    try:
        return time.strftime(form, time.localtime(at)) if at else ""
    except (OverflowError, ValueError, OSError):
        return ""


def duration(seconds: float | None) -> str:
    """`1:02:33`, or `unknown`."""
    if seconds is None:
        return "unknown"
    minutes, second = divmod(max(0, int(seconds)), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}"


def by_whom(left_from: str) -> str:
    """`by moves and progress`; empty where nobody tells."""
    sources = [_SOURCES[one] for one in left_from.split("+") if one in _SOURCES]
    return f"by {' and '.join(sources)}" if sources else ""


def band(low_s: float | None, high_s: float | None) -> str:
    """`1:58 to 2:31 h` or `12 to 15 min`; empty where it is not known."""
    if low_s is None or high_s is None:
        return ""
    low, high = int(low_s // 60), math.ceil(high_s / 60)
    if high <= 60:
        return f"{low} to {high} min"
    return f"{low // 60}:{low % 60:02} to {high // 60}:{high % 60:02} h"


def foretold(seconds: float | None, low_s: float | None, high_s: float | None, by: str = "") -> str:
    """A time that is an estimate: `2:10:00 (1:58 to 2:31 h) by moves and progress`."""
    between = band(low_s, high_s)
    told = (duration(seconds), f"({between})" if between else "", by_whom(by))
    return " ".join(filter(None, told))


def done_at(left_s: float, now: float) -> str:
    """When it will be done: `17:42`, and from tomorrow on `Tue 17:42`; empty for a time that no
    clock shows."""
    is_today = clock(now + left_s, "%x") == clock(now, "%x")
    return clock(now + left_s, "%H:%M" if is_today else "%a %H:%M")


def size(count: int) -> str:
    """A number of bytes: `980 B`, `12.3 kB`, `4.0 MB`."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95 or unit == "GB":
            break
    return f"{value:.1f} {unit}"


def stopped(report: StopReport, printer: str) -> str:
    """What came of the emergency stop of `printer`, in a sentence or two."""
    stop = f"The emergency stop of {scrub(printer)} is"
    if report.confirmed:
        return f"{stop} confirmed: the printer halted."
    return f"{stop} NOT CONFIRMED: cut its power. {scrub(report.text)}"


def cancel_question(state: PrinterState) -> str:
    """What is asked before the print ends, or before a file is written to the card no further."""
    name = state.job.name if state.job else "the print"
    if state.is_given_file:
        return f"Stop writing {name} to the printer's card? What is there of it is deleted."
    heaters = "The heaters are turned off."
    if state.holds_print:
        heaters = "Its heaters can't be reached now, and are turned off once its cable is in again."
    return f"Cancel {name}? It can't be taken up again. {heaters}"


def farewell(state: PrinterState, attach: str) -> str | None:
    """What a print does now and how to come back, in a sentence; None without a print.

    `attach` is the command that comes back.
    """
    job, phase = state.job, state.phase
    lost = phase in (Phase.DISCONNECTED, Phase.CONNECTING)
    if job is None or job.outcome or not (phase.is_printing or lost):
        return None
    if state.holds_print:
        return (
            f"The print of {scrub(job.name)} waits for its printer without the console. "
            f"Attach again with: {attach}"
        )
    doubt = ", if it is still there," if lost else ""
    becomes = "stays paused" if phase is Phase.PAUSED else "goes on"
    what = "upload" if job.is_written else "print"
    return (
        f"The {what} of {scrub(job.name)}{doubt} {becomes} without the console. "
        f"Attach again with: {attach}"
    )
