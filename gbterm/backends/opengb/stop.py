"""The emergency stop, on every connection at once, past whatever clogs one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gbterm.backends.opengb.channel import Channel, Open, open_lines
from gbterm.backends.opengb.once import call_once
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import GbtermError
from gbterm.model import StopReport

STOP_S = 8.0
PLAIN_S = 1.0
"""After which a plain server is asked on a second connection; it can't bear to be asked twice."""
METHOD = "emergency_stop"
_LAST_RESORT = "If it still moves or heats, switch the printer off."


class EmergencyStop:
    """Asks the server at `url`, and the printer process beside it where that can be reached.

    `peer` has a connection that stands already; others take seconds where keys are negotiated.
    """

    def __init__(self, url: str, open_channel: Open, peer: Peer) -> None:
        self._url, self._open, self._peer = url, open_channel, peer
        self._ways: set[asyncio.Task[StopReport]] = set()

    async def press(self) -> StopReport:
        """Ask every way at the same time; the first to confirm wins.

        The answer of a plain OpenGB server confirms nothing.
        """
        ways = [asyncio.create_task(self._asked(ask)) for ask in self._all()]
        for way in ways:
            self._ways.add(way)  # the slower one goes on after the first confirmed
            way.add_done_callback(self._ways.discard)
        failures: list[str] = []
        for answered in asyncio.as_completed(ways):
            report = await answered
            if report.confirmed:
                return report
            failures.append(report.text)
        return StopReport(False, " ".join((*dict.fromkeys(failures), _LAST_RESORT)))

    async def close(self) -> None:
        """Wait for no answer any more."""
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    def _all(self) -> list[Callable[[], Awaitable[Any]]]:
        if self._peer.is_plain and self._peer.is_connected:
            return [self._one_after_the_other]
        asks: list[Callable[[], Awaitable[Any]]] = [lambda: _once(self._open())]
        if self._peer.is_connected:
            asks.append(lambda: self._peer.call(METHOD, timeout_s=STOP_S))
        if self._url.startswith("unix:"):
            beside = Path(self._url.removeprefix("unix:")).with_name("printer.sock")
            if beside.exists():
                asks.append(lambda: _once(open_lines(beside)))
        return asks

    async def _one_after_the_other(self) -> None:
        try:
            await self._peer.call(METHOD, timeout_s=PLAIN_S)
        except GbtermError:
            await _once(self._open())

    async def _asked(self, ask: Callable[[], Awaitable[Any]]) -> StopReport:
        try:
            async with asyncio.timeout(STOP_S):
                await ask()
        except TimeoutError:
            return StopReport(False, "The emergency stop was not answered in time.")
        except GbtermError as error:
            return StopReport(False, str(error))
        if self._peer.is_plain:
            return StopReport(False, "The server took the emergency stop; it can't say more.")
        return StopReport(True, "The printer halted.")


async def _once(opening: Awaitable[Channel]) -> None:
    channel = await opening
    try:
        await call_once(channel, METHOD, STOP_S)
    finally:
        await channel.close()
