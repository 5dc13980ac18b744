"""What OctoPrint tells on its push socket, as events: pure, of a message and the state before it.

The shapes are those of OctoPrint 1.11's `history`, `current` and `event` messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gbterm import events
from gbterm.apply import apply
from gbterm.backends.given import mapping, number, records
from gbterm.backends.octoprint.files import file_id, selected
from gbterm.events import Event
from gbterm.jobs import Job
from gbterm.model import Firmware, Message, Phase, Position, PrinterState, Prompt, Temperature
from gbterm.text import scrub

TEXT_MAX = 300
CHOICES_MAX, NOZZLES_MAX = 20, 16

_BY_TEXT = {
    "Starting": (Phase.STARTING, ""),
    "Printing from SD": (Phase.EXECUTING, "Printing from the printer's SD card."),
    "Sending file to SD": (Phase.EXECUTING, "A file is being put on the printer's SD card."),
}
"""Texts that say more than the flags beside them."""
_BY_FLAG = (
    ("error", Phase.ERROR),
    ("cancelling", Phase.CANCELLING),
    ("pausing", Phase.PAUSING),
    ("resuming", Phase.RESUMING),
    ("finishing", Phase.FINISHING),
    ("paused", Phase.PAUSED),
    ("printing", Phase.EXECUTING),
    ("operational", Phase.READY),
)
"""In the order in which they count: `printing` stays set while a print is paused or cancelled."""
_LEFT_FROM = {"linear": "progress", "estimate": "progress", "average": "average"}
_TOOL = re.compile(r"tool(\d{1,3})")

OFFLINE = "OctoPrint has no connection to its printer: connect it."


def adopted(history: Any, readings_s: float) -> PrinterState:
    """The state that a `history` message tells, nothing of before it.

    Temperatures are taken only where they are not older than `readings_s`.
    """
    state = PrinterState()
    held = dict(mapping(history))
    if (age_s := age_of(held)) is None or age_s > readings_s:
        held["temps"] = []
    phase, reason = read_phase(mapping(held.get("state")))
    state = replace(state, job=_job_there(held, phase))
    for event in read_current(held, replace(state, phase=phase, reason=reason)):
        state = apply(state, event)
    return replace(state, phase=phase, reason=reason)


def _job_there(held: dict[str, Any], phase: Phase) -> Job | None:
    """The print under way, or one that was finished; of others nothing is left."""
    job = _job_of(mapping(mapping(held.get("job")).get("file")))
    if phase.is_printing or phase is Phase.STARTING:
        return job
    # So it stays until a file is selected.
    is_finished = (number(mapping(held.get("progress")).get("completion")) or 0.0) >= 100
    if not (is_finished and is_operational(phase)):
        return None
    return replace(_progressed(job, held).without_left, outcome="finished")


def read_current(current: Any, state: PrinterState) -> Iterator[Event]:
    """What a `current` message changes of `state`."""
    held = mapping(current)
    told = mapping(held.get("state"))
    phase, reason = read_phase(told)
    error = _text(told.get("error"))
    if error != state.last_error:
        yield events.ErrorReported(error)
    yield from read_temperatures(held.get("temps"))
    if "job" in held and (file := selected(held["job"])) != state.selected:
        yield events.FileSelected(file)
    z = number(held.get("currentZ"))
    # The server takes the Z of a relative move for a height as well, which only a file has none of.
    if z is not None and z != state.position.z and phase is Phase.EXECUTING:
        yield events.PositionReported(Position(z=z))
    if state.job is not None and not state.job.outcome:
        job = _progressed(state.job, held)
        if job != state.job:
            yield events.JobChanged(job)
    if (phase, reason) != (state.phase, state.reason):
        if not is_operational(phase) and state.prompt is not None:
            yield events.PromptClosed()
        yield events.PhaseChanged(phase, reason)


def is_operational(phase: Phase) -> bool:
    """Whether OctoPrint talks with a board."""
    return phase not in (Phase.DISCONNECTED, Phase.CONNECTING, Phase.ERROR)


def read_event(event: Any, state: PrinterState, now: float) -> Iterator[Event]:
    """What an `event` message tells; `now` is a Unix time."""
    kind, payload = str(mapping(event).get("type")), mapping(mapping(event).get("payload"))
    if kind == "PrintStarted":
        yield events.JobChanged(replace(_job_of(payload), started_at=now))
    elif kind in _OUTCOMES:
        yield from _ended(_OUTCOMES[kind], payload, state, now)
    elif kind == "Error" and (text := _text(payload.get("error"))):
        yield events.MessageReported(Message(text, "error", now))
    elif kind == "PositionUpdate":
        axes = {axis: number(payload.get(axis)) for axis in ("x", "y", "z", "e")}
        yield events.PositionReported(Position(**axes))
    elif kind == "ToolChange" and isinstance(tool := payload.get("new"), int):
        yield events.NozzleSelected(min(max(tool, 0), NOZZLES_MAX - 1))
    elif kind == "FirmwareData":
        yield events.FirmwareIdentified(Firmware(_text(payload.get("name"))))


_OUTCOMES = {"PrintDone": "finished", "PrintCancelled": "cancelled", "PrintFailed": "failed"}


def _ended(
    outcome: str, payload: dict[str, Any], state: PrinterState, now: float
) -> Iterator[Event]:
    job = state.job
    if job is None or job.outcome:
        return  # a cancelled print is told to have failed as well
    elapsed_s = number(payload.get("time"))
    yield events.JobChanged(
        replace(
            job.without_left,
            outcome="cancelled" if payload.get("reason") == "cancelled" else outcome,
            reason=_text(payload.get("error")),
            elapsed_s=job.elapsed_s if elapsed_s is None else elapsed_s,
            ended_at=now,
        )
    )


def read_plugin(told: Any, now: float) -> Iterator[Event]:
    """What a `plugin` message tells: the firmware's questions and notifications."""
    plugin, data = mapping(told).get("plugin"), mapping(mapping(told).get("data"))
    if plugin == "action_command_prompt":
        if data.get("action") == "show" and (prompt := prompt_of(data)):
            yield events.PromptShown(prompt)
        elif data.get("action") == "close":
            yield events.PromptClosed()
    elif plugin == "action_command_notification" and (text := _text(data.get("message"))):
        yield events.MessageReported(Message(text, "info", now))


