"""Calls over a channel of their own, which greets nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gbterm.backends.opengb.channel import Channel
from gbterm.backends.opengb.replica import Replica
from gbterm.errors import GbtermError, LinkError

WHO = "The server"


async def call_once(
    channel: Channel,
    method: str,
    timeout_s: float,
    pieces: AsyncIterable[str] | None = None,
    who: str = WHO,
) -> Any:
    """The result of `method`, asked for with call number 1 where `pieces` hold the request.

    `who` names the peer in sentences, at their start. Raises `LinkError` and what the peer says.
    """
    async with fed(channel, who) as replica:
        text, answer = replica.call(method, {})
        try:
            async with asyncio.timeout(timeout_s):
                await (channel.send(text) if pieces is None else channel.send_pieces(pieces))
                return await answer
        except TimeoutError as error:
            raise unanswered(method, who) from error
        finally:
            answer.cancel()


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
    try:
        async for message in channel.messages():
            replica.receive(message)
        replica.disconnect(f"{who} closed the connection.")
    except GbtermError as error:
        replica.disconnect(str(error))
