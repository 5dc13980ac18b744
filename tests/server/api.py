"""How one method of the API may be called, and how not: what the rows of its two tables are.

`api_opengb.py` has OpenGB's methods, `api_extensions.py` those that gbterm adds; `test_api.py` and
`test_states.py` try them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.server.running import Caller

Params = dict[str, Any] | list[Any] | None


@dataclass(frozen=True)
class Kind:
    """What a parameter has to be, in the words of a refusal, and values that are none."""

    words: str
    wrong: tuple[Any, ...]


NUMBER = Kind("a number", ("hot", "", "1 mm", True, [1], {"a": 1}, float("nan"), "inf"))
WHOLE = Kind("a whole number", (*NUMBER.wrong, "../../x", 0.5, "1.5", -1, "-1", 1 << 63))
WHOLES = Kind("a list of whole numbers from 0", (1, "1", [0.5], [-1], {"a": 1}, True))
BOOLEAN = Kind("true or false", (0, 1, "true", [True], {"a": 1}))
TEXT = Kind("a string", (5, True, ["a"], {"a": 1}))

READY, DISCONNECTED, ERROR = "READY", "DISCONNECTED", "ERROR"
PRINTING = ("EXECUTING", "PAUSED", "FILAMENT_SWAP")
CONNECTED = (READY, *PRINTING)
NOT_PRINTING = (READY, ERROR, DISCONNECTED)
ANY = (*CONNECTED, ERROR, DISCONNECTED)


@dataclass(frozen=True)
class Method:
    """A method. A value of its parameters may be a function that makes it with a client."""

    params: dict[str, Kind] = field(default_factory=dict)
    """In the order of their positions."""
    after: Callable[[Caller], Awaitable[Any]] | None = None
    """What has to happen first for an answer as it is documented."""
    required: int = 0
    """So many of them, the first ones, must be given."""
    example: dict[str, Any] = field(default_factory=dict)
    """The documented one, its parameters in their order."""
    result: Any = True
    """The documented answer: members of the same names and kinds must be there."""
    sent: tuple[str, ...] | None = None
    """What the board executes for the example; None: not looked at."""
    also: tuple[tuple[Params, tuple[str, ...]], ...] = ()
    """Other ways to call it, with what the board executes then."""
    wrong: tuple[tuple[dict[str, Any], str], ...] = ()
    """What is of the right kinds and refused all the same (-32602), with words of the refusal."""
    states: tuple[str, ...] = ANY
    """Where the example is accepted; in the others it is refused (-32000)."""


Table = dict[str, Method]


async def made(client: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """`params` with the values that are made."""
    return {name: await v(client) if callable(v) else v for name, v in params.items()}


def is_like(told: Any, documented: Any) -> bool:
    """Whether an answer has what is documented, of the same kinds; it may have more."""
    match documented:
        case dict():
            return isinstance(told, dict) and all(
                name in told and is_like(told[name], inner) for name, inner in documented.items()
            )
        case [inner, *_]:
            return bool(told) and all(is_like(one, inner) for one in told)
        case int() | float() if type(documented) is not bool:
            return type(told) in (int, float)
    return documented is None or type(told) is type(documented)
