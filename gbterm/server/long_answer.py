"""Answers with a string that is never held whole."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from gbterm import jsonrpc


@dataclass(frozen=True, slots=True)
class Content:
    """`pieces` are the inside of a JSON string, in ASCII, that stands for `size` bytes."""

    size: int
    pieces: AsyncGenerator[bytes, None]


@dataclass(frozen=True, slots=True)
class WithContent:
    """The result of a call: `members`, and `content` as a member of that name."""

    members: dict[str, Any]
    content: Content


class LongAnswer:
    """The answer to call `id`, which goes out piece by piece. Close it, sent or not."""

    def __init__(self, id: Any, result: WithContent) -> None:
        mark = uuid.uuid4().hex
        said = jsonrpc.result(id, result.members | {"content": mark}).encode()
        self._head, _, self._tail = said.partition(mark.encode())
        self._pieces = result.content.pieces
        self.size = result.content.size

    async def begin(self) -> None:
        """Have something to send. Raises what keeps the content from being made."""
        self._head += await anext(self._pieces, b"")

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """All of it, once."""
        yield self._head
        async for piece in self._pieces:
            yield piece
        yield self._tail

    async def aclose(self) -> None:
        """Let go of it."""
        await self._pieces.aclose()
