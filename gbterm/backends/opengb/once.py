"""One call over a channel of its own, which greets nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Any

from gbterm.backends.opengb.channel import Channel
from gbterm.backends.opengb.replica import Replica
from gbterm.errors import GbtermError, LinkError


async def call_once(
    channel: Channel, method: str, timeout_s: float, pieces: AsyncIterable[str] | None = None
) -> Any:
    """The result of `method`, asked for with call number 1 where `pieces` hold the request.

    Raises `LinkError` and what the peer says.
    """
    replica = Replica(lambda *_: None)
    text, answer = replica.call(method, {})
    reading = asyncio.ensure_future(_feed(replica, channel))
    try:
        async with asyncio.timeout(timeout_s):
            await (channel.send(text) if pieces is None else channel.send_pieces(pieces))
            return await answer
    except TimeoutError as error:
        raise LinkError(f"The server did not answer {method} in time.") from error
    finally:
        reading.cancel()
        answer.cancel()


async def _feed(replica: Replica, channel: Channel) -> None:
    try:
        async for message in channel.messages():
            replica.receive(message)
        replica.disconnect("The server closed the connection.")
    except GbtermError as error:
        replica.disconnect(str(error))
