"""Everything that is wrong with the configuration, not only what is found first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gbterm.config import Config, ConfigFile
from gbterm.config.table import Table
from gbterm.config_file import assembled, parsed
from gbterm.errors import ConfigError, WrongKey

Mistakes = list[ConfigError]


def mistakes(
    files: Iterable[ConfigFile], judge: Callable[[Config], None] = lambda _: None
) -> tuple[Config, Mistakes]:
    """What is left of the configuration without its mistakes, and those.

    `judge` raises `ConfigError` for what only others can tell. Each key that is wrong is taken out,
    until nothing is wrong with the rest; what is only wrong by that is not told.
    """
    found: Mistakes = []
    tables = []
    for file in files:
        try:
            tables.append(parsed(file))
        except ConfigError as error:
            found.append(error)
    gone: list[WrongKey] = []
    while True:
        try:
            config = assembled(tables)
            judge(config)
        except WrongKey as wrong:
            if not any(_follows(wrong, earlier) for earlier in gone):
                found.append(wrong)
            gone.append(wrong)
            _take_out(wrong, tables)
        except ConfigError as error:  # of a whole file
            return Config(), [*found, error]
        else:
            return config, found


def _take_out(wrong: WrongKey, tables: Iterable[Table]) -> None:
    """The key, or the table that lacks it."""
    (members,) = (table.members for table in tables if str(table.file.path) == wrong.path)
    way = wrong.key
    while way:
        inner = members
        for name in way[:-1]:
            inner = inner.get(name, {})
        if way[-1] in inner:
            del inner[way[-1]]
            return
        way = way[:-1]
    raise wrong


def _follows(wrong: WrongKey, gone: WrongKey) -> bool:
    """Whether a key may be wrong only since another one was taken out."""
    if gone.key[: len(wrong.key)] == wrong.key:
        return gone.path == wrong.path
    is_beside = gone.key[:-1] == wrong.key[:-1] and "is not known;" not in str(wrong)
    is_default = wrong.key == ("default",) and gone.key[:1] == ("printer",)
    named = gone.key[1] if is_default else gone.key[-1]
    why = str(wrong).partition(f": {'.'.join(wrong.key)} ")[2]
    return (is_beside or is_default) and bool(re.search(rf"\b{re.escape(named)}\b", why))
