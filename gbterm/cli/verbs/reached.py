"""Waiting until something is true of a printer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gbterm.cli.verbs.until import until
from gbterm.errors import CommandTimeout
from gbterm.model import Phase, PrinterState

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

_LOST = (Phase.DISCONNECTED, Phase.ERROR)


async def reached(
    backend: Backend, condition: Callable[[PrinterState], bool], timeout_s: float, to: str
) -> None:
    """Return once `condition` holds.

    Raises `WrongState` once the printer is out of reach or in ERROR, and `CommandTimeout`; `to`
    ends the sentence that says what it can't do.
    """
    import asyncio

    from gbterm.backends.doing import wrong_state

    try:
        async with asyncio.timeout(timeout_s):
            state = await until(backend, lambda state: condition(state) or state.phase in _LOST)
    except TimeoutError as error:
        late = f"{backend.name} did not {to} within {timeout_s:g} s: look at the printer."
        raise CommandTimeout(late) from error
    if not condition(state):
        raise wrong_state(backend.name, state.phase, to)
