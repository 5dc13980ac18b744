"""What was done and how it ended, as the documentation shows it."""

from __future__ import annotations

from collections.abc import Iterable


def show(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Print a table in Markdown."""
    for row in (head, ("---",) * len(head), *rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
