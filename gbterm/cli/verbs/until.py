"""Waiting for a printer to come into a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gbterm.model import Phase, PrinterState

if TYPE_CHECKING:
    from gbterm.backends.base import Backend


async def until(backend: Backend, condition: Callable[[PrinterState], bool]) -> PrinterState:
    """The first state, now or later, of which `condition` holds. It waits for ever."""
    import asyncio

    changed = asyncio.Event()
    stop = backend.subscribe(lambda *_: changed.set())
    try:
        while not condition(backend.state):
            await changed.wait()
            changed.clear()
        return backend.state
    finally:
        stop()


def is_over(state: PrinterState) -> bool:
    """Whether no job is under way, nor begun."""
    return not state.phase.is_printing and state.phase is not Phase.STARTING
