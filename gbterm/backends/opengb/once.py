"""Calls over a channel of their own, which greets nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from gbterm.backends.opengb.channel import Channel
from gbterm.backends.opengb.replica import Replica
from gbterm.backends.share import Share
from gbterm.errors import GbtermError, LinkError

WHO = "The server"
LEAVE_S = 1.0


async def call_once(
    channel: Channel,
    method: str,
    timeout_s: float,
    pieces: AsyncIterable[str] | None = None,
    who: str = WHO,
    params: dict[str, Any] | None = None,
) -> Any:
    """The result of `method`, asked for with call number 1 where `pieces` hold the request.

    `who` names the peer in sentences, at their start. Raises `LinkError` and what the peer says.
    """
    async with fed(channel, who) as replica:
        text, answer = replica.call(method, params or {})
        try:
            async with asyncio.timeout(timeout_s):
                await (channel.send(text) if pieces is None else channel.send_pieces(pieces))
                return await answer
        except TimeoutError as error:
            raise unanswered(method, who) from error
        finally:
            answer.cancel()


class Session:
    """Calls on one connection, several at once. They raise `LinkError` and what the peer says."""

    def __init__(self, channel: Channel, replica: Replica) -> None:
        self._channel, self._replica = channel, replica

    async def call(self, method: str, params: dict[str, Any], timeout_s: float) -> Any:
        """The result."""
        return await self.wait(await self.start(method, params), method, timeout_s)

    async def start(self, method: str, params: dict[str, Any]) -> asyncio.Future[Any]:
        """What `wait` takes."""
        text, answer = self._replica.call(method, params)
        await self._channel.send(text)
        return answer

    async def wait(self, answer: asyncio.Future[Any], method: str, timeout_s: float) -> Any:
        """The result of what was started."""
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError as error:
            raise unanswered(method) from error

    async def leave(self, method: str, params: dict[str, Any]) -> None:
        """Ask for a last thing and wait for nothing."""
        with suppress(LinkError, TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self.start(method, params)


@asynccontextmanager
async def fed(channel: Channel, who: str = WHO) -> AsyncIterator[Replica]:
    """A replica that hears what the channel's peer says, so that calls are answered."""
    replica = Replica(lambda *_: None)
    reading = asyncio.create_task(_feed(replica, channel, who))
    try:
        yield replica
    finally:
        reading.cancel()


def unanswered(method: str, who: str = WHO) -> LinkError:
    """What to raise for a call that was not answered in time."""
    return LinkError(f"{who} did not answer {method} in time.")


async def _feed(replica: Replica, channel: Channel, who: str) -> None:
    share = Share()
    try:
        async for message in channel.messages():
            with share:
                replica.receive(message)
            await share.rest()
        replica.disconnect(f"{who} closed the connection.")
    except GbtermError as error:
        replica.disconnect(str(error))
