"""How a plain OpenGB server is asked: it takes nearly everything and answers `true` at once.

So what would do harm there is refused here, and what is only queued there is waited for.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from gbterm import events
from gbterm.backends.opengb import plain_file
from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.peer import ANSWER_S, Peer
from gbterm.backends.opengb.tellings import Met, Tellings, entered, is_position
from gbterm.errors import NotSupported, OutOfRange, WrongState
from gbterm.jobs import Job
from gbterm.model import Message, Phase, PrinterState

HOTTEST_C = {"bed": 200.0, "nozzle1": 500.0, "nozzle2": 500.0}
"""More than any printer bears; its own limits the server doesn't tell."""
WHERE_TIMES = 4
"""What it tells next of the place may be of before a move that somebody else made, as with
`place.MOVES`: one question can wait there, and two be under way among the four commands that it has
unanswered."""
EXTRUDE_MM_S = 5.0
"""It wants to be told."""

_OWN_SPEED = "{} knows no speed of moves: the head moves as fast as it or the printer decides."
_HARMS = "{} can't {} during a print, which would go on {}: cancel the print first."
_RELATIVELY, _FREED = "in relative coordinates", "with motors that lost their place"


class Cautious:
    """Calls by the names and parameters of gbterm's own API. `who` names the printer."""

    def __init__(self, peer: Peer, open_channel: Open, who: str) -> None:
        self._peer, self._open, self._who = peer, open_channel, who
        self._tellings = Tellings(peer, who)
        self._turn = asyncio.Lock()
        self._told_of_speed = False
        self._ways: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "set_temp": self._set_temp,
            "set_fan_speed": self._set_fan,
            "pause_print": self._pause,
            "resume_print": self._resume,
            "cancel_print": self._cancel,
        }
        self._in_turn: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "move_head_relative": self._move,
            "move_head_absolute": self._move_to,
            "home_head": partial(self._idle, "home_head", "home the head"),
            "retract_filament": partial(self._extrude, "retract_filament"),
            "unretract_filament": partial(self._extrude, "unretract_filament"),
            "enable_steppers": partial(self._idle, "enable_steppers", "switch the motors"),
            "disable_steppers": partial(self._idle, "disable_steppers", "switch the motors"),
            "print_gcode_file": self._print,
        }

    def heard(self, event: events.Event | None, state: PrinterState) -> None:
        """What the server told, and what it led to."""
        self._tellings.heard(event, state)

    async def call(self, method: str, params: dict[str, Any], timeout_s: float = ANSWER_S) -> Any:
        """The result, once the server did it as far as it tells.

        Raises `OutOfRange`, `WrongState`, `NotSupported`, `NoSuchFile`, `CommandTimeout`, what
        `Peer.call` raises and, for a print, what `plain_file.check` does.
        """
        if not all(math.isfinite(value) for value in params.values() if isinstance(value, float)):
            raise OutOfRange(f"{self._who} can't take what is no number.")
        try:
            if way := self._in_turn.get(method):
                async with self._turn:
                    await self._tellings.at_rest()
                    return await way(params)
            way = self._ways.get(method)
            return await (way(params) if way else self._peer.call(method, params, timeout_s))
        except WrongState as error:
            raise plain_file.error_with(params.get("id"), error) from error

    async def _set_temp(self, params: dict[str, Any]) -> Any:
        for heater, target in params.items():
            if heater not in HOTTEST_C:
                what = "no chamber" if heater == "chamber" else "two nozzles only"
                raise NotSupported(f"{self._who} knows {what}.")
            if not 0 <= target <= HOTTEST_C[heater]:
                raise OutOfRange(f"No {heater} takes {target:g} °C: 0 to {HOTTEST_C[heater]:g}.")
        if len(self._state.nozzles) > 1 and self._state.phase.is_printing and set(params) - {"bed"}:
            # It selects the nozzle first.
            what = "set a nozzle's temperature"
            raise WrongState(_HARMS.format(self._who, what, "with that nozzle"))
        return await self._peer.call("set_temp", params)

    async def _move(self, params: dict[str, Any]) -> Any:
        self._tell_of_speed(params.pop("rate", None))
        return await self._idle("move_head_relative", "move the head", params)

    async def _move_to(self, params: dict[str, Any]) -> Any:
        """An axis that is left out would go to 0, and where the head is may be told no more."""
        self._tell_of_speed(params.pop("rate", None))
        if set(params) != set("xyz"):
            nowhere = dict.fromkeys("xyz", 0)
            for _ in range(WHERE_TIMES):
                await self._idle("move_head_relative", "move the head", nowhere, is_position)
            params = {axis: getattr(self._state.position, axis) for axis in "xyz"} | params
        return await self._idle("move_head_absolute", "move the head", params)

    def _tell_of_speed(self, rate: float | None) -> None:
        if rate is not None and not self._told_of_speed:
            self._told_of_speed = True
            self._peer.report(
                events.MessageReported(Message(_OWN_SPEED.format(self._who), at=time.time()))
            )

    async def _extrude(self, method: str, params: dict[str, Any]) -> Any:
        if params["head"] not in (0, 1):
            raise NotSupported(f"{self._who} knows two nozzles only.")
        return await self._idle(method, "move filament", {"rate": EXTRUDE_MM_S} | params)

    async def _idle(
        self, method: str, what: str, params: dict[str, Any], met: Met | None = None
    ) -> Any:
        """Call `method` where nothing is printed, and wait until `met`."""
        if self._state.phase.is_printing:
            how = _FREED if "motors" in what else _RELATIVELY
            raise WrongState(_HARMS.format(self._who, what, how))
        self._ready(what)
        if met is None:
            return await self._peer.call(method, params)
        return await self._tellings.until(
            met, f"where the head is, so it can't {what}", method, params
        )

    async def _set_fan(self, params: dict[str, Any]) -> Any:
        if params["fan"] not in (0, 1):
            raise NotSupported(f"{self._who} knows the fans 0 and 1 only.")
        if not 0 <= params["percent"] <= 100:
            raise OutOfRange(f"A fan takes 0 to 100 %, not {params['percent']:g}.")
        whole = {"percent": round(params["percent"])}
        return await self._peer.call("set_fan_speed", params | whole)

    async def _pause(self, _: dict[str, Any]) -> Any:
        if self._printing("pause") is not Phase.PAUSED:
            return await self._tellings.until(
                entered(Phase.PAUSED), "that it paused", "pause_print"
            )
        return True

    async def _resume(self, _: dict[str, Any]) -> Any:
        if self._printing("resume") is not Phase.EXECUTING:
            return await self._tellings.until(
                entered(Phase.EXECUTING), "that it goes on", "resume_print"
            )
        return True

    async def _cancel(self, _: dict[str, Any]) -> Any:
        self._printing("cancel")
        job = self._state.job or Job("")
        self._peer.report(events.JobChanged(replace(job, outcome="cancelled")))
        # It leaves the heaters as they are.
        heaters = ["bed", *(f"nozzle{n}" for n in range(1, max(1, len(self._state.nozzles)) + 1))]
        ended = self._tellings.until(entered(Phase.READY), "that the print ended", "cancel_print")
        try:
            return await ended
        finally:
            await self._peer.call("set_temp", dict.fromkeys(heaters, 0))

    async def _print(self, params: dict[str, Any]) -> Any:
        self._ready("print")
        file_id = int(params["id"])
        record = await self._peer.call("get_gcode_file", {"id": file_id})
        name = str(record.get("name", ""))
        content = await plain_file.fetch(self._open, file_id)
        await asyncio.to_thread(
            plain_file.check, content, name, is_confirmed=params.get("confirmed", False)
        )
        began = entered(Phase.EXECUTING)
        await self._tellings.until(
            began, "that the print began", "print_gcode_file", {"id": file_id}
        )
        job = self._state.job or Job("")
        self._peer.report(events.JobChanged(replace(job, name=name, file_id=file_id)))
        return True

    @property
    def _state(self) -> PrinterState:
        return self._peer.state

    def _ready(self, what: str) -> None:
        if self._state.phase is not Phase.READY:
            raise WrongState(f"{self._who} can't {what} now: it is {self._state.phase.value}.")

    def _printing(self, what: str) -> Phase:
        """It would pause without a job, and make READY of an error."""
        if not self._state.phase.is_printing:
            raise WrongState(f"{self._who} can't {what}: nothing is being printed.")
        return self._state.phase
