"""How far a file has come, on a terminal."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gbterm.widgets.words import size

EVERY_S = 0.5
"""Terminals may be slow."""
WIDEST = 60
_BESIDE = len("100 % 999.9 MB of 999.9 MB []")


@contextmanager
def bar() -> Iterator[Callable[[int, int], None] | None]:
    """What is called with bytes done and bytes in all; None unless a terminal reads the errors."""
    if not sys.stderr.isatty():
        yield None
        return
    drawn_at = 0.0

    def draw(done: int, total: int) -> None:
        nonlocal drawn_at
        now = time.monotonic()
        if now - drawn_at >= EVERY_S or done >= total:
            drawn_at = now
            _write("\r" + drawn(done, total, shutil.get_terminal_size().columns) + "\x1b[K")

    try:
        yield draw
    finally:
        if drawn_at:
            _write("\r\x1b[K")


def drawn(done: int, total: int, columns: int) -> str:
    """`[#####-----]  50 % 6.0 MB of 12.0 MB`, in `columns` characters at most."""
    share = done / total if total else 1.0
    told = f" {100 * share:3.0f} % {size(done)} of {size(total)}"
    width = min(WIDEST, columns - 1) - _BESIDE
    full = int(share * max(width, 0))
    return (f"[{'#' * full}{'-' * (width - full)}]{told}" if width > 3 else told)[: columns - 1]


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
