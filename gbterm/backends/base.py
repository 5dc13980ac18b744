"""What a printer can be asked and what it reports, the same for every kind of backend.

The console, the command line and the server know printers through this interface alone. A backend
that can't do something lacks the `Capability` and raises `NotSupported`; nothing is ignored in
silence.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from gbterm.apply import apply
from gbterm.backends.abilities import Abilities
from gbterm.backends.capability import Capability
from gbterm.config import Limits
from gbterm.connection import Machine, Retry
from gbterm.errors import NotSupported, WrongState
from gbterm.events import Event
from gbterm.freshness import Freshness, freshness
from gbterm.model import PrinterState, StopReport
from gbterm.octoprint_shapes import Told, shape

TARGETS_S = 5.0
"""A board beside a print answers after the few moves that it was given before."""

Clock = Callable[[], float]
"""Seconds that never go back."""

Listener = Callable[[Event, PrinterState], None]
"""Called on the loop after each event with the state that it led to. It must not block."""


class Backend(Abilities, ABC):
    """One printer. Commands return once the printer process accepted them, or raise."""

    clock: Clock = staticmethod(time.monotonic)
    """What `heard_at` is by."""
    grants_keys: bool = False
    """Whether its server can be asked for a key."""

    def __init__(self) -> None:
        self._state = PrinterState()
        self._listeners: list[Listener] = []

    @property
    def state(self) -> PrinterState:
        """The latest state; a new object whenever something changed."""
        return self._state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every event from now on; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def report(self, event: Event) -> None:
        """Apply `event` and tell the listeners. For backends, not for their users."""
        self._state = apply(self._state, event)
        for listener in tuple(self._listeners):
            listener(event, self._state)

    @property
    @abstractmethod
    def capabilities(self) -> Capability:
        """What this backend can do with the printer that it is connected to."""

    @property
    def limits(self) -> Limits | None:
        """What the printer's host lets nobody exceed; None where it doesn't tell."""
        return None

    @property
    def machine(self) -> Machine | None:
        """What the printer's server knows of the machine; None where it doesn't tell."""
        return None

    @property
    def heard_at(self) -> float | None:
        """When anything was last heard of the printer, by `clock`; None before that."""
        return None

    @property
    def retry(self) -> Retry | None:
        """How it tries to reach its server again; None while nothing is broken."""
        return None

    def freshness(self, step_s: int = 1) -> Freshness:
        """How old is what it knows; an age below a minute in steps of `step_s`."""
        return freshness(self.state.phase, self.heard_at, self.retry, self.clock(), step_s)

    def lack(self, capability: Capability) -> str:
        """Why it hasn't `capability`, as the end of a sentence."""
        del capability
        return "this printer's server can't"

    def require(self, capability: Capability, what: str) -> None:
        """Raise `NotSupported` naming this backend unless it has `capability`.

        Raises `AuthenticationRefused` where its server has it, but not for this key.
        """
        if capability not in self.capabilities:
            raise NotSupported(f"{self.name} can't {what}.")

    @abstractmethod
    async def connect(self) -> None:
        """Reach the printer or its server. Raises `LinkError` or `AuthenticationRefused`."""

    @abstractmethod
    async def close(self) -> None:
        """Leave; a print goes on wherever something else than this process drives it."""

    async def server_json(self, what: Told) -> Any:
        """What an OctoPrint answers: its own answer, or the same shape from what is known here.

        Raises `WrongState` for the heaters of a printer that isn't connected.
        """
        commands = await self.commands() if what == "commands" else ()
        return shape(what, self.state, self.host_version, commands)

    async def targets(self) -> dict[str, float | None]:
        """What the heaters are to reach in °C, asked for now: `tool0` …, `bed` and `chamber`.

        Raises `WrongState` where the board is too busy to say so: it may have been given others.
        """
        if Capability.GCODE in self.capabilities:
            try:
                async with asyncio.timeout(TARGETS_S):
                    await self.send_gcode("M105")
            except TimeoutError as error:
                raise WrongState(
                    f"{self.name} is too busy to tell its targets: say how hot it is to be, as by"
                    " gbterm settemp or setbed."
                ) from error
        state = self.state
        found = {f"tool{index}": nozzle.target for index, nozzle in enumerate(state.nozzles)}
        found["bed"] = state.bed.target
        return found if state.chamber is None else found | {"chamber": state.chamber.target}

    @abstractmethod
    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        """Set targets in °C, 0 is off; nozzles by index from 0. Raises `OutOfRange`."""

    @abstractmethod
    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        """Move the head in mm; an axis that is None stays where it is. Raises `WrongState`."""

    @abstractmethod
    async def home(self, axes: str = "xyz") -> None:
        """Home the axes named by letter. Raises `WrongState`."""

    @abstractmethod
    async def pause(self) -> None:
        """Pause the job; done already is no error. Raises `WrongState` without a job."""

    @abstractmethod
    async def resume(self) -> None:
        """Resume the job; done already is no error. Raises `WrongState` without a job."""

    @abstractmethod
    async def cancel(self) -> None:
        """End the job and turn the heaters off; without one, forget a print that was lost.

        Raises `WrongState` where there is neither.
        """

    @abstractmethod
    async def emergency_stop(self) -> StopReport:
        """Halt the printer now, past every queue, and say whether it confirmed."""
