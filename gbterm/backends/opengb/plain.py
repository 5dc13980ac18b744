"""What a plain OpenGB server says, as the model has it.

It speaks of less than gbterm does, and less strictly: numbers come as strings, temperatures as
null, progress under two pairs of names, `steppers` without `enabled`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gbterm import events
from gbterm.apply import apply
from gbterm.backends.capability import OF_LIBRARIES, Capability
from gbterm.backends.given import mapping, number
from gbterm.jobs import Job
from gbterm.model import Phase, Position, PrinterState, Temperature

CAPABILITIES = (
    Capability.TEMPERATURE
    | Capability.MOVE
    | Capability.HOME
    | OF_LIBRARIES
    | Capability.JOB
    | Capability.EMERGENCY_STOP
    | Capability.FANS
    | Capability.EXTRUDE
    | Capability.STEPPERS
    | Capability.COUNTERS
    | Capability.DISKS
    | Capability.DOWNLOAD
)
"""Without the overrides, of which one ends the real server's link to its printer, and without the
filament swap, which can't be completed there."""

_WHY = {
    Phase.ERROR: "The server tells of an error of its printer, but not of which.",
    Phase.DISCONNECTED: "The server has lost its printer, and looks for it by itself.",
}
_ENDED_EARLY = "It ended early: somebody cancelled it, or the server lost its printer."


def state(status: Any) -> PrinterState:
    """The state that the answer to `get_status` tells of; what it doesn't tell is left unknown."""
    status = mapping(status)
    told = PrinterState()
    parts: list[tuple[str, Any]] = [
        ("state_change", {"new": status.get("state")}),
        ("temp_update", status.get("temp")),
        ("position_update", _told(status.get("position"), 0)),
        ("progress_update", status.get("progress")),
        ("steppers_update", status.get("steppers")),
        ("extrude_override_change", status.get("extrude_override")),
        ("speed_override_change", status.get("speed_override")),
    ]
    for fan, percent in _told(status.get("fan_speed"), 100).items():
        parts.append(("fan_speed_change", {"fan": fan, "percent": percent}))
    for name, params in parts:
        for event in read_event(name, params, told):
            told = apply(told, event)
    return told


def read_event(name: str, params: Any, told: PrinterState) -> list[events.Event]:
    """One of the eight events; empty for an unknown one, or one that makes no sense."""
    read = _READ.get(name)
    event = read(mapping(params), told) if read else None
    if isinstance(event, events.PhaseChanged):
        return [*_of_the_job(event.phase, told), event]
    return [] if event is None else [event]


def _told(values: Any, made_up: int) -> dict[str, Any]:
    """None of them while all are what the server begins with, before it heard of a printer."""
    given = mapping(values)
    is_told = any(type(value) is not int or value != made_up for value in given.values())
    return given if is_told else {}


def _of_the_job(phase: Phase, told: PrinterState) -> list[events.Event]:
    """How a job begins and ends, of which the server tells nothing but the state."""
    if phase is Phase.EXECUTING and (told.job is None or not told.phase.is_printing):
        return [events.JobChanged(Job(""))]
    if phase is Phase.READY and told.job is not None and not told.job.outcome:
        return [events.JobChanged(_ended(told.job))]
    return []


def _ended(job: Job) -> Job:
    if job.lines and job.line >= job.lines:
        return replace(job, outcome="finished")
    return replace(job, outcome="failed", reason=_ENDED_EARLY)


def _phase(params: dict[str, Any], _: PrinterState) -> events.Event | None:
    name = str(params.get("new")).upper()
    if name not in Phase.__members__:
        return None
    return events.PhaseChanged(phase := Phase(name), _WHY.get(phase, ""))


def _temperatures(params: dict[str, Any], _: PrinterState) -> events.Event:
    def heater(name: str) -> Temperature:
        return Temperature(
            number(params.get(f"{name}_current")), number(params.get(f"{name}_target"))
        )

    nozzles = {index: heater(f"nozzle{index + 1}") for index in range(2)}
    named = {index: nozzle for index, nozzle in nozzles.items() if nozzle != Temperature()}
    return events.TemperaturesReported(named, heater("bed"))


def _position(params: dict[str, Any], _: PrinterState) -> events.Event:
    return events.PositionReported(Position(*(number(params.get(axis)) for axis in "xyz")))


def _progress(params: dict[str, Any], told: PrinterState) -> events.Event | None:
    line = number(params.get("current_line", params.get("current")))
    lines = number(params.get("total_lines", params.get("total")))
    if line is None or not lines:
        return None
    # OpenGB tells of no bytes; lines stand in for them, so that progress can be shown.
    at, of = int(line), int(lines)
    job = replace(told.job or Job(""), line=at, lines=of, byte=at, bytes=of)
    # What a status tells of the last print stays there once it is over.
    return events.JobChanged(_ended(job) if told.phase is Phase.READY else job)


def _fan(params: dict[str, Any], _: PrinterState) -> events.Event | None:
    fan, percent = number(params.get("fan")), number(params.get("percent"))
    return None if fan is None or percent is None else events.FanChanged(int(fan), percent)


def _steppers(params: dict[str, Any], _: PrinterState) -> events.Event | None:
    enabled = params.get("enabled", params.get("enbabled"))
    return events.SteppersChanged(enabled) if isinstance(enabled, bool) else None


def _flow(params: dict[str, Any], _: PrinterState) -> events.Event | None:
    percent = number(params.get("percent"))
    return None if percent is None else events.FlowChanged(percent)


def _speed(params: dict[str, Any], _: PrinterState) -> events.Event | None:
    percent = number(params.get("percent"))
    return None if percent is None else events.SpeedChanged(percent)


_READ: dict[str, Callable[[dict[str, Any], PrinterState], events.Event | None]] = {
    "state_change": _phase,
    "temp_update": _temperatures,
    "position_update": _position,
    "progress_update": _progress,
    "fan_speed_change": _fan,
    "steppers_update": _steppers,
    "extrude_override_change": _flow,
    "speed_override_change": _speed,
}
