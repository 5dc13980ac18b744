"""Where each value of the configuration comes from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gbterm.config.actions import TABLES
from gbterm.config.lines import lines_of
from gbterm.config.table import ConfigFile

_WHOLE = ("printer", *TABLES)
"""A later file has such a table, by its name, in place of the one before."""


class Origins:
    """Of the keys in `files`, of which the last one wins. They are valid TOML."""

    def __init__(self, files: Iterable[ConfigFile]) -> None:
        read = [(file.path, lines_of(file.text)) for file in files]
        self._last_first = read[::-1]

    def of(self, key: tuple[str, ...]) -> tuple[Path, int] | None:
        """File and line of what counts; None where no file has it."""
        for path, lines in self._last_first:
            if key in lines:
                return path, lines[key]
            if key[0] in _WHOLE and key[:2] in lines:
                return None
        return None

    def told(self, key: tuple[str, ...]) -> str:
        """The same as text, nothing where no file has it."""
        place = self.of(key)
        return f"{place[0]}:{place[1]}" if place else ""
