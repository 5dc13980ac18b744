"""A message of JSON read without being held: its one long string goes elsewhere as it is read."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from gbterm import jsonrpc

LONGEST = 1 << 20
"""Characters of a string that stays in its place."""
REST_MAX = 4 << 20
"""Characters of a message besides its long string."""

# As much of a string as can be read by itself: no part of an escape, nor of a pair of them.
_TEXT = re.compile(
    r'(?:[^"\\]++|\\[^u]|\\u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r"|\\u[0-9a-fA-F]{4}(?=\\u[0-9a-fA-F]{4}|\\[^u]|[^\\]))*+"
)
_LONGEST_ESCAPES = 12


class Lifter:
    """Takes a message in parts. In the end, `mark` stands where the long string was."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """`write` takes the string, a piece at a time."""
        self.mark = uuid.uuid4().hex
        self._write = write
        self._rest: list[str] = []
        self._size = 0
        self._string: list[str] = []
        """What of the string under way was not lifted."""
        self._length = 0
        self._is_inside, self._has_lifted = False, False
        self._unread = ""

    def feed(self, part: str) -> None:
        """The next part. Raises `jsonrpc.RpcError`, and what `write` raises."""
        text, at, end = self._unread + part, 0, -1
        while at < len(text) and at != end:
            end = at
            at = self._inside(text, at) if self._is_inside else self._outside(text, at)
        self._unread = text[at:]
        if len(self._unread) > _LONGEST_ESCAPES:
            raise jsonrpc.no_json()

    def end(self) -> str:
        """All but the long string. Raises `jsonrpc.RpcError`."""
        if self._is_inside:
            raise jsonrpc.no_json()
        return "".join(self._rest)

    def _outside(self, text: str, at: int) -> int:
        end = text.find('"', at) + 1
        self._is_inside = end > 0
        self._keep(text[at : end or len(text)])
        return end or len(text)

    def _inside(self, text: str, at: int) -> int:
        match = _TEXT.match(text, at)
        end = match.end() if match else at
        self._string.append(text[at:end])
        self._length += end - at
        if self._length > LONGEST:
            self._lift()
        if text[end : end + 1] != '"':
            return end
        self._has_lifted |= self._length > LONGEST
        self._keep(self.mark if self._length > LONGEST else "".join(self._string))
        self._keep('"')
        self._string, self._length, self._is_inside = [], 0, False
        return end + 1

    def _lift(self) -> None:
        if self._has_lifted:
            raise too_large()
        for piece in self._string:
            self._write(jsonrpc.parse(f'"{piece}"'))
        self._string = []

    def _keep(self, text: str) -> None:
        self._rest.append(text)
        self._size += len(text)
        if self._size > REST_MAX:
            raise too_large()


def too_large() -> jsonrpc.RpcError:
    """The error for a message that is large, but no upload."""
    return jsonrpc.RpcError(
        jsonrpc.INVALID_REQUEST,
        "A message of more than 4 MiB must be one put_gcode_file: send others singly, and files "
        "also in pieces, with begin_upload.",
    )
