"""The state in the shapes of the OpenGB API: `get_status` and the eight events.

A superset of what OpenGB documents and of what its web frontends read: progress under both pairs
of names, fans by number as strings, whole numbers without a fraction.
"""

from __future__ import annotations

import math
from typing import Any

from gbterm import events
from gbterm.model import PrinterState, Temperature

Shape = dict[str, Any]
NamedShape = tuple[str, Shape]


def number(value: float | None) -> float | int | None:
    """40.0 as 40, to a thousandth; None for what JSON has no number for."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def temperatures(state: PrinterState) -> Shape:
    """`temp_update`: six numbers; 0 for a heater of which nothing is known, or that isn't there."""
    nozzles = (*state.nozzles, Temperature(), Temperature())
    heaters = {"bed": state.bed, "nozzle1": nozzles[0], "nozzle2": nozzles[1]}
    return {
        f"{name}_{what}": number(getattr(heater, what)) or 0
        for name, heater in heaters.items()
        for what in ("current", "target")
    }


def position(state: PrinterState) -> Shape:
    """`position_update`; OpenGB has no word for an unknown position but 0."""
    return {axis: number(getattr(state.position, axis)) or 0 for axis in ("x", "y", "z")}


def progress(state: PrinterState) -> Shape:
    """`progress_update`, in commands: OpenGB counts what is left without comments."""
    job = state.job
    return {"current_line": job.command if job else 0, "total_lines": job.commands if job else 0}


def status(state: PrinterState) -> Shape:
    """What `get_status` gives under `status`."""
    lines = progress(state)
    return {
        "state": state.state.value,
        "temp": temperatures(state),
        "position": position(state),
        "progress": {**lines, "current": lines["current_line"], "total": lines["total_lines"]},
        "steppers": {"enabled": bool(state.steppers_enabled)},
        "extrude_override": {"percent": number(state.flow_percent)},
        "speed_override": {"percent": number(state.speed_percent)},
        "fan_speed": {
            str(fan): number(state.fans.get(fan, 0)) for fan in sorted({0, 1, 2, *state.fans})
        },
    }


def changes(
    old: PrinterState, new: PrinterState, event: events.Event | None = None
) -> list[NamedShape]:
    """The OpenGB events that tell of the way from `old` to `new`.

    A fan or the motors set to what they were are told of as well, and a head that was moved to
    where it was, hence `event`. `temp_update` is not among them: it comes once a second whether
    anything changed or not.
    """
    named: list[NamedShape] = []
    if old.state is not new.state:
        named.append(("state_change", {"old": old.state.value, "new": new.state.value}))
    was_moved = isinstance(event, events.PositionReported) and event.moved
    if was_moved or position(old) != position(new):
        named.append(("position_update", position(new)))
    if new.job is not None and _job_told(old) != _job_told(new):
        named.append(("progress_update", progress(new)))
    for fan, percent in sorted(new.fans.items()):
        was_set = isinstance(event, events.FanChanged) and event.fan == fan
        if was_set or old.fans.get(fan) != percent:
            named.append(("fan_speed_change", {"fan": fan, "percent": number(percent)}))
    was_set = isinstance(event, events.SteppersChanged)
    if was_set or old.steppers_enabled is not new.steppers_enabled:
        named.append(("steppers_update", {"enabled": bool(new.steppers_enabled)}))
    if old.flow_percent != new.flow_percent:
        named.append(("extrude_override_change", {"percent": number(new.flow_percent)}))
    if old.speed_percent != new.speed_percent:
        named.append(("speed_override_change", {"percent": number(new.speed_percent)}))
    return named


def _job_told(state: PrinterState) -> tuple[Any, ...]:
    job = state.job
    return (job.name, job.command, job.commands, job.outcome) if job else ()
