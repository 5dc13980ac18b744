"""A printer among others in a few words, for a row of a table or a line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from gbterm.backends.base import Backend
from gbterm.discovery.printers import PORT, Listed
from gbterm.discovery.servers import OCTOPRINT
from gbterm.jobs import Job
from gbterm.model import PrinterState, Temperature
from gbterm.watched import Watched
from gbterm.widgets.words import PHASES, SILENT, degrees, doubt, duration

ENDED = {"finished": "done", "failed": "failed", "cancelled": "ended"}
"""What the progress of a print that is over comes to."""
AGE_STEP_S = 5
"""In such steps it is said how long ago a printer was heard."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Texts, empty where there is nothing to say; temperatures in °C with their targets."""

    now: str
    nozzle: str = ""
    bed: str = ""
    progress: str = ""
    left: str = ""


def overview(
    printer: Listed, state: PrinterState | None, watched: Watched | None, *, is_old: bool = False
) -> Overview:
    """Of a printer whose `state` is known, else why it isn't; `is_old` where that was before."""
    if state is not None:
        return of_state(state, is_old=is_old)
    if printer.hindrance:
        return Overview("not usable")
    if watched is not None:
        return Overview("needs a key" if watched.is_refused else _reaching(watched))
    return Overview("needs a key" if printer.kind == OCTOPRINT else "not opened")


def summary(shown: Overview) -> Iterator[str]:
    """The same in words."""
    yield shown.now
    yield from (
        f"{what} {at} °C" for what, at in (("nozzle", shown.nozzle), ("bed", shown.bed)) if at
    )
    if shown.progress:
        yield shown.progress
    if shown.left:
        yield f"{shown.left} left"


def _reaching(watched: Watched) -> str:
    return "no answer" if watched.why else "connecting"


def of_state(state: PrinterState, *, is_old: bool) -> Overview:
    """Of a printer in this state; `is_old` where that was before."""
    if state.phase in SILENT:
        return Overview(_phase(state), progress=_progress(state))
    asks = state.prompt is not None and state.prompt.choices
    now, mark = "asks you" if asks else _phase(state), doubt(is_old)
    if is_old:  # nothing of before looks as if it were so now
        return Overview(f"{now}{mark}", progress=_progress(state, mark))
    index = min(state.active_nozzle, len(state.nozzles) - 1)
    nozzle, bed = _heater(state.nozzles[index]), _heater(state.bed)
    return Overview(now, nozzle, bed, _progress(state), _left(state))


def _phase(state: PrinterState) -> str:
    return state.phase.value.replace("_", " ")


def _heater(temperature: Temperature) -> str:
    if temperature.current is None:
        return ""
    target = f"/{degrees(temperature.target)}" if temperature.target else ""
    return f"{degrees(temperature.current)}{target}"


def _progress(state: PrinterState, mark: str = "") -> str:
    job = state.job
    if job is None:
        return ""
    if job.outcome:
        return ENDED.get(job.outcome, "ended")
    goes = state.phase.is_printing or state.holds_print
    return f"{_percent(job)}{mark}" if goes else ""


def _percent(job: Job) -> str:
    return f"{int(job.fraction * 100)} %"


def _left(state: PrinterState) -> str:
    job = state.job
    if job is None or job.outcome or job.left_s is None or not state.phase.is_printing:
        return ""
    return duration(job.left_s)


def details(state: PrinterState, backend: Backend) -> Iterator[str]:
    """What a row has no room for, in sentences."""
    said = state.reason or PHASES[state.phase]
    yield f"{_phase(state)}: {said}"
    if state.prompt is not None:
        yield f"It asks: {state.prompt.text}"
    if state.last_error and state.last_error != state.reason:
        yield f"Error: {state.last_error}"
    if state.prompt is not None:
        yield f"It asks: {state.prompt.text}"
    if state.waiting_for:
        yield f"Waiting for {state.waiting_for}"
    if state.job is not None:
        yield f"{state.job.name}: {', '.join(_of_job(state, state.job))}"
    fresh = backend.freshness(AGE_STEP_S)
    if fresh.is_old:
        heard = f"{fresh.heard[:1].upper()}{fresh.heard[1:]}." if fresh.heard else ""
        yield from filter(None, (f"{heard} {fresh.trying}".strip(),))


def _of_job(state: PrinterState, job: Job) -> Iterator[str]:
    if job.outcome:
        yield f"{job.outcome} after {duration(job.elapsed_s)}"
        return
    yield _percent(job)
    if job.layer is not None and job.layers:
        yield f"layer {job.layer} of {job.layers}"
    if job.left_s is not None and state.phase.is_printing:
        ends_at = time.localtime(time.time() + job.left_s)
        yield f"ends at {time.strftime('%H:%M', ends_at)}"


def unopened(printer: Listed) -> str:
    """Why nothing is known of a printer that nobody watches, in a sentence."""
    if printer.kind == OCTOPRINT:
        return "It is not watched before it was opened, which needs a key."
    if printer.kind == PORT or printer.profile is not None:
        return "Its port is closed: to open it may reset the board, and end a print from its card."
    return "It is not watched before it was opened once: anybody can announce a server."
