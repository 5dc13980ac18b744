"""The emergency stop, on every connection at once, past whatever clogs one of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from gbterm.backends.opengb.channel import Channel, Open, open_lines
from gbterm.backends.opengb.once import call_once
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import GbtermError, NotSupported, UsageError
from gbterm.model import StopReport

STOP_S = 8.0
PLAIN_S = 1.0
"""After which a plain server is asked on a second connection; it can't bear to be asked twice."""
METHOD = "emergency_stop"
PRESS_BITS = 53
"""Of a number that nobody else comes upon, and that JSON takes whole."""
EXTENSION = "get_snapshot"
"""What every server knows but a plain one; it changes nothing."""
Params = dict[str, int]
Ask = Callable[[Params], Awaitable[bool]]
"""Raises a `GbtermError`; False where who answered can't know what became of the board."""
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

        The answer of a plain OpenGB server confirms nothing; of one that never greeted, it is
        found out after the stop which it is. All ways name the same press, so that one that comes
        late does not halt a board that was reset since.
        """
        press = {"press": secrets.randbits(PRESS_BITS)}
        ways = [asyncio.create_task(self._asked(ask, press)) for ask in self._all()]
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

    def _all(self) -> list[Ask]:
        if self._peer.is_plain and self._peer.is_connected:
            return [self._one_after_the_other]
        asks: list[Ask] = [self._on_another]
        if self._peer.is_connected and self._peer.is_known:
            asks.append(self._on_the_one_that_stands)
        if self._url.startswith("unix:"):
            beside = Path(self._url.removeprefix("unix:")).with_name("printer.sock")
            if beside.exists():
                asks.append(partial(_of_the_process, beside))
        return asks

    async def _one_after_the_other(self, press: Params) -> bool:
        try:
            await self._peer.call(METHOD, timeout_s=PLAIN_S)
        except GbtermError:
            return await self._on_another(press)
        return False

    async def _on_the_one_that_stands(self, press: Params) -> bool:
        await _stop(partial(self._peer.call, METHOD, timeout_s=STOP_S), press)
        return True

    async def _on_another(self, press: Params) -> bool:
        async with _open(self._open()) as channel:
            stopping = partial(call_once, channel, METHOD, STOP_S)
            await (_stop(stopping, press) if self._is_ours else stopping())
            if self._peer.is_known:
                return not self._peer.is_plain
            try:
                await call_once(channel, EXTENSION, STOP_S)
            except NotSupported:
                return False
            return True

    @property
    def _is_ours(self) -> bool:
        """Whether it is a gbterm for sure; no other listens on a unix socket."""
        if self._peer.is_known:
            return not self._peer.is_plain
        return self._url.lower().startswith(("unix:", "ssh:"))

    async def _asked(self, ask: Ask, press: Params) -> StopReport:
        try:
            async with asyncio.timeout(STOP_S):
                confirms = await ask(press)
        except TimeoutError:
            return StopReport(False, "The emergency stop was not answered in time.")
        except GbtermError as error:
            return StopReport(False, str(error))
        if not confirms:
            return StopReport(False, "The server took the emergency stop; it can't say more.")
        return StopReport(True, "The printer halted.")


async def _of_the_process(path: Path, press: Params) -> bool:
    async with _open(open_lines(path)) as channel:
        await _stop(partial(call_once, channel, METHOD, STOP_S), press)
    return True


async def _stop(call: Callable[..., Awaitable[Any]], press: Params) -> None:
    """An older gbterm knows no presses, and refuses one before it does anything."""
    try:
        await call(params=press)
    except UsageError:
        await call()


@asynccontextmanager
async def _open(opening: Awaitable[Channel]) -> AsyncIterator[Channel]:
    channel = await opening
    try:
        yield channel
    finally:
        await channel.close()
