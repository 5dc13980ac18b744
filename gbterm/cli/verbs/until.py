"""Waiting for a printer to come into a state."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from gbterm.model import PrinterState

if TYPE_CHECKING:
    import asyncio

    from gbterm.backends.base import Backend

LOOK_EVERY_S = 0.5


async def looks(
    backend: Backend, came: asyncio.Event | None = None, every_s: float = LOOK_EVERY_S
) -> AsyncGenerator[PrinterState, None]:
    """Its state now, whenever something was reported or `came` was set, and every `every_s`."""
    import asyncio

    came = came or asyncio.Event()
    stop = backend.subscribe(lambda *_: came.set())
    try:
        while True:
            came.clear()
            yield backend.state
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await came.wait()
    finally:
        stop()


async def until(backend: Backend, condition: Callable[[PrinterState], bool]) -> PrinterState:
    """The first state, now or later, of which `condition` holds. It waits for ever."""
    async with aclosing(looks(backend)) as seen:
        async for state in seen:
            if condition(state):
                return state
    return backend.state


def is_over(state: PrinterState) -> bool:
    """Whether no job is under way, nor begun."""
    return not state.has_print
