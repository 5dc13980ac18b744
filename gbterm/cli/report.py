"""The printer's state as text for people and scripts: the name, then `name: value` lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from gbterm import wire
from gbterm.freshness import Freshness, Known
from gbterm.jobs import Job
from gbterm.model import Phase, StreamReport, Temperature
from gbterm.text import scrub
from gbterm.widgets.words import done_at, duration, foretold


def as_lines(known: Known) -> tuple[str, ...]:
    """The OpenGB name of the state, then what is known, a line each."""
    values = (f"{name}: {scrub(value)}" for name, value in _values(known) if value)
    return (known.state.state.value, *values)


def as_data(name: str, known: Known) -> dict[str, Any]:
    """An object: `printer`, `state` (the OpenGB name), `heard_s`, `is_old` and the model's members.

    `heard_s` is how many seconds ago the printer was heard, null where nobody knows; `is_old` is
    whether the rest may not be true any more.
    """
    state = known.state
    members = {"printer": name, "state": state.state.value, "heard_s": known.heard_s}
    return {**members, "is_old": known.fresh.is_old, **wire.to_json(state)}


def _values(known: Known) -> Iterator[tuple[str, str]]:
    state, fresh = known.state, known.fresh
    phase = state.phase.value
    yield "phase", phase if phase != state.state.value else ""
    silent = "the printer does not answer" if state.phase is Phase.DISCONNECTED else ""
    yield "reason", state.reason or silent
    yield "last heard", f"{fresh.age} ago: what is told was true then" if fresh.age else ""
    yield "waiting for", state.waiting_for
    for number, nozzle in enumerate(state.nozzles, 1):
        yield f"nozzle{number}", _temperature(nozzle, fresh)
    yield "bed", _temperature(state.bed, fresh)
    if state.chamber is not None:
        yield "chamber", _temperature(state.chamber, fresh)
    if state.job is not None:
        yield from _job(state.job, state.phase, fresh)
    if state.stream is not None and not fresh.is_old:
        yield from _stream(state.stream)
    if state.prompt is not None:
        yield "prompt", " / ".join((state.prompt.text, *state.prompt.choices))
    if state.lost_print:
        ways = "; gbterm resume_job goes on with it, gbterm cancel gives it up"
        yield "lost print", state.lost_print + (ways if state.phase is Phase.READY else "")
    yield "last error", state.last_error


def _temperature(heater: Temperature, fresh: Freshness) -> str:
    """Without a degree sign, which not every terminal shows."""
    if heater.current is None:
        return "unknown"
    told = [f"{heater.current:.1f} C"]
    if heater.target is not None:
        told += [f"target {heater.target:.1f} C" if heater.target else "off"]
    return ", ".join([*told, "last reading"] if fresh.is_old else told)


def _stream(stream: StreamReport) -> Iterator[tuple[str, str]]:
    yield "pace", f"{stream.lines_s:.0f} lines/s; {stream.verdict}".removesuffix("; ")
    lines = f"{stream.lines_under_way} of {stream.window_lines} lines"
    yield "under way", f"{lines}, {stream.bytes_under_way} bytes, oldest {stream.oldest_s:.1f} s"
    if stream.planner_free is not None:
        yield "board", f"{stream.planner_free} planner and {stream.queue_free} queue slots free"
    yield "resends", str(stream.resends)


def _job(job: Job, phase: Phase, fresh: Freshness) -> Iterator[tuple[str, str]]:
    yield "job", job.name
    yield "outcome", job.outcome
    lines = f" (line {job.line} of {job.lines})" if job.lines else ""
    last = ", last known" if fresh.is_old and not job.outcome else ""
    yield "progress", f"{job.fraction * 100:.1f} %{lines}{last}"
    if job.layers:
        yield "layer", f"{job.layer} of {job.layers}"
    yield "elapsed", duration(job.elapsed_s)
    if job.left_s is not None and not job.outcome and not fresh.is_old:
        left = foretold(job.left_s, job.left_low_s, job.left_high_s, job.left_from)
        yield "left", left
        if phase is Phase.EXECUTING:
            yield "done", done_at(job.left_s, time.time())
