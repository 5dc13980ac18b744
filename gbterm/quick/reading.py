"""What is printed of what a printer tells. Raises `Beyond` where the whole program says more."""

from __future__ import annotations

from gbterm.quick import Beyond

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def state(word: object, shown: str, words: list[str]) -> str:
    """The `word` for a state; with where it is of, unless `words` ask for less."""
    if not isinstance(word, str) or not word.isascii() or not word.isprintable():
        raise Beyond
    return f"{word}\n" if words else f"Machine: {shown}\n{word}\n"


def temperatures(heaters: Iterable[Any], member: str) -> str:
    """A line each."""
    lines = ""
    for heater in heaters:
        if isinstance(heater, dict):
            read = heater.get(member)
            if not isinstance(read, int | float):
                raise Beyond
            lines += f"{round(float(read), 2)}\n"
    if not lines:
        raise Beyond
    return lines
