"""Messages in, answers out: requests, notifications and batches of JSON-RPC 2.0."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import Any, Protocol

from gbterm import jsonrpc
from gbterm.errors import GbtermError
from gbterm.server.client import Client
from gbterm.server.long_answer import LongAnswer, WithContent

LARGE = 1 << 16
"""From this size on, JSON is read in a thread: an upload must not stop the events."""

LONG = (
    *("get_gcode_file", "get_gcode_files", "read_gcode_file"),
    *("get_layers", "get_layer_geometry"),
)
"""Methods with answers that a client has to read one after the other."""

BATCH_MAX = 100
"""A batch of more calls is refused: its answers would have to be held all together."""
BATCH_ANSWERS = 16 << 20
"""With so many bytes of answers to a batch, no more of its calls are made."""

_log = logging.getLogger(__name__)


class Callee(Protocol):
    """What serves calls; see `methods.Methods`."""

    async def call(self, client: Client, request: jsonrpc.Request) -> Any:
        """The result, or an error raised."""


async def read(text: str | bytes) -> Any:
    """The JSON value in a message. Raises `jsonrpc.RpcError`."""
    large = len(text) > LARGE
    return await asyncio.to_thread(jsonrpc.parse, text) if large else jsonrpc.parse(text)


async def answer(methods: Callee, client: Client, value: Any) -> bytes | LongAnswer | None:
    """The answer to what a message held; None where JSON-RPC wants silence.

    Raises `jsonrpc.RpcError` for a batch that is too long, or whose answers are.
    """
    if not isinstance(value, list) or not value:
        return await _answer_one(methods, client, value)
    if len(value) > BATCH_MAX:
        raise jsonrpc.RpcError(
            jsonrpc.INVALID_REQUEST, f"A batch may hold {BATCH_MAX} calls: send several."
        )
    said: list[bytes] = []
    for item in value:
        one = await _answer_one(methods, client, item)
        if one is not None:
            said.append(await _gathered(one, BATCH_ANSWERS - sum(map(len, said))))
    return b"[%b]" % b", ".join(said) if said else None


async def _gathered(one: bytes | LongAnswer, most: int) -> bytes:
    """An answer in a batch. Raises `jsonrpc.RpcError` where it has more than `most` bytes."""
    too_long = jsonrpc.RpcError(
        jsonrpc.INVALID_REQUEST, "The batch's answers are too long: send its calls singly."
    )
    if isinstance(one, LongAnswer):
        async with aclosing(one):
            if one.size > most:
                raise too_long
            one = b"".join([part async for part in one.parts()])
    if len(one) > most:
        raise too_long
    return one


def may_be_large(value: Any) -> bool:
    """Whether the answer to what a message held may be as long as a file."""
    return isinstance(value, list) or (isinstance(value, dict) and value.get("method") in LONG)


async def _answer_one(methods: Callee, client: Client, value: Any) -> bytes | LongAnswer | None:
    try:
        request = jsonrpc.request(value)
    except jsonrpc.RpcError as error:
        return jsonrpc.error(None, error).encode()
    try:
        result = await methods.call(client, request)
        if request.is_notification:
            return None
        if isinstance(result, WithContent):
            answer = LongAnswer(request.id, result)
            return answer if await client.outbox.begin(answer) else None
        return jsonrpc.result(request.id, result).encode()
    except Exception as error:  # noqa: BLE001 - one call must not end the connection
        if not isinstance(error, GbtermError | jsonrpc.RpcError):
            _log.exception("%s failed", request.method)
        return None if request.is_notification else jsonrpc.error(request.id, error).encode()
