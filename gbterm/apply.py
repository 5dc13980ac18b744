"""The one way in which state changes: `apply(state, event)`, pure and total."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gbterm import events
from gbterm.model import MESSAGES_KEPT, Phase, PrinterState, Temperature


def apply(state: PrinterState, event: events.Event) -> PrinterState:
    """The state after `event`; the same object where nothing changed."""
    changed = _APPLY[type(event)](state, event)
    return state if changed == state else changed


def _merged(old: Temperature, new: Temperature) -> Temperature:
    return Temperature(
        new.current if new.current is not None else old.current,
        new.target if new.target is not None else old.target,
    )


def _phase(state: PrinterState, event: events.PhaseChanged) -> PrinterState:
    """Nobody answers a question of a printer that is out of reach, or knows what it waits for."""
    state = replace(state, phase=event.phase, reason=event.reason)
    if event.phase is not Phase.DISCONNECTED:
        return state
    return replace(state, prompt=None, waiting_for="", stream=None)


def _temperatures(state: PrinterState, event: events.TemperaturesReported) -> PrinterState:
    for index, new in sorted(event.nozzles.items()):
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
    flow = state.flows.get(event.index, 100.0)
    return replace(state, active_nozzle=event.index, flow_percent=flow)


def _flow(state: PrinterState, event: events.FlowChanged) -> PrinterState:
    active = state.active_nozzle
    flows = {**state.flows, active if event.nozzle is None else event.nozzle: event.percent}
    return replace(state, flows=flows, flow_percent=flows.get(active, state.flow_percent))


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
    events.FanChanged: lambda s, e: replace(s, fans={**s.fans, e.fan: e.percent}),
    events.SteppersChanged: lambda s, e: replace(s, steppers_enabled=e.enabled),
    events.HomingDemanded: lambda s, e: replace(s, homing_demanded=e.axes),
    events.StreamMeasured: lambda s, e: replace(s, stream=e.stream),
    events.JobChanged: lambda s, e: replace(s, job=e.job),
    events.PrintLost: lambda s, e: replace(s, lost_print=e.name),
    events.FirmwareIdentified: lambda s, e: replace(s, firmware=e.firmware),
    events.PromptShown: lambda s, e: replace(s, prompt=e.prompt),
    events.PromptClosed: lambda s, _: replace(s, prompt=None),
    events.WaitBegan: lambda s, e: replace(s, waiting_for=e.what),
    events.ErrorReported: lambda s, e: replace(s, last_error=e.text),
    events.MessageReported: _message,
}
