"""A peer that is kept connected: a replica, fed over one channel after the other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import gbterm
from gbterm.backends.backoff import pause_s
from gbterm.backends.opengb.channel import Channel, Open
from gbterm.backends.opengb.console import PeerConsole
from gbterm.backends.opengb.replica import OnChange, Replica
from gbterm.backends.share import Share
from gbterm.connection import Retry
from gbterm.errors import CommandTimeout, GbtermError, LinkError, NotSupported
from gbterm.events import Event
from gbterm.model import PrinterState

_log = logging.getLogger(__name__)

ANSWER_S = 30.0
GREETING_S = 10.0
STEADY_S = 5.0
"""A connection that held so long was a good one."""


async def _nothing() -> None:
    return


class Peer:
    """Calls and the state of a printer, over connections that come and go."""

    def __init__(
        self,
        open_channel: Open,
        on_change: OnChange,
        *,
        who: str,
        role: str | None = None,
        on_greeted: Callable[[], Awaitable[None]] = _nothing,
        on_lost: Callable[[], None] = lambda: None,
        on_shutdown: Callable[[], None] = lambda: None,
        tells_all_lines: bool = False,
    ) -> None:
        """`who` names the peer in sentences, at their start.

        `on_greeted` is awaited on each new connection, `on_lost` hears of each that failed.
        `tells_all_lines` says that the peer is a printer process, which filters no console lines.
        """
        self._replica = Replica(on_change, on_shutdown, lambda batch: self.console.receive(batch))
        self.console = PeerConsole(self.call, filters=not tells_all_lines)
        self._open, self._who, self._on_lost = open_channel, who, on_lost
        self._on_greeted = on_greeted
        self._hello = {"version": gbterm.__version__} | ({"role": role} if role else {})
        self.version = ""
        """Of the peer, as it greeted last; empty for one that doesn't say."""
        self.is_known = False
        """Whether it greeted once, so that `is_plain` tells what it is."""
        self.retry: Retry | None = None
        """The next attempt to connect, by the monotonic clock; None while connected."""
        self._channel: Channel | None = None
        self._is_open = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._refreshing = False

    @property
    def state(self) -> PrinterState:
        """The latest state; DISCONNECTED, with a reason, while there is no connection."""
        return self._replica.state

    @property
    def heard_at(self) -> float | None:
        """When the printer was last heard, by `clock`; None before that."""
        return self._replica.heard_at

    def clock(self) -> float:
        """What `heard_at` is by."""
        return self._replica.clock()

    @property
    def is_plain(self) -> bool:
        """Whether the peer is an OpenGB server that knows no extension."""
        return self._replica.is_plain

    @property
    def is_place_due(self) -> bool:
        """Whether a plain peer may yet tell where the last move led."""
        return self._replica.place.is_due

    @property
    def is_connected(self) -> bool:
        """Whether calls have somewhere to go."""
        return self._is_open

    async def connect(self) -> None:
        """Connect, and stay so from now on. Raises `LinkError` or `AuthenticationRefused`."""
        reading = await self._connected()
        self._spawn(self._stay(reading))

    def report(self, event: Event) -> None:
        """Apply and tell of what is known here alone."""
        self._replica.report(event)

    def start(self) -> None:
        """Connect and stay so, however long the first connection takes."""
        self._spawn(self._stay(None))

    async def close(self) -> None:
        """Disconnect for good."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._replica.disconnect("The connection was closed.")
        await self._drop()

    async def call(
        self, method: str, params: dict[str, Any] | None = None, timeout_s: float = ANSWER_S
    ) -> Any:
        """The result of `method`. Raises `LinkError`, `CommandTimeout` and what the peer says."""
        if self._channel is None or not self._is_open:
            raise LinkError(self.state.reason or f"{self._who} is not connected.")
        text, answer = self._replica.call(method, params or {})
        try:
            async with asyncio.timeout(timeout_s):
                await self._channel.send(text)
                return await answer
        except TimeoutError as error:
            raise CommandTimeout(f"{self._who} did not answer {method} in time.") from error
        finally:
            answer.cancel()

    async def _stay(self, reading: asyncio.Task[None] | None) -> None:
        failures = 0
        while True:
            why: GbtermError | None = None
            try:
                reading = reading or await self._connected()
                self.retry, since = None, time.monotonic()
                await reading
                # One that breaks each time soon is not tried again at once for ever.
                failures = 0 if time.monotonic() - since > STEADY_S else failures
            except GbtermError as error:
                why = error
                self._replica.disconnect(str(error))
            finally:
                if reading:
                    reading.cancel()
            reading = None
            await self._drop()
            self._on_lost()
            pause = pause_s(failures, why)
            failures += 1
            self.retry = Retry(failures, time.monotonic() + pause)
            await asyncio.sleep(pause)

    async def _connected(self) -> asyncio.Task[None]:
        """Connect and greet; the task that reads on. Raises a `GbtermError`."""
        self._channel = channel = await self._open()
        self._is_open = True
        reading = asyncio.create_task(self._read(channel))
        try:
            await self._greet()
            await self._on_greeted()
            await self.console.greeted()
        except BaseException:
            reading.cancel()
            await self._drop()
            raise
        return reading

    async def _greet(self) -> None:
        try:
            told = await self.call("hello", self._hello, GREETING_S)
            self._replica.is_plain, self.version = False, str(told.get("version", ""))
        except NotSupported:
            self._replica.is_plain, self.version = True, ""
            await self.call("get_status", {}, GREETING_S)
        self.is_known = True

    async def _read(self, channel: Channel) -> None:
        reason, share = f"{self._who} closed the connection.", Share()
        try:
            async for message in channel.messages():
                with share:
                    self._replica.receive(message)
                await share.rest()
                if self._replica.stale and not self._refreshing:
                    self._spawn(self._refresh(channel))
        except GbtermError as error:
            reason = str(error)
        except Exception:  # noqa: BLE001 - a listener's mistake must not end the link for good
            _log.exception("what the peer said could not be told")
            reason = "gbterm failed inside; its log says why."
        finally:
            self._is_open = False
            self._replica.disconnect(reason)

    async def _refresh(self, channel: Channel) -> None:
        self._refreshing = True
        try:
            await self.call("get_snapshot", {}, GREETING_S)
        except GbtermError:
            await channel.close()  # to begin again with a greeting
        finally:
            self._refreshing = False

    async def _drop(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
