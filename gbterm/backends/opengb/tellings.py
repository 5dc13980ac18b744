"""Waiting for what a plain OpenGB server tells: its `true` means that it queued something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gbterm import events
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import CommandTimeout
from gbterm.model import Phase, Position, PrinterState

TELLS_S = 10.0
"""It tells of what it did one thing each 10 ms, so it may fall behind."""

Met = Callable[[events.Event | None, PrinterState], object]


class Tellings:
    """What the server of `peer` tells. `who` names the printer."""

    def __init__(self, peer: Peer, who: str) -> None:
        self._peer, self._who = peer, who
        self._waiting: set[Callable[[events.Event | None, PrinterState], None]] = set()

    def heard(self, event: events.Event | None, state: PrinterState) -> None:
        """What the server told, and what it led to."""
        for waiting in tuple(self._waiting):
            waiting(event, state)

    async def until(
        self, met: Met, what: str, method: str, params: dict[str, Any] | None = None
    ) -> Any:
        """Call `method` and wait for what the server tells then; `what` says of what.

        Raises `CommandTimeout` and what `Peer.call` raises.
        """
        with self._watch(met) as told:
            try:
                result = await self._peer.call(method, params or {})
                async with asyncio.timeout(TELLS_S):
                    await told.wait()
            except TimeoutError as error:
                raise CommandTimeout(
                    f"{self._who} took {method}, but has not told within {TELLS_S:g} s {what}."
                ) from error
        return result

    async def at_rest(self) -> None:
        """Wait until the place of the last move was told, or never will be.

        Raises `CommandTimeout` where it may be told later; not for a server that tells nothing.
        """
        with self._watch(lambda *_: not self._is_awaited) as told:
            if not self._is_awaited:
                return
            try:
                async with asyncio.timeout(TELLS_S):
                    await told.wait()
            except TimeoutError as error:
                if self._peer.state.nozzles[0].current is not None:
                    raise CommandTimeout(
                        f"{self._who} is still moving, or has not told where the head is:"
                        " try again once it shows that."
                    ) from error

    @property
    def _is_awaited(self) -> bool:
        return self._peer.is_place_due and self._peer.state.phase is Phase.READY

    @contextmanager
    def _watch(self, met: Met) -> Iterator[asyncio.Event]:
        told = asyncio.Event()

        def waiting(event: events.Event | None, state: PrinterState) -> None:
            if met(event, state):
                told.set()

        self._waiting.add(waiting)
        try:
            yield told
        finally:
            self._waiting.discard(waiting)


def entered(phase: Phase) -> Met:
    """It is in `phase`."""
    return lambda _, state: state.phase is phase


def is_position(event: events.Event | None, _: PrinterState) -> bool:
    """It tells where the head is."""
    return isinstance(event, events.PositionReported) and event.position != Position()
