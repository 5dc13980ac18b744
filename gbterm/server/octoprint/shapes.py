"""The printer's state and its files in OctoPrint's shapes: pure.

Those of `gbterm.octoprint_shapes` in OctoPrint's own words for a state, and those that only its
clients read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gbterm.files import GcodeFile
from gbterm.model import Phase, PrinterState, Temperature
from gbterm.octoprint_shapes import shape

LOCAL = "local"

_WORDS = {
    Phase.DISCONNECTED: "Closed",
    Phase.CONNECTING: "Connecting",
    Phase.READY: "Operational",
    Phase.STARTING: "Starting",
    Phase.EXECUTING: "Printing",
    Phase.PAUSING: "Pausing",
    Phase.PAUSED: "Paused",
    Phase.RESUMING: "Resuming",
    Phase.CANCELLING: "Cancelling",
    Phase.FINISHING: "Finishing",
    Phase.FILAMENT_SWAP: "Paused",
    Phase.ERROR: "Offline after error",
}
_OFFLINE = (Phase.DISCONNECTED, Phase.CONNECTING, Phase.ERROR)


def words(state: PrinterState) -> str:
    """What OctoPrint calls it."""
    if state.is_given_file:
        return "Transferring file to SD"
    if state.phase is Phase.EXECUTING and state.job is not None and state.job.on_card:
        return "Printing from SD"
    return _WORDS[state.phase]


def is_operational(state: PrinterState) -> bool:
    """Whether there is a printer to talk to."""
    return state.phase not in _OFFLINE


def is_closed(state: PrinterState) -> bool:
    """Whether nobody talks to it, nor tries to."""
    return state.phase in (Phase.DISCONNECTED, Phase.ERROR)


def about_state(state: PrinterState) -> dict[str, Any]:
    """A `state` object: OctoPrint's words and its flags."""
    phase = state.phase
    flags = {
        "operational": is_operational(state),
        # As OctoPrint's own, it stays set while a print is paused on its way, or cancelled.
        "printing": phase is Phase.STARTING
        or (phase.is_printing and words(state) != "Paused" and not state.is_given_file),
        "paused": words(state) == "Paused",
        "pausing": phase is Phase.PAUSING,
        "resuming": phase is Phase.RESUMING,
        "cancelling": phase is Phase.CANCELLING,
        "finishing": phase is Phase.FINISHING,
        "error": phase is Phase.ERROR,
        "ready": phase is Phase.READY,
        "closedOrError": is_closed(state),
        "sdReady": False,
    }
    return {"text": words(state), "flags": flags, "error": fault(state)}


def fault(state: PrinterState) -> str:
    """Why nothing goes, where nothing goes."""
    return state.reason or state.last_error if state.phase is Phase.ERROR else ""


def file(record: GcodeFile, base: str) -> dict[str, Any]:
    """A file as lists tell it; `base` is the address of the server."""
    told = {
        **place(record.name, base),
        "type": "machinecode",
        "typePath": ["machinecode", "gcode"],
        "size": record.size,
        "date": unix(record.uploaded),
    }
    if analysis := _analysis(record):
        told["gcodeAnalysis"] = analysis
    return told


def place(name: str, base: str) -> dict[str, Any]:
    """Where a file is."""
    quoted = quote(name)
    refs = {
        "resource": f"{base}/api/files/{LOCAL}/{quoted}",
        "download": f"{base}/downloads/files/{LOCAL}/{quoted}",
    }
    return {"name": name, "display": name, "path": name, "origin": LOCAL, "refs": refs}


def _analysis(record: GcodeFile) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if record.print_time_sec:
        told["estimatedPrintTime"] = record.print_time_sec
    if record.print_filament_mm:
        told["filament"] = {"tool0": {"length": record.print_filament_mm, "volume": None}}
    return told


def unix(uploaded: str) -> int | None:
    """The time that a record of the library tells, in seconds."""
    try:
        return int(datetime.strptime(uploaded, "%Y-%m-%d %H:%M:%S.%f").timestamp())  # noqa: DTZ007
    except ValueError:
        return None


def printer(state: PrinterState, exclude: Collection[str] = ()) -> dict[str, Any]:
    """An answer of `/api/printer`, without what to `exclude`."""
    told = {
        "temperature": temperatures(state),
        "sd": {"ready": False},
        "state": about_state(state),
    }
    return {name: part for name, part in told.items() if name not in exclude}


def temperatures(state: PrinterState) -> dict[str, Any]:
    """All heaters now, by OctoPrint's names."""
    told = shape("tool", state) | shape("bed", state)
    return told | ({"chamber": _heater(state.chamber)} if state.chamber is not None else {})


def _heater(one: Temperature) -> dict[str, float | None]:
    return {"actual": one.current, "target": one.target, "offset": 0}


def sample(told: Mapping[str, Any]) -> dict[str, Any]:
    """One of the readings of `get_temperature_history`."""
    heaters = {f"tool{index}": pair for index, pair in enumerate(told["nozzles"])}
    heaters |= {"bed": told["bed"], "chamber": told["chamber"]}
    readings = {
        name: {"actual": pair[0], "target": pair[1]} for name, pair in heaters.items() if pair
    }
    return {"time": int(told["at"]), **readings}


def job(state: PrinterState) -> dict[str, Any]:
    """An answer of `/api/job`."""
    told = shape("job", state) | {"state": words(state)}
    told.pop("error", None)
    selected, under_way = state.selected, state.job
    time_s = selected.time_s if selected and not under_way else None
    if under_way is not None and under_way.left_s is not None and not under_way.outcome:
        time_s = under_way.elapsed_s + under_way.left_s
    if selected is not None and under_way is None:
        told["job"]["file"]["size"] = selected.size or None
    if under_way is not None and under_way.outcome in ("cancelled", "failed"):
        told["progress"] = dict.fromkeys(told["progress"])  # OctoPrint forgets how far it came
    told["job"]["file"]["display"] = told["job"]["file"]["name"]
    times = ("averagePrintTime", "lastPrintTime")
    told["job"] |= {"estimatedPrintTime": time_s, "filament": None} | dict.fromkeys(times)
    return told | ({"error": why} if (why := fault(state)) else {})
