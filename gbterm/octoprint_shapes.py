"""What is known of a printer in the shapes of OctoPrint's answers, which scripts read.

The members are those of OctoPrint's API reference: `api/version`, `api/connection`,
`api/printer/tool`, `api/printer/bed`, `api/job` and `api/system/commands`. What nobody
knows here is null.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from gbterm.actions import HostCommand
from gbterm.errors import WrongState
from gbterm.freshness import OUT_OF_REACH
from gbterm.model import PrinterState, Temperature

Told = Literal["version", "connection", "tool", "bed", "job", "commands"]


def shape(
    what: Told,
    state: PrinterState,
    version: str = "",
    commands: Iterable[HostCommand] = (),
) -> dict[str, Any]:
    """What an OctoPrint would answer; `version` and `commands` are its host's.

    The printer's state is told by its OpenGB name. Raises `WrongState` for the heaters of a printer
    that isn't connected.
    """
    match what:
        case "version":
            text = f"gbterm {version}" if version else "OpenGB"
            return {"api": None, "server": version or None, "text": text}
        case "connection":
            return {"current": {"state": state.state.value} | _UNKNOWN}
        case "tool":
            return {
                f"tool{index}": _heater(nozzle)
                for index, nozzle in enumerate(_connected(state).nozzles)
            }
        case "bed":
            return {"bed": _heater(_connected(state).bed)}
        case "job":
            return _job(state)
        case "commands":
            return {"core": [], "custom": [_command(one) for one in commands], "plugin": []}


_UNKNOWN = {"port": None, "baudrate": None, "printerProfile": None}


def _connected(state: PrinterState) -> PrinterState:
    if state.phase in OUT_OF_REACH:
        why = state.reason.rstrip(".") or "it does not answer"
        raise WrongState(f"The printer is not connected ({why}): connect it with gbterm connect.")
    return state


def _heater(heater: Temperature) -> dict[str, float | None]:
    return {"actual": heater.current, "target": heater.target, "offset": 0}


def _command(command: HostCommand) -> dict[str, Any]:
    name = command.description or command.name
    about = {"action": command.name, "name": name, "source": "custom"}
    return about | ({"confirm": command.confirm} if command.confirm else {})


def _job(state: PrinterState) -> dict[str, Any]:
    job, selected = state.job, state.selected
    name = job.name if job else selected.path.rpartition("/")[2] if selected else None
    file = {
        "name": name,
        "path": selected.path if selected and not job else name,
        "origin": "sdcard" if job and job.on_card else "local" if name else None,
        "size": job.bytes if job else None,
    }
    progress = {
        "completion": round(job.fraction * 100, 3) if job else None,
        "filepos": job.byte if job else None,
        "printTime": round(job.elapsed_s) if job else None,
        "printTimeLeft": round(job.left_s) if job and job.left_s is not None else None,
        "printTimeLeftOrigin": job.left_from or None if job else None,
    }
    error = {"error": state.last_error} if state.last_error else {}
    return {"job": {"file": file}, "progress": progress, "state": state.state.value} | error
