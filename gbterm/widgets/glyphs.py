"""Keeps characters that the terminal can't draw from reaching it, whoever wrote them."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from gbterm.terminal import Glyphs

_LATIN_1 = "".join(map(chr, range(0xA1, 0x100))).replace("\xad", "")
_ASCII = "".join(map(chr, range(0x20, 0x7F)))

_BOX = "─│┌┐└┘├┤┬┴┼╭╮╰╯━┃┏┓┗┛┣┫┳┻╋═║╔╗╚╝╠╣╦╩╬╸╺"
_SIGNS = "█░▒■●▲▼▶…↑↓←→"

SAFE = {
    Glyphs.CONSOLE: frozenset(_ASCII + _LATIN_1 + _BOX + _SIGNS),
    Glyphs.ASCII: frozenset(_ASCII),
}
"""What each kind of terminal draws; box, blocks and arrows from Debian's console fonts."""

_LOOKALIKE = {
    **dict.fromkeys("▁▂▃▄▅▆▇▀▔▏▎▍▌▋▊▉▐▕▖▗▘▙▚▛▜▝▞▟▓", " "),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("–—", "-"),
    "•": "*",
    "❯": ">",
}
_ASCII_LOOKALIKE = {
    **dict.fromkeys("─━═╸╺", "-"),
    **dict.fromkeys("│┃║", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+"),
    **dict.fromkeys("█■", "#"),
    **dict.fromkeys("░▒", "."),
    **dict.fromkeys("●·", "*"),
    **dict.fromkeys("°\xa0", " "),
    **dict.fromkeys("▲↑", "^"),
    **dict.fromkeys("▼↓", "v"),
    "▶": ">",
    "→": ">",
    "←": "<",
    "…": ".",
    "×": "x",
    "±": "~",
}


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
    lookalike = _LOOKALIKE | (_ASCII_LOOKALIKE if kind is Glyphs.ASCII else {})
    return "".join(
        char if char in allowed else lookalike.get(char, "?" * cell_len(char)) for char in text
    )
