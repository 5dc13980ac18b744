"""Which characters each kind of terminal draws, and what to draw instead of the others."""

from __future__ import annotations

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
_ASCII_LOOKALIKE = _LOOKALIKE | {
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
_IN_LINES = _ASCII_LOOKALIKE | {"°": "", "…": "...", "±": "+-", "→": "->", "←": "<-"}
"""Where nothing has to stand below anything else, they may be of another width."""


def one_cell(char: str, kind: Glyphs) -> str | None:
    """`char`, or something alike of one cell that `kind` draws; None where nothing is."""
    if char in SAFE.get(kind, char):
        return char
    return (_ASCII_LOOKALIKE if kind is Glyphs.ASCII else _LOOKALIKE).get(char)


def line(text: str, kind: Glyphs) -> str:
    """`text` in characters that `kind` draws, for a line that nothing is aligned to."""
    allowed = SAFE.get(kind)
    if allowed is None or allowed.issuperset(text):
        return text
    lookalike = _IN_LINES if kind is Glyphs.ASCII else _LOOKALIKE
    return "".join(char if char in allowed else lookalike.get(char, "?") for char in text)
