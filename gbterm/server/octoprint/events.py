"""What happened between two states, as OctoPrint's events: pure.

https://docs.octoprint.org/en/master/events/index.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.server.octoprint import shapes

_Event = tuple[str, dict[str, Any]]

_ENDS = {"finished": "PrintDone", "cancelled": "PrintCancelled", "failed": "PrintFailed"}


def between(old: PrinterState, new: PrinterState) -> Iterator[_Event]:
    """The events, in their order; of what began and ended meanwhile, both."""
    if shapes.words(old) != shapes.words(new):
        yield "PrinterStateChanged", {"state_string": shapes.words(new)}
    if shapes.is_operational(old) != shapes.is_operational(new):
        yield ("Connected" if shapes.is_operational(new) else "Disconnected"), {}
    if new.phase is Phase.ERROR and old.phase is not Phase.ERROR:
        yield "Error", {"error": shapes.fault(new)}
    yield from _of_job(old, new)
    if new.selected != old.selected and new.selected is not None:
        yield "FileSelected", _file(new.selected.path, new.selected.size)
    if new.position != old.position:
        place = new.position
        yield "PositionUpdate", {"x": place.x, "y": place.y, "z": place.z, "e": place.e}
    if new.active_nozzle != old.active_nozzle:
        yield "ToolChange", {"old": old.active_nozzle, "new": new.active_nozzle}


def of_plugins(old: PrinterState, new: PrinterState) -> Iterator[_Event]:
    """What the plugins tell that clients know: the printer's questions, and its words."""
    if new.prompt is not None and new.prompt != old.prompt:
        asked = {"text": new.prompt.text, "choices": list(new.prompt.choices)}
        yield "action_command_prompt", {"action": "show"} | asked
    elif new.prompt is None and old.prompt is not None:
        yield "action_command_prompt", {"action": "close"}
    for message in new.messages:
        if message not in old.messages:
            yield "action_command_notification", {"message": message.text}


def _of_job(old: PrinterState, new: PrinterState) -> Iterator[_Event]:
    before, job = old.print_job, new.print_job
    if job is None:
        return
    is_same = before is not None and before.key == job.key
    if not is_same:
        yield "PrintStarted", _file(job.name, job.bytes)
    if new.phase is Phase.PAUSED and old.phase is not Phase.PAUSED:
        yield "PrintPaused", _file(job.name, job.bytes)
    elif old.phase in (Phase.PAUSED, Phase.RESUMING) and new.phase is Phase.EXECUTING:
        yield "PrintResumed", _file(job.name, job.bytes)
    was_over = is_same and before is not None and before.outcome
    if job.outcome in _ENDS and not was_over:
        yield _ENDS[job.outcome], _file(job.name, job.bytes) | _end(job)


def _end(job: Job) -> dict[str, Any]:
    told: dict[str, Any] = {"time": job.elapsed_s}
    return told | ({"reason": "error", "error": job.reason} if job.outcome == "failed" else {})


def _file(path: str, size: int) -> dict[str, Any]:
    return {"name": path, "path": path, "origin": shapes.LOCAL, "size": size}
