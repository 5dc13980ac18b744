"""Whether the server of a printer that is followed comes back."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from gbterm.backends.base import Backend
from gbterm.cli.verbs.absence import BACK_WITHIN_S, Absence
from gbterm.cli.verbs.until import LOOK_EVERY_S, looks
from gbterm.errors import LinkError
from gbterm.model import Phase, PrinterState
from gbterm.text import scrub
from gbterm.widgets.words import PHASES

HERE = "The printer is online again."


class Reach:
    """Looked at again and again; `now` is in seconds, by any clock that never goes back."""

    def __init__(self) -> None:
        self._absence = Absence()
        self._absence.ends()  # who is followed was connected to

    def look(self, backend: Backend, now: float) -> None:
        """Raise `LinkError` once its server could not be reached for too long."""
        if backend.retry is None:
            self._absence.ends()
            return
        why = backend.state.reason.rstrip(".") or "It does not answer"
        given_up = f"{why}: given up after {BACK_WITHIN_S:g} s; try again once it is there."
        self._absence.lasts(LinkError(given_up), now)


async def reached(
    backend: Backend,
    came: asyncio.Event | None = None,
    every_s: float = LOOK_EVERY_S,
    *,
    says: bool = False,
) -> AsyncGenerator[PrinterState, None]:
    """As `looks`, while its server is there. Raises `LinkError` once it has stayed away.

    `says` is whether standard error is told when the printer goes and comes.
    """
    reach, was_away = Reach(), False
    async with aclosing(looks(backend, came, every_s)) as seen:
        async for state in seen:
            reach.look(backend, time.monotonic())
            is_away = state.phase is Phase.DISCONNECTED
            if says and is_away is not was_away and state.phase is not Phase.CONNECTING:
                print(f"gbterm: {_away(state) if is_away else HERE}", file=sys.stderr)
                was_away = is_away
            yield state


def _away(state: PrinterState) -> str:
    why = scrub(state.reason or PHASES[state.phase]).rstrip(".")
    return f"The printer is offline: {why}; this goes on once it is back."