def prompt_of(told: Any) -> Prompt | None:
    """A question of the firmware; None where there is none."""
    held = mapping(told)
    choices = held.get("choices")
    named = choices[:CHOICES_MAX] if isinstance(choices, list) else []
    text = _text(held.get("text"))
    return Prompt(text, tuple(map(_text, named))) if text or named else None


def is_of_board(current: Any) -> bool:
    """Whether a `current` message holds what a board has just said."""
    held = mapping(current)
    lines = held.get("logs")
    heard = isinstance(lines, list) and any(str(line).startswith("Recv: ") for line in lines)
    return heard or any(map(_is_reading, records(held.get("temps"))))


def age_of(history: Any) -> float | None:
    """How long before a `history` message the board said something, by the server's own clock."""
    held = mapping(history)
    now = number(held.get("serverTime"))
    times = [number(sample.get("time")) for sample in records(held.get("temps"))[-1:]]
    return now - times[0] if now is not None and times and times[0] is not None else None


def _is_reading(sample: dict[str, Any]) -> bool:
    # One with its time alone comes when the port is closed.
    return any(isinstance(heater, dict) for heater in sample.values())


def read_phase(told: dict[str, Any]) -> tuple[Phase, str]:
    """The phase that a `state` tells, and why."""
    text, flags, error = str(told.get("text", "")), mapping(told.get("flags")), told.get("error")
    if text in _BY_TEXT:
        return _BY_TEXT[text]
    for flag, phase in _BY_FLAG:
        if flags.get(flag) is True:
            return phase, _text(error) if phase is Phase.ERROR else ""
    if flags.get("closedOrError") is True:
        return (Phase.ERROR, _text(error)) if error else (Phase.DISCONNECTED, OFFLINE)
    return Phase.CONNECTING, ""


def read_temperatures(temps: Any) -> Iterator[Event]:
    """What the last of some samples tells."""
    for heaters in list(filter(_is_reading, records(temps)))[-1:]:
        tools = {name: _TOOL.fullmatch(name) for name in heaters}
        nozzles = {
            int(tool[1]): _temperature(heaters[name])
            for name, tool in tools.items()
            if tool and int(tool[1]) < NOZZLES_MAX
        }
        yield events.TemperaturesReported(
            nozzles,
            _temperature(heaters["bed"]) if "bed" in heaters else None,
            _temperature(heaters["chamber"]) if "chamber" in heaters else None,
        )


def _temperature(heater: Any) -> Temperature:
    held = mapping(heater)
    return Temperature(number(held.get("actual")), number(held.get("target")))


def _job_of(file: dict[str, Any]) -> Job:
    origin, path = str(file.get("origin") or "local"), str(file.get("path") or "")
    return Job(
        _text(file.get("display") or file.get("name")) or "a file",
        file_id(origin, path),
        bytes=int(number(file.get("size")) or 0),
    )


def _progressed(job: Job, held: dict[str, Any]) -> Job:
    progress, file = mapping(held.get("progress")), mapping(mapping(held.get("job")).get("file"))
    left_s, origin = (
        number(progress.get("printTimeLeft")),
        str(progress.get("printTimeLeftOrigin")),
    )
    return replace(
        job,
        byte=int(number(progress.get("filepos")) or 0),
        bytes=int(number(file.get("size")) or job.bytes),
        elapsed_s=number(progress.get("printTime")) or job.elapsed_s,
        left_s=left_s,
        left_from="" if left_s is None else _LEFT_FROM.get(str(origin), "analysis"),
        resends=int(number(mapping(held.get("resends")).get("count")) or 0),
    )


def _text(value: Any) -> str:
    return scrub(str(value), TEXT_MAX).strip() if value else ""
