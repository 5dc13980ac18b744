"""Keeps characters that the terminal can't draw from reaching it, whoever wrote them."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from gbterm.lookalikes import SAFE, one_cell
from gbterm.terminal import Glyphs


class SafeGlyphs(LineFilter):
    """Draws what the terminal lacks as something alike of the same width, else as `?`."""

    def __init__(self, kind: Glyphs) -> None:
        super().__init__(enabled=kind is not Glyphs.UNICODE)
        self.kind = kind

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Transform a list of segments."""
        del background
        return [
            segment if segment.control else Segment(safe(segment.text, self.kind), segment.style)
            for segment in segments
        ]


@lru_cache(2048)
def safe(text: str, kind: Glyphs) -> str:
    """`text` in characters that `kind` draws, as wide as before."""
    allowed = SAFE.get(kind)
    if allowed is None or allowed.issuperset(text):
        return text
    drawn = ((one_cell(char, kind), char) for char in text)
    return "".join("?" * cell_len(char) if cell is None else cell for cell, char in drawn)
