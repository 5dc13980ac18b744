"""One row of the table: a command as it is typed, and everything that comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.suite.there import There

KINDS = ("octoprint", "opengb", "direct")
"""A real OctoPrint, a server elsewhere by ws://, and a host of this machine."""


def at_rest(there: There) -> None:
    """A printer that is READY, with an empty library."""
    del there


@dataclass(frozen=True)
class Row:
    """`typed` follows `gbterm`. `{file}` in it is the path of a G-code file on the disk.

    `requests` are what OctoPrint is asked besides logging in and reading, as `POST /api/job {…}`;
    `sent` are the commands that the board executes besides those that hosts send by themselves.
    `printed` is the whole output, or a pattern that matches the whole.
    """

    typed: tuple[str, ...]
    printed: str | re.Pattern[str] = ""
    requests: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    code: int = 0
    says: str = ""
    """A pattern in the sentence on standard error; empty where nothing is said."""
    before: Callable[[There], None] = at_rest
    kinds: tuple[str, ...] = KINDS
    stdin: bytes = b""
    lacks: bool = False
    """Whether these printers can't do it at all, which is said with their name."""

    def __str__(self) -> str:
        return " ".join(self.typed)
