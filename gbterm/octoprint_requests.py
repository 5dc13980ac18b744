"""What an OctoPrint is asked to do: the path and the body of each request, and its words for that.

The shapes are those of OctoPrint 1.11. Imports nothing, as the launchers' quick path wants it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    Request: TypeAlias = tuple[str, dict[str, Any]]

JOB, COMMAND = "/api/job", "/api/printer/command"
TOOL, BED = "/api/printer/tool", "/api/printer/bed"
CHAMBER, HEAD = "/api/printer/chamber", "/api/printer/printhead"
PROMPT, PROFILES = "/api/plugin/action_command_prompt", "/api/printerprofiles"

LOST = ("Offline", "Closed", "Error")
"""How its words for a closed port begin."""
IDLE = ("Operational", *LOST)

HOTTEST_C = 1000.0
"""It knows no limits: past this a number is a mistake."""
CONNECT_S, ANSWER_S = 8.0, 30.0


def number(value: float) -> float:
    """Four places, and never an exponent, which a board reads as an axis."""
    rounded = round(float(value), 4)
    return int(rounded) if rounded.is_integer() else rounded


def heat_nozzles(targets: Mapping[int, float]) -> Request:
    """Targets in °C, by nozzles from 0."""
    wanted = {f"tool{index}": number(target) for index, target in targets.items()}
    return TOOL, {"command": "target", "targets": wanted}


def heat(path: str, target: float) -> Request:
    """The target of the `BED` or the `CHAMBER` in °C."""
    return path, {"command": "target", "target": number(target)}


def jog(by: Mapping[str, float], *, absolute: bool = False, mm_min: float | None = None) -> Request:
    """Move the axes by or to so many mm; without a rate, that of the slowest axis named.

    No axis may be named that stays, for it slows down the others.
    """
    speed = {} if mm_min is None else {"speed": number(mm_min)}
    moves = {axis: number(mm) for axis, mm in by.items()}
    return HEAD, {"command": "jog", "absolute": absolute, **moves, **speed}


def home(axes: Sequence[str]) -> Request:
    """Home these of x, y and z."""
    return HEAD, {"command": "home", "axes": list(axes)}


def set_speed(percent: float) -> Request:
    """How fast it moves. A fraction would be taken for a factor: 1.0 is all of it."""
    return HEAD, {"command": "feedrate", "factor": round(percent)}


def set_flow(percent: float) -> Request:
    """How much the nozzle in use feeds, as `set_speed`."""
    return TOOL, {"command": "flowrate", "factor": round(percent)}


def send(*lines: str) -> Request:
    """Send G-code."""
    return COMMAND, {"commands": list(lines)}


def pause(action: str) -> Request:
    """`pause` or `resume` the job; done already is done."""
    return JOB, {"command": "pause", "action": action}


def start() -> Request:
    """Print what is selected; without a file, this does nothing."""
    return JOB, {"command": "start"}


def answer(choice: int) -> Request:
    """Answer what the firmware asks."""
    return PROMPT, {"command": "select", "choice": choice}
