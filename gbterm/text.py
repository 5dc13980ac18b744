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
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _substitute(char) for char in text)


def _substitute(char: str) -> str:
    white = char in "\t\n\r\v\f" or unicodedata.category(char).startswith("Z")
    return " " if white else REPLACEMENT


def scrubbed(value: Any) -> Any:
    """A JSON value of which every string is fit to be shown."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, list):
        return [scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {scrub(key): scrubbed(item) for key, item in value.items()}
    return value
