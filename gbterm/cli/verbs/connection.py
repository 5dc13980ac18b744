"""The connection of the printer to what drives it, and the emergency stop."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from gbterm.cli import remote
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target
from gbterm.cli.verbs.until import until
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Verb
from gbterm.errors import CommandTimeout, GbtermError, PrinterError
from gbterm.freshness import OUT_OF_REACH
from gbterm.model import Phase, PrinterState

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

CONNECTED_WITHIN_S = 75.0
"""OctoPrint takes a while to close a port, and half a minute to give up opening one."""
TOLD_WITHIN_S = 5.0
STOP_WITHIN_S = 10.0
"""A board that is busy may take a while until it says that it halted."""


async def _connect(asked: Asked) -> Answer:
    await asked.backend.connect_printer()
    return await _connected(asked.backend)


async def _reconnect(asked: Asked) -> Answer:
    await asked.backend.reconnect()
    return await _connected(asked.backend)


async def _disconnect(asked: Asked) -> Answer:
    backend = asked.backend
    await backend.disconnect_printer(confirmed=asked.confirmed)
    await _is_so(backend, lambda state: state.phase in OUT_OF_REACH)
    return DONE


async def _connected(backend: Backend) -> Answer:
    """Wait until its printer is. Raises what keeps it from that."""
    try:
        # An error that is told may be of before: a server pushes its state after its answer.
        await _is_so(backend, lambda state: state.phase not in (*OUT_OF_REACH, Phase.ERROR))
    except CommandTimeout:
        state = backend.state
        if state.phase is not Phase.ERROR:
            raise
        why = state.reason.rstrip(".") or state.last_error.rstrip(".") or "it doesn't say why"
        raise PrinterError(
            f"The printer is connected, but stopped ({why}): look at it, then gbterm reconnect."
        ) from None
    return DONE


async def _is_so(backend: Backend, holds: Callable[[PrinterState], bool]) -> None:
    """Wait until the state that comes after an answer `holds`. Raises `CommandTimeout`."""
    import asyncio

    try:
        async with asyncio.timeout(TOLD_WITHIN_S):
            await until(backend, holds)
    except TimeoutError as error:
        raise CommandTimeout(
            f"{backend.name} did not say in time whether that is done: look with gbterm status."
        ) from error


def _estop(target: Target, args: argparse.Namespace) -> Answer:
    """Halt the printer now, and say whether it confirmed."""
    del args
    try:
        _halt(target)
    except GbtermError as error:
        raise type(error)(f"{error} Unless the printer stopped, cut its power.") from error
    return Answer(("The printer confirmed that it stopped.",), {"confirmed": True})


def _halt(target: Target) -> None:
    if target.host:
        with PrinterSocket(target, STOP_WITHIN_S) as printer:
            printer.call("emergency_stop")
        return
    remote.stop(target)


VERBS = (
    Verb(
        "connect",
        "open the printer's port; no error where it is open",
        _connect,
        within_s=CONNECTED_WITHIN_S,
    ),
    Verb(
        "disconnect",
        "turn the heaters off and close the printer's port",
        _disconnect,
        confirms=True,
        within_s=CONNECTED_WITHIN_S,
    ),
    Verb(
        "reconnect",
        "close and open the printer's port, which also ends an error",
        _reconnect,
        within_s=CONNECTED_WITHIN_S,
    ),
    Verb("estop", "emergency stop: halt the printer now", alone=_estop),
)
