"""Text from printers, servers and files is hostile: here it becomes fit to be shown."""

from __future__ import annotations

import unicodedata
from typing import Any

REPLACEMENT = "?"


def scrub(text: str, limit: int | None = None) -> str:
    """`text` on one line, without anything that a terminal might act on.

    Control characters (C0, DEL, C1), bidirectional and other format characters, surrogates and
    unassigned code points become `?`, every kind of white space a space. More than `limit`
    characters are cut to `limit`, the last three of them dots.
    """
    if limit is not None and len(text) > limit:
        text = text[: max(0, limit - 3)] + "..."
    return text if text.isprintable() else text.translate(_SHOWN)


class _Shown(dict[int, str]):
    """What stands for each character, found out once: a peer may send mebibytes of them."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[code] = shown = char if char.isprintable() else _substitute(char)
        return shown


_MOST_REMEMBERED = 4096
_SHOWN = _Shown()


def _substitute(char: str) -> str:
    white = char in "\t\n\r\v\f" or unicodedata.category(char).startswith("Z")
    return " " if white else REPLACEMENT


def scrubbed(value: Any, limit: int | None = None) -> Any:
    """A JSON value of which every string is fit to be shown, and cut as `scrub` cuts it."""
    if isinstance(value, str):
        return scrub(value, limit)
    if isinstance(value, list):
        return [scrubbed(item, limit) for item in value]
    if isinstance(value, dict):
        return {scrub(key, limit): scrubbed(item, limit) for key, item in value.items()}
    return value
