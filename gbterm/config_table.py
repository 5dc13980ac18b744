"""One table of a configuration file, read with care: each complaint names the file and the key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from gbterm.errors import ConfigError
from gbterm.text import scrub

_KINDS: dict[type, str] = {
    str: 'a text in quotes, as "name"',
    int: "a whole number",
    dict: "a table",
    list: "a list, in brackets",
    bool: "true or false",
}


class Table:
    """The table `key` of the file `path`; the file itself is the one without a key."""

    def __init__(self, path: Path, members: dict[str, Any], key: str = "") -> None:
        self.path, self.members, self.key = path, members, key

    def value(self, name: str, kind: type, default: Any) -> Any:
        """The member `name`. Raises `ConfigError` where it is no `kind`, one of `_KINDS`."""
        value = self.members.get(name, default)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if value is not default and not fits:
            self.refuse(name, f"must be {_KINDS[kind]}")
        return value

    def number(self, name: str, *, or_zero: bool = False) -> float:
        """The member `name`, a number above zero, or zero as well. Raises `ConfigError`."""
        value = self.members.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(name, "must be a number")
        if not (math.isfinite(value) and (value > 0 or (or_zero and value == 0))):
            self.refuse(name, "must be from zero" if or_zero else "must be above zero")
        return float(value)

    def at_least(self, name: str, least: int) -> None:
        """Raise `ConfigError` where the member `name` is no whole number from `least`."""
        if self.value(name, int, least) < least:
            self.refuse(name, f"must be at least {least}")

    def table(self, name: str) -> Table:
        """The table in it that is called `name`; an empty one where there is none."""
        return Table(self.path, self.value(name, dict, {}), self._key_of(name))

    def tables(self, name: str) -> Iterator[tuple[str, Table]]:
        """The tables in its table `name`, each with the name that the user gave it."""
        outer = self.table(name)
        for inner, members in outer.members.items():
            if not isinstance(members, dict):
                outer.refuse(inner, f"must be a table, begun by a line [{outer.key}.NAME]")
            yield inner, outer.table(inner)

    def only(self, known: Iterable[str]) -> None:
        """Raise `ConfigError` where a member isn't `known`."""
        known = tuple(known)
        for name in self.members:
            if name not in known:
                self.refuse(name, f"is not known; known are: {', '.join(known)}")

    def refuse(self, name: str, why: str) -> NoReturn:
        """Raise `ConfigError` for the member `name`, or for the whole table where that is empty."""
        key = scrub(self._key_of(name) if name else self.key)
        raise ConfigError(f"{self.path}: {key} {why}.")

    def _key_of(self, name: str) -> str:
        return f"{self.key}.{name}".lstrip(".")
