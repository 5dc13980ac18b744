"""What a command of the plain mode is, and how what follows its name is read.

One table holds them all (`table.py`); a command line that runs one of them needs only a `Desk`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gbterm.backends.base import Backend
from gbterm.errors import UsageError
from gbterm.others import Others
from gbterm.plain.cable import Cable
from gbterm.plain.narrator import Narrator

Run = Callable[["Desk", str], Awaitable[Sequence[str]]]
"""Awaited with what follows the name; returns lines to print.

Raises `GbtermError`; `NeedsConfirmation` is asked, and then the same is awaited with `confirmed`.
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with."""

    backend: Backend
    narrator: Narrator
    cable: Cable
    say: Callable[[str], None]
    """Prints a line before the command has ended."""
    leave: Callable[[], None]
    stop: Callable[[], None]
    """Halts the printer now, past everything."""
    connect: Callable[[str, str], Awaitable[None]]
    """Goes to the printer that an option of the command line means, by the option and its value."""
    others: Others
    """The printers besides this one."""
    confirmed: bool = False
    """Whether the user has agreed to what the command asked."""

    @property
    def is_old(self) -> bool:
        """Whether what is known of the printer may not be true any more."""
        return self.backend.freshness().is_old


@dataclass(frozen=True, slots=True)
class Command:
    """Something that is asked for by its name in words."""

    name: str
    run: Run
    help: str
    """What it does, in a sentence without a full stop."""
    words: str = ""
    """What follows the name, as `MM` or `[NOZZLE]`."""
    slow: bool = False
    """Whether a person need not wait for its end to type the next one."""

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"{self.name} {self.words}".rstrip()


class WrongWords(UsageError):
    """What follows a command's name makes no sense; its usage is told as well."""


def nothing(text: str) -> None:
    """Raise `WrongWords` unless nothing follows."""
    if text:
        raise WrongWords(f"“{text}” is too much.")


def number(text: str, what: str) -> float:
    """A finite number, also with a comma for its point."""
    try:
        value = float(text.replace(",", ".", 1))
    except ValueError:
        value = float("inf")
    if not abs(value) < 1e9:
        raise WrongWords(f"“{text}” is no {what}." if text else f"The {what} is missing.")
    return value


def count(text: str, what: str) -> int:
    """A whole number, from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise WrongWords(f"“{text}” is no {what}." if text else f"The {what} is missing.")
    return int(text)


def numbers(text: str, *what: str, least: int = 1) -> list[float]:
    """Numbers with blanks between them: from `least` of `what` to all of them."""
    words = text.split()
    if len(words) > len(what):
        raise WrongWords(f"“{' '.join(words[len(what) :])}” is too much.")
    words += [""] * (least - len(words))
    return [number(word, name) for word, name in zip(words, what, strict=False)]


def last_number(text: str, what: str) -> tuple[float, int | None]:
    """A value and, where it follows, which nozzle or fan, from 1 as people count."""
    value, *which = text.split()[:3] or [""]
    if len(which) > 1:
        raise WrongWords(f"“{which[1]}” is too much.")
    return number(value, what), ordinal(which[0]) if which else None


def ordinal(text: str) -> int:
    """An index from 0 where people count from 1."""
    if (value := count(text, "number from 1")) < 1:
        raise WrongWords("Counting begins at 1.")
    return value - 1


def choice(text: str, *words: str) -> str:
    """One of `words`."""
    if text not in words:
        raise WrongWords(f"Say {' or '.join(words)}.")
    return text


def path_of(text: str) -> Path:
    """A file of this computer."""
    try:
        return Path(name_of(text, "path of a file")).expanduser()
    except RuntimeError as error:
        raise WrongWords(f"“{text}” is no path: {error}") from error


def name_of(text: str, what: str) -> str:
    """A name that may hold blanks and stand in quotes."""
    name = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if not name:
        raise WrongWords(f"The {what} is missing.")
    return name
