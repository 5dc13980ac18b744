"""Commands for a host of this machine: its printer process does what the board may do."""

from __future__ import annotations

from gbterm import orders
from gbterm.quick import Beyond, words
from gbterm.quick.json_text import members, text
from gbterm.quick.line import Line

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gbterm.quick.profile import Known

    Call = tuple[str, dict[str, Any]]
    """A method of docs/api.md and its parameters."""

CONNECTED = ("READY", "EXECUTING", "PAUSED", "FILAMENT_SWAP")
TOLD = (*CONNECTED, "DISCONNECTED", "ERROR")
"""Phases that are called as the states of OpenGB that they are shown as."""


def answer(known: Known, name: str, given: list[str]) -> str:
    """What the command prints. Raises `Beyond` and `Failed`."""
    if name in READINGS:
        if given and (name, given) != ("8status", ["-q"]):
            raise Beyond
        return READINGS[name](_snapshot(Line(*known.leads)), known, given)
    if name not in CALLS:
        raise Beyond
    # Before anything is asked: what is wrong with them, the whole program says.
    try:
        method, params = CALLS[name](given, known)
    except ValueError as error:
        raise Beyond from error
    printer = Line(*known.leads)
    if name == "8click" and _snapshot(printer).get("prompt") is None:
        raise Beyond
    printer.call(method, text(params))
    return ""


def _snapshot(printer: Line) -> dict[str, Any]:
    return members(members(printer.call("get_snapshot")).get("state"))


def _status(state: dict[str, Any], known: Known, given: list[str]) -> str:
    from gbterm.quick import reading

    phase = state.get("phase")
    return reading.state(phase if phase in TOLD else None, known.shown, given)


def _nozzles(state: dict[str, Any], known: Known, given: list[str]) -> str:
    del known, given
    nozzles = state.get("nozzles")
    return _temperatures(state, nozzles if isinstance(nozzles, list) else [])


def _bed(state: dict[str, Any], known: Known, given: list[str]) -> str:
    del known, given
    return _temperatures(state, [state.get("bed")])


def _temperatures(state: dict[str, Any], heaters: list[Any]) -> str:
    from gbterm.quick.reading import temperatures

    if state.get("phase") not in CONNECTED:
        raise Beyond
    return temperatures(heaters, "current")


def _alone(method: str, params: dict[str, Any] | None = None) -> Callable[..., Call]:
    """A call that takes no words."""

    def call(given: list[str], known: Known) -> Call:
        del known
        words.none(given)
        return method, params or {}

    return call


def _send(line: str) -> Call:
    return "send_gcode", {"commands": line, "wait": False}


def _home(given: list[str], known: Known) -> Call:
    del known
    axes = orders.axes(given)
    return "home_head", {axis: axis in axes for axis in "xyz"}


READINGS: dict[str, Callable[[dict[str, Any], Known, list[str]], str]] = {
    "8status": _status,
    "8gettemp": _nozzles,
    "8getbed": _bed,
}

CALLS: dict[str, Callable[[list[str], Known], Call]] = {
    "8settemp": lambda given, _: (
        "set_temp",
        {"nozzle1": words.number(given, orders.LEAST_C, orders.MOST_C)},
    ),
    "8setbed": lambda given, _: (
        "set_temp",
        {"bed": words.number(given, orders.LEAST_C, orders.MOST_C)},
    ),
    "8jog": lambda given, _: ("move_head_relative", words.jog(given)),
    "8home": _home,
    "8speed": lambda given, _: ("set_speed_override", {"percent": words.percent(given)}),
    "8feed": lambda given, _: ("set_extrude_override", {"percent": words.percent(given)}),
    "8fan": lambda given, _: ("set_fan_speed", {"fan": 0, "percent": words.fan(given)}),
    "8msg": lambda given, _: _send(words.message(given)),
    "8fan2": lambda given, known: _send(words.fan2(given, known)),
    "8servo": lambda given, _: _send(words.servo(given)),
    "8beep": lambda given, known: _send(words.beep(given, known)),
    "8stepon": _alone("enable_steppers"),
    "8stepoff": _alone("disable_steppers"),
    "8click": _alone("answer_prompt", {"choice": 0}),
    "8pause": _alone("pause_print"),
    "8resume": _alone("resume_print"),
    "8cancel": _alone("cancel_print"),
}
