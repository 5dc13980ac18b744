"""Messages in, answers out: requests, notifications and batches of JSON-RPC 2.0."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from gbterm import jsonrpc
from gbterm.errors import GbtermError
from gbterm.server.hub import Client

LARGE = 1 << 16
"""From this size on, JSON is read in a thread: an upload must not stop the events."""

BATCH_MAX = 100
"""A batch of more calls is refused: its answers would have to be held all together."""
BATCH_ANSWERS = 16 << 20
"""With so many characters of answers to a batch, no more of its calls are made."""

_log = logging.getLogger(__name__)


class Callee(Protocol):
    """What serves calls; see `methods.Methods`."""

    async def call(self, client: Client, request: jsonrpc.Request) -> Any:
        """The result, or an error raised."""


async def read(text: str | bytes) -> Any:
    """The JSON value in a message. Raises `jsonrpc.RpcError`."""
    large = len(text) > LARGE
    return await asyncio.to_thread(jsonrpc.parse, text) if large else jsonrpc.parse(text)


async def answer(methods: Callee, client: Client, value: Any) -> str | None:
    """The answer to what a message held; None where JSON-RPC wants silence.

    Raises `jsonrpc.RpcError` for a batch that is too long, or whose answers are.
    """
    if not isinstance(value, list) or not value:
        return await _answer_one(methods, client, value)
    if len(value) > BATCH_MAX:
        raise jsonrpc.RpcError(
            jsonrpc.INVALID_REQUEST, f"A batch may hold {BATCH_MAX} calls: send several."
        )
    said: list[str] = []
    for item in value:
        if sum(map(len, said)) > BATCH_ANSWERS:
            raise jsonrpc.RpcError(
                jsonrpc.INVALID_REQUEST, "The batch's answers are too long: send its calls singly."
            )
        one = await _answer_one(methods, client, item)
        if one is not None:
            said.append(one)
    return f"[{', '.join(said)}]" if said else None


def may_be_large(value: Any) -> bool:
    """Whether the answer to what a message held may be as long as a file."""
    return isinstance(value, list) or (
        isinstance(value, dict) and value.get("method") == "get_gcode_file"
    )


async def _answer_one(methods: Callee, client: Client, value: Any) -> str | None:
    try:
        request = jsonrpc.request(value)
    except jsonrpc.RpcError as error:
        return jsonrpc.error(None, error)
    try:
        result = await methods.call(client, request)
        return None if request.is_notification else jsonrpc.result(request.id, result)
    except (GbtermError, jsonrpc.RpcError) as error:
        return None if request.is_notification else jsonrpc.error(request.id, error)
    except Exception as error:  # noqa: BLE001 - one call must not end the connection
        _log.exception("%s failed", request.method)
        return None if request.is_notification else jsonrpc.error(request.id, error)
