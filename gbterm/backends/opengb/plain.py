"""What a plain OpenGB server says, as the model has it.

It speaks of less than gbterm does, and less strictly: numbers come as strings, temperatures as
null, progress under two pairs of names, `steppers` without `enabled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gbterm import events
from gbterm.apply import apply
from gbterm.backends.capability import Capability
from gbterm.backends.given import mapping, number
from gbterm.errors import WrongState
from gbterm.jobs import Job
from gbterm.model import Phase, Position, PrinterState, Temperature

CAPABILITIES = (
    Capability.TEMPERATURE
    | Capability.MOVE
    | Capability.HOME
    | Capability.FILES
    | Capability.JOB
    | Capability.EMERGENCY_STOP
    | Capability.FANS
    | Capability.EXTRUDE
    | Capability.STEPPERS
    | Capability.COUNTERS
)
"""Without the overrides, of which one ends the real server's link to its printer, and without the
filament swap, which can't be completed there."""


def state(status: Any) -> PrinterState:
    """The state that the answer to `get_status` tells of; what it doesn't tell is left unknown."""
    status = mapping(status)
    told = PrinterState()
    parts: list[tuple[str, Any]] = [
        ("state_change", {"new": status.get("state")}),
        ("temp_update", status.get("temp")),
        ("position_update", status.get("position")),
        ("progress_update", status.get("progress")),
        ("steppers_update", status.get("steppers")),
        ("extrude_override_change", status.get("extrude_override")),
        ("speed_override_change", status.get("speed_override")),
    ]
    for fan, percent in mapping(status.get("fan_speed")).items():
        parts.append(("fan_speed_change", {"fan": fan, "percent": percent}))
    for name, params in parts:
        for event in read_event(name, params, told):
            told = apply(told, event)
    return told


def read_event(name: str, params: Any, told: PrinterState) -> list[events.Event]:
    """One of the eight events; empty for an unknown one, or one that makes no sense."""
    read = _READ.get(name)
    event = read(mapping(params), told) if read else None
    return [] if event is None else [event]


def all_axes(
    axes: dict[str, float | None], present: Position, name: str
) -> dict[str, float | None]:
    """`axes` with those that are None where they are.

    An OpenGB server takes an axis that is left out for 0 and would drive there. Raises
    `WrongState` where printer `name` has not said where they are.
    """
    full = {axis: getattr(present, axis) if v is None else v for axis, v in axes.items()}
    if None in full.values():
        raise WrongState(f"{name} has not said where the head is: home it first.")
    return full


def _phase(params: dict[str, Any], _: PrinterState) -> events.Event | None:
    name = str(params.get("new")).upper()
    return events.PhaseChanged(Phase(name)) if name in Phase.__members__ else None


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
    name = told.job.name if told.job else ""
    # OpenGB tells of no bytes; lines stand in for them, so that progress can be shown.
    return events.JobChanged(
        Job(name, line=int(line), lines=int(lines), byte=int(line), bytes=int(lines))
    )


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
