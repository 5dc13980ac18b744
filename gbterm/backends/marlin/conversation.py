"""Talking with a board past the stream, on a link that nobody else uses meanwhile.

A conversation is a generator without I/O and clock: it yields what it wants, and is sent what came
of it. `Ask` is answered with the next line that the board says, or with None where none came in
time; `MORE` with the next bytes of the file, empty at its end.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ask:
    """Bytes for the board, maybe none, and how many seconds after the last of them its next line is
    waited for."""

    data: bytes
    within_s: float
    shown: str = ""
    """What stands in the console for bytes that are no text."""


@dataclass(frozen=True, slots=True)
class More:
    """The next piece of the file is wanted."""


MORE = More()
Step = Ask | More
Conversation = Generator[Step, "str | bytes | None", None]
"""Raises `PrinterError` where the board doesn't do as it should."""
