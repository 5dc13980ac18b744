"""The PID of a heater: tuned, told, set."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.errors import WrongState
from gbterm.plain.command import Command, Desk, WrongWords, number
from gbterm.temperatures import heaters


async def _tune(desk: Desk, text: str) -> Sequence[str]:
    backend = desk.backend
    match text.lower().split():
        case []:
            return list((await backend.pid_tuning()).words)
        case ["stop"]:
            return list((await backend.stop_tuning()).words)
        case ["apply"]:
            return await _apply(desk)
        case [*heater, target]:
            value = number(target, "temperature in °C")
            name = "".join(heater) or f"nozzle{backend.state.active_nozzle + 1}"
            if name not in heaters(backend.state):
                raise WrongWords(f"There is no heater “{name}”.")
            told = await backend.tune_pid(name, value, confirmed=desk.confirmed)
            return list(told.words)
    raise WrongWords("Say a heater and a temperature, as bed 60, or apply or stop.")


async def _apply(desk: Desk) -> Sequence[str]:
    told = await desk.backend.pid_tuning()
    if not told.changes:
        raise WrongState(f"There is nothing to set. {told.head}")
    await desk.backend.set_board_settings(told.changes, confirmed=desk.confirmed)
    return ["What was found is set, and not stored: board_settings store does that."]


COMMANDS = (
    Command(
        "tune",
        _tune,
        "tune the PID of a heater, or tell or set what was found",
        "[HEATER C|apply|stop]",
        slow=True,
    ),
)
