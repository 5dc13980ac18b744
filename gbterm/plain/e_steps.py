"""The steps of an extruder: told, measured by what it pushes, set."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm import e_steps
from gbterm.errors import NeedsConfirmation
from gbterm.plain.command import Command, Desk, WrongWords, number


async def _e_steps(desk: Desk, text: str) -> Sequence[str]:
    backend, nozzle = desk.backend, desk.backend.state.active_nozzle
    e_steps.require(backend, nozzle)
    now = await e_steps.setting(backend, nozzle)
    match text.split():
        case []:
            return [f"{now.name} is {now.value}."]
        case ["push", target]:
            degrees = number(target, "temperature in °C")
            if not desk.confirmed:
                raise e_steps.question(nozzle, degrees)
            await e_steps.push(backend, nozzle, degrees, desk.say)
            return ["Measure what is left to the mark, then e_steps set and that."]
        case ["set", left]:
            then = e_steps.corrected(now.value, number(left, "length in mm"))
            if not desk.confirmed:
                odd = f" {e_steps.QUESTION_ODD}" if e_steps.is_odd(now.value, then) else ""
                raise NeedsConfirmation(
                    f"{now.name} is {now.value} and becomes {then}.{odd} Set it?"
                )
            await backend.set_board_settings({now.name: then}, confirmed=True)
            return [f"{now.name} is {then} now, and not stored: board_settings store does that."]
    raise WrongWords("Say push and a temperature, or set and the mm that are left to the mark.")


COMMANDS = (
    Command(
        "e_steps",
        _e_steps,
        "calibrate how many steps push a mm of filament",
        "[push C|set MM]",
        slow=True,
    ),
)
