"""The one way in which state changes: `apply(state, event)`, pure and total."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gbterm import events
from gbterm.model import (
    CHOICES_MOST,
    FANS_MOST,
    MESSAGES_KEPT,
    NOZZLES_MOST,
    PAUSES_MOST,
    Phase,
    PrinterState,
    Prompt,
    Temperature,
)

T = TypeVar("T")


def apply(state: PrinterState, event: events.Event) -> PrinterState:
    """The state after `event`; the same object where nothing changed."""
    changed = _APPLY[type(event)](state, event)
    return state if changed == state else changed


def _merged(old: Temperature, new: Temperature) -> Temperature:
    return Temperature(
        new.current if new.current is not None else old.current,
        new.target if new.target is not None else old.target,
    )


def bounded(state: PrinterState) -> PrinterState:
    """`state` without what no printer has; for one that came as a whole."""
    job, prompt = state.job, state.prompt
    return replace(
        state,
        nozzles=state.nozzles[:NOZZLES_MOST] or (Temperature(),),
        active_nozzle=min(max(state.active_nozzle, 0), NOZZLES_MOST - 1),
        flows=_indexed(state.flows, NOZZLES_MOST),
        fans=_indexed(state.fans, FANS_MOST),
        job=job and replace(job, pause_layers=job.pause_layers[:PAUSES_MOST]),
        motion_limits=state.motion_limits and state.motion_limits.of_axes(),
        prompt=prompt and _prompt(prompt),
        messages=state.messages[-MESSAGES_KEPT:],
    )


def _indexed(values: Mapping[int, T], most: int) -> dict[int, T]:
    """Those whose index something can have."""
    return {index: value for index, value in values.items() if 0 <= index < most}


def _prompt(prompt: Prompt) -> Prompt:
    return replace(prompt, choices=prompt.choices[:CHOICES_MOST])


def _phase(state: PrinterState, event: events.PhaseChanged) -> PrinterState:
    """Nobody answers a question of a printer that is out of reach, or knows what it waits for."""
    state = replace(state, phase=event.phase, reason=event.reason)
    if event.phase is not Phase.DISCONNECTED:
        return state
    return replace(state, prompt=None, waiting_for="", stream=None)


def _temperatures(state: PrinterState, event: events.TemperaturesReported) -> PrinterState:
    for index, new in sorted(_indexed(event.nozzles, NOZZLES_MOST).items()):
        old = state.nozzles[index] if index < len(state.nozzles) else Temperature()
        state = state.with_nozzle(index, _merged(old, new))
    if event.bed is not None:
        state = replace(state, bed=_merged(state.bed, event.bed))
    if event.chamber is not None:
        state = replace(state, chamber=_merged(state.chamber or Temperature(), event.chamber))
    return state


def _position(state: PrinterState, event: events.PositionReported) -> PrinterState:
    new, old = event.position, state.position
    axes = {
        axis: value if (value := getattr(new, axis)) is not None else getattr(old, axis)
        for axis in ("x", "y", "z", "e")
    }
    return replace(state, position=replace(old, **axes))


def _nozzle(state: PrinterState, event: events.NozzleSelected) -> PrinterState:
    if not 0 <= event.index < NOZZLES_MOST:
        return state
    flow = state.flows.get(event.index, 100.0)
    return replace(state, active_nozzle=event.index, flow_percent=flow)


def _flow(state: PrinterState, event: events.FlowChanged) -> PrinterState:
    active = state.active_nozzle
    told = {active if event.nozzle is None else event.nozzle: event.percent}
    flows = {**state.flows, **_indexed(told, NOZZLES_MOST)}
    return replace(state, flows=flows, flow_percent=flows.get(active, state.flow_percent))


def _fan(state: PrinterState, event: events.FanChanged) -> PrinterState:
    return replace(state, fans={**state.fans, **_indexed({event.fan: event.percent}, FANS_MOST)})


def _job(state: PrinterState, event: events.JobChanged) -> PrinterState:
    job = event.job
    return replace(state, job=job and replace(job, pause_layers=job.pause_layers[:PAUSES_MOST]))


def _message(state: PrinterState, event: events.MessageReported) -> PrinterState:
    return replace(state, messages=(*state.messages, event.message)[-MESSAGES_KEPT:])


_APPLY: dict[type, Callable[[PrinterState, Any], PrinterState]] = {
    events.PhaseChanged: _phase,
    events.TemperaturesReported: _temperatures,
    events.PositionReported: _position,
    events.NozzleSelected: _nozzle,
    events.FlowChanged: _flow,
    events.SpeedChanged: lambda s, e: replace(s, speed_percent=e.percent),
    events.BabystepChanged: lambda s, e: replace(s, babystep_mm=e.mm),
    events.FanChanged: _fan,
    events.SteppersChanged: lambda s, e: replace(s, steppers_enabled=e.enabled),
    events.HomingDemanded: lambda s, e: replace(s, homing_demanded=e.axes),
    events.StreamMeasured: lambda s, e: replace(s, stream=e.stream),
    events.JobChanged: _job,
    events.FileSelected: lambda s, e: replace(s, selected=e.selected),
    events.PrintLost: lambda s, e: replace(s, lost_print=e.name),
    events.FirmwareIdentified: lambda s, e: replace(s, firmware=e.firmware),
    events.MotionLimitsTold: lambda s, e: replace(s, motion_limits=e.limits.of_axes()),
    events.PromptShown: lambda s, e: replace(s, prompt=_prompt(e.prompt)),
    events.PromptClosed: lambda s, _: replace(s, prompt=None),
    events.WaitBegan: lambda s, e: replace(s, waiting_for=e.what),
    events.ErrorReported: lambda s, e: replace(s, last_error=e.text),
    events.MessageReported: _message,
}
