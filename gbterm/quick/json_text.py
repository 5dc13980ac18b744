"""JSON by the interpreter's own scanner, without the module around it."""

from __future__ import annotations

from _json import encode_basestring_ascii, make_scanner

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from typing import Any, NoReturn


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


class _Context:
    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, _no_number
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own


_scan = make_scanner(_Context)  # type: ignore[arg-type]


def parse(text: str) -> Any:
    """The value that is all of `text`. Raises ValueError."""
    text = text.strip()
    try:
        value, end = _scan(text, 0)
    except (StopIteration, RecursionError, SystemError) as error:
        # The last is the scanner's own for an error of which the class isn't loaded.
        raise ValueError from error
    if end != len(text):
        raise ValueError
    return value


def members(told: object) -> dict[str, Any]:
    """Those of a JSON object; none of all else."""
    return told if isinstance(told, dict) else {}


def text(value: Any) -> str:
    """`value` as JSON; its numbers are finite."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(name)}: {text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
