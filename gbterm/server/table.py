"""What a method of the server is: its parameters, and who serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gbterm.backends.opengb.peer import ANSWER_S
from gbterm.params import Param
from gbterm.server.client import Client

CHECK_S = 600.0
"""A start reads the whole file first."""

Handler = Callable[[Client, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method; one without a handler is the printer's."""

    params: tuple[Param, ...] = ()
    handler: Handler | None = None
    unix_only: bool = False
    timeout_s: float = ANSWER_S


Table = dict[str, Method]
