"""The printer's state as text for people and scripts: the name, then `name: value` lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from gbterm import wire
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, StreamReport, Temperature
from gbterm.text import scrub
from gbterm.widgets.words import duration


def as_text(state: PrinterState) -> str:
    """The OpenGB name of the state on the first line, then what is known, a line each."""
    lines = [state.state.value]
    lines += [f"{name}: {scrub(value)}" for name, value in _values(state) if value]
    return "\n".join(lines)


def as_json(name: str, state: PrinterState) -> str:
    """An object: `printer`, `state` (the OpenGB name) and the members of the model."""
    members = {"printer": name, "state": state.state.value, **wire.to_json(state)}
    return json.dumps(members, indent=2)


def _values(state: PrinterState) -> Iterator[tuple[str, str]]:
    phase = state.phase.value
    yield "phase", phase if phase != state.state.value else ""
    silent = "the printer does not answer" if state.phase is Phase.DISCONNECTED else ""
    yield "reason", state.reason or silent
    yield "waiting for", state.waiting_for
    for number, nozzle in enumerate(state.nozzles, 1):
        yield f"nozzle{number}", _temperature(nozzle)
    yield "bed", _temperature(state.bed)
    if state.chamber is not None:
        yield "chamber", _temperature(state.chamber)
    if state.job is not None:
        yield from _job(state.job)
    if state.stream is not None:
        yield from _stream(state.stream)
    if state.prompt is not None:
        yield "prompt", " / ".join((state.prompt.text, *state.prompt.choices))
    yield "last error", state.last_error


def _temperature(heater: Temperature) -> str:
    """Without a degree sign, which not every terminal shows."""
    if heater.current is None:
        return "unknown"
    if heater.target is None:
        return f"{heater.current:.1f} C"
    target = f"target {heater.target:.1f} C" if heater.target else "off"
    return f"{heater.current:.1f} C, {target}"


def _stream(stream: StreamReport) -> Iterator[tuple[str, str]]:
    yield "pace", f"{stream.lines_s:.0f} lines/s; {stream.verdict}".removesuffix("; ")
    lines = f"{stream.lines_under_way} of {stream.window_lines} lines"
    yield "under way", f"{lines}, {stream.bytes_under_way} bytes, oldest {stream.oldest_s:.1f} s"
    if stream.planner_free is not None:
        yield "board", f"{stream.planner_free} planner and {stream.queue_free} queue slots free"
    yield "resends", str(stream.resends)


def _job(job: Job) -> Iterator[tuple[str, str]]:
    yield "job", job.name
    yield "outcome", job.outcome
    lines = f" (line {job.line} of {job.lines})" if job.lines else ""
    yield "progress", f"{job.fraction * 100:.1f} %{lines}"
    if job.layers:
        yield "layer", f"{job.layer} of {job.layers}"
    yield "elapsed", duration(job.elapsed_s)
    if job.left_s is not None and not job.outcome:
        yield "left", duration(job.left_s)
