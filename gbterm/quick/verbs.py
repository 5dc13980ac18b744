"""What can be done so: each by one request, where the whole program would do no more."""

from __future__ import annotations

from gbterm.quick import Beyond, profile

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from gbterm.quick.http import Http
    from gbterm.quick.line import Line

CONNECTED = ("READY", "EXECUTING", "PAUSED", "FILAMENT_SWAP")
TOLD = (*CONNECTED, "DISCONNECTED", "ERROR")
"""Phases that are called as the states of OpenGB that they are shown as."""


def answer(name: str, words: list[str]) -> str:
    """Do what the launcher `name` and its `words` ask for; returns what is printed.

    Raises `Beyond` and `Failed`.
    """
    of_kind = QUICK.get(name)
    # Before anything is asked: what is wrong with them, the whole program says.
    if of_kind is None or tuple(words) not in of_kind[2]:
        raise Beyond
    kind, shown, *held = profile.read()
    if kind == "octoprint":
        from gbterm.quick.http import Http

        return of_kind[0](Http(*held), shown, words)
    from gbterm.quick.line import Line

    return of_kind[1](Line(*held), shown, words)


def _pause(server: Http, shown: str, words: list[str]) -> str:
    del shown, words
    server.post("/api/job", '{"command": "pause", "action": "pause"}')
    return ""


def _pause_here(printer: Line, shown: str, words: list[str]) -> str:
    del shown, words
    printer.call("pause_print")
    return ""


def _status(server: Http, shown: str, words: list[str]) -> str:
    current = _asked(server, "/api/connection").get("current")
    return _state(current.get("state") if isinstance(current, dict) else None, shown, words)


def _status_here(printer: Line, shown: str, words: list[str]) -> str:
    phase = _snapshot(printer).get("phase")
    return _state(phase if phase in TOLD else None, shown, words)


def _state(state: object, shown: str, words: list[str]) -> str:
    if not isinstance(state, str) or not state.isascii() or not state.isprintable():
        raise Beyond
    return f"{state}\n" if words else f"Machine: {shown}\n{state}\n"


def _nozzles(server: Http, shown: str, words: list[str]) -> str:
    del shown, words
    return _numbers(_asked(server, "/api/printer/tool").values())


def _bed(server: Http, shown: str, words: list[str]) -> str:
    del shown, words
    return _numbers(_asked(server, "/api/printer/bed").values())


def _nozzles_here(printer: Line, shown: str, words: list[str]) -> str:
    del shown, words
    state = _connected(printer)
    nozzles = state.get("nozzles")
    return _numbers(nozzles if isinstance(nozzles, list) else [], "current")


def _bed_here(printer: Line, shown: str, words: list[str]) -> str:
    del shown, words
    return _numbers([_connected(printer).get("bed")], "current")


def _numbers(heaters: Iterable[Any], member: str = "actual") -> str:
    """A line each. Raises `Beyond` where one is missing: the whole program says so."""
    lines = ""
    for heater in heaters:
        if isinstance(heater, dict):
            read = heater.get(member)
            if not isinstance(read, int | float):
                raise Beyond
            lines += f"{round(float(read), 2)}\n"
    if not lines:
        raise Beyond
    return lines


def _asked(server: Http, path: str) -> dict[str, Any]:
    from gbterm.quick.json_text import parse

    try:
        told = parse(server.get(path))
    except ValueError as error:
        raise Beyond from error
    return _members(told)


def _snapshot(printer: Line) -> dict[str, Any]:
    return _members(_members(printer.call("get_snapshot")).get("state"))


def _connected(printer: Line) -> dict[str, Any]:
    state = _snapshot(printer)
    if state.get("phase") not in CONNECTED:
        raise Beyond
    return state


def _members(told: object) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise Beyond
    return told


NO_WORDS = ((),)

QUICK: dict[
    str,
    tuple[
        Callable[[Http, str, list[str]], str],
        Callable[[Line, str, list[str]], str],
        tuple[tuple[str, ...], ...],
    ],
] = {
    "8status": (_status, _status_here, ((), ("-q",))),
    "8gettemp": (_nozzles, _nozzles_here, NO_WORDS),
    "8getbed": (_bed, _bed_here, NO_WORDS),
    "8pause": (_pause, _pause_here, NO_WORDS),
}
"""For an OctoPrint, for a host of this machine, and the words that may follow."""
