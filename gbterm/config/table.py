"""One table of a configuration file, read with care: each complaint names file, line and key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from gbterm.errors import WrongKey
from gbterm.text import scrub

LONGEST_TEXT = 200
"""Characters."""
LARGEST = 2**63 - 1
"""A whole number, by TOML; `tomllib` reads larger ones, which are no floats."""
_KINDS: dict[type, str] = {
    str: 'a text in quotes, as "name"',
    int: "a whole number",
    dict: "a table",
    list: "a list, in brackets",
    bool: "true or false",
}


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file of the configuration; where `is_written` is False, its text is still to be there."""

    path: Path = Path()
    text: str = field(default="", repr=False, compare=False)
    is_written: bool = field(default=True, compare=False)

    def line_of(self, key: tuple[str, ...]) -> int | None:
        """The line of the key, or of the table that lacks it. Its text is valid TOML."""
        if not self.is_written:
            return None
        # Only where something is wrong or somebody asks: one-shot commands are to start quickly.
        from gbterm.config.lines import lines_of

        lines = lines_of(self.text)
        return lines.get(key) or lines.get(key[:-1])

    def refuse(self, key: tuple[str, ...], why: str) -> NoReturn:
        """Raise `WrongKey` for it."""
        line = self.line_of(key)
        where = f"{self.path}, line {line}" if line else f"{self.path}"
        raise WrongKey(f"{where}: {scrub('.'.join(key))} {why}.", str(self.path), key)


class Table:
    """The table `key` of a file; the file itself is the one without a key."""

    def __init__(
        self, file: ConfigFile, members: dict[str, Any], key: tuple[str, ...] = ()
    ) -> None:
        self.file, self.members, self.key = file, members, key

    def value(self, name: str, kind: type, default: Any) -> Any:
        """The member `name`. Raises `ConfigError` where it is no `kind`, one of `_KINDS`."""
        value = self.members.get(name, default)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if value is not default and not fits:
            self.refuse(name, f"must be {_KINDS[kind]}")
        self._refuse_huge(name, value)
        if isinstance(value, str) and "\0" in value:
            self.refuse(name, "holds a NUL character, which nothing may be called")
        return value

    def words(self, name: str) -> str:
        """The member `name`, a text fit to be shown, empty where it is missing.

        Raises `ConfigError`.
        """
        return scrub(self.value(name, str, ""), LONGEST_TEXT)

    def question(self, name: str, usual: str) -> str:
        """The question that the member `name` is; `usual` where it is true, none where false.

        Raises `ConfigError`.
        """
        given = self.members.get(name, False)
        if isinstance(given, bool):
            return usual if given else ""
        if not isinstance(given, str) or not given.strip():
            self.refuse(name, 'must be true, false or a question, as "Is the bed empty?"')
        return self.words(name)

    def full_path(self, name: str) -> str:
        """The member `name`, a full path or one in the user's home. Raises `ConfigError`."""
        path = self.path(name)
        if not path.is_absolute():
            self.refuse(name, "must be a full path")
        return str(path)

    def path(self, name: str) -> Path:
        """The member `name`, a path, maybe in somebody's home. Raises `ConfigError`."""
        try:
            return Path(self.value(name, str, "")).expanduser()
        except RuntimeError:
            self.refuse(name, "is in the home of a user whom this machine doesn't know")

    def place(self, name: str) -> float:
        """The member `name`, any number. Raises `ConfigError`."""
        return self._place(name, self.members.get(name), "must be a number")

    def span(self, name: str) -> tuple[float, float]:
        """The member `name`, two numbers, the lower one first. Raises `ConfigError`."""
        value, wrong = self.members.get(name), "must be from where to where, as [0, 235]"
        if not isinstance(value, list) or len(value) != 2:
            self.refuse(name, wrong)
        low, high = (self._place(name, end, wrong) for end in value)
        if low >= high:
            self.refuse(name, wrong)
        return low, high

    def _place(self, name: str, value: object, wrong: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(name, wrong)
        self._refuse_huge(name, value)
        if not isfinite(value):
            self.refuse(name, wrong)
        return float(value)

    def number(self, name: str, *, or_zero: bool = False) -> float:
        """The member `name`, a number above zero, or zero as well. Raises `ConfigError`."""
        value = self.members.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(name, "must be a number")
        self._refuse_huge(name, value)
        if not (isfinite(value) and (value > 0 or (or_zero and value == 0))):
            self.refuse(name, "must be from zero" if or_zero else "must be above zero")
        return float(value)

    def _refuse_huge(self, name: str, value: object) -> None:
        if isinstance(value, int) and abs(value) > LARGEST:
            self.refuse(name, f"must be at most {LARGEST}")

    def at_least(self, name: str, least: int) -> None:
        """Raise `ConfigError` where the member `name` is no whole number from `least`."""
        if self.value(name, int, least) < least:
            self.refuse(name, f"must be at least {least}")

    def table(self, name: str) -> Table:
        """The table in it that is called `name`; an empty one where there is none."""
        return Table(self.file, self.value(name, dict, {}), (*self.key, name))

    def tables(self, name: str) -> Iterator[tuple[str, Table]]:
        """The tables in its table `name`, each with the name that the user gave it."""
        outer = self.table(name)
        for inner, members in outer.members.items():
            if not isinstance(members, dict):
                outer.refuse(
                    inner, f"must be a table, begun by a line [{'.'.join(outer.key)}.NAME]"
                )
            yield inner, outer.table(inner)

    def only(self, known: Iterable[str]) -> None:
        """Raise `ConfigError` where a member isn't `known`."""
        known = tuple(known)
        for name in self.members:
            if name not in known:
                self.refuse(name, f"is not known; known are: {', '.join(known)}")

    def refuse(self, name: str, why: str) -> NoReturn:
        """Raise `ConfigError` for the member `name`, or for the whole table where that is empty."""
        self.file.refuse((*self.key, name) if name else self.key, why)
