"""Waiting for the end of something, through a backend or over a printer process's socket."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.cli.verbs.until import LOOK_EVERY_S, looks
from gbterm.errors import CommandTimeout, LinkError
from gbterm.model import PrinterState

if TYPE_CHECKING:
    from gbterm.backends.base import Backend


class End(Protocol):
    """What ends a wait. `now` is in seconds, by any clock that never goes back."""

    def saw(self, state: PrinterState, now: float) -> bool:
        """Whether it has come. Raises why it never will."""

    def lost(self, error: LinkError, now: float) -> None:
        """Nobody knows how the printer is. Raises `error` once that has lasted too long."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long is waited, None is for ever; `late` is what is said then, without the time."""

    timeout_s: float | None
    late: str

    def passed(self) -> CommandTimeout:
        """The error of a wait that took longer."""
        return CommandTimeout(f"{self.late} within {self.timeout_s:g} s.")


async def wait(backend: Backend, end: End, limit: Limit) -> PrinterState:
    """The state with which `end` has come. Raises why it never will, and CommandTimeout."""
    import asyncio

    try:
        async with asyncio.timeout(limit.timeout_s), aclosing(looks(backend)) as seen:
            async for state in seen:
                if end.saw(state, time.monotonic()):
                    break
    except TimeoutError as error:
        raise limit.passed() from error
    return backend.state


def wait_here(target: Target, end: End, limit: Limit) -> PrinterState:
    """The same of a local host, whose server may be gone; its printer process may come back."""
    began = time.monotonic()

    def pause() -> None:
        if limit.timeout_s is not None and time.monotonic() >= began + limit.timeout_s:
            raise limit.passed()
        time.sleep(LOOK_EVERY_S)

    while True:
        try:
            with PrinterSocket(target) as printer:
                while not end.saw(state := printer.look().state, time.monotonic()):
                    pause()
                return state
        except LinkError as error:
            end.lost(error, time.monotonic())
        pause()
