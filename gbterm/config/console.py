"""`[console]` and `[keys]`: how the console is drawn, and by which keys it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from gbterm.config.table import ConfigFile, Table

CONSOLE_THEMES = ("dark", "light", "none")
CONSOLE_GLYPHS = ("unicode", "console", "ascii")


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """How the console is drawn; what is empty or None is chosen by the terminal.

    `theme` is one of `CONSOLE_THEMES`, `glyphs` of `CONSOLE_GLYPHS`: all characters, those of the
    Linux console, or ASCII. `slow` is for a slow line, `bell` rings where somebody is needed.
    """

    theme: str = ""
    glyphs: str = ""
    slow: bool | None = None
    mouse: bool | None = None
    bell: bool | None = None

    @classmethod
    def given(cls, table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        for name, known in (("theme", CONSOLE_THEMES), ("glyphs", CONSOLE_GLYPHS)):
            if table.value(name, str, known[0]) not in known:
                table.refuse(name, f"must be one of: {', '.join(known)}")
        for name in ("slow", "mouse", "bell"):
            table.value(name, bool, None)
        return table.members


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """The keys of an action of the console as somebody wrote them, and the file that says so."""

    action: str
    keys: tuple[str, ...]
    file: ConfigFile = field(default_factory=ConfigFile)

    @classmethod
    def read(cls, table: Table) -> Iterator[KeyChoice]:
        """What the table chooses. Raises `ConfigError`."""
        for action, given in table.members.items():
            keys = [given] if isinstance(given, str) else given
            if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
                table.refuse(action, 'must be a key or a list of keys, as ["Ctrl+R", "F5"]')
            yield cls(action, tuple(keys), table.file)


@dataclass(frozen=True, slots=True)
class MacroKey:
    """The key of a macro as somebody wrote it, where that stands, and the file."""

    key: tuple[str, ...]
    text: str
    file: ConfigFile
