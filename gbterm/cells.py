"""What the terminal shows, cell by cell, so that only what differs is sent to it.

The sequences are those of a VT100: cursor position, cursor forward, erase to the end of the line,
select graphic rendition.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

COMBINED = 8
"""Characters that may share a cell."""
SHORT_GAP = 4
"""Cells that are cheaper written once more than stepped over."""


class Cell(NamedTuple):
    """What one column of a row shows; the second half of a wide character has no text."""

    text: str
    codes: str
    """Its rendition as the numbers between `ESC [` and `m`, empty for the terminal's own."""


_SHOWING = {*map(str, (4, 7, 9, *range(40, 50), *range(100, 108)))}
"""Underlined, reversed, struck, and every ground."""

_COMMANDS = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""The kinds of characters that draw nothing, but change how others are drawn."""

BLANK = Cell(" ", "")
UNKNOWN = Cell("\0", "")
Row = list[Cell]


class Cells:
    """The screen as it should be, and as the terminal has it since `changes` was written last."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._wanted: list[Row] = [[BLANK] * width for _ in range(height)]
        self._shown: list[Row] | None = None
        self._touched: set[int] = set()

    @property
    def differs(self) -> bool:
        """Whether `changes` may have something to say."""
        return self._shown is None or bool(self._touched)

    def put(self, x: int, y: int, cells: Sequence[Cell], *, anew: bool = False) -> None:
        """Want `cells` in row `y` from column `x`; what lies beyond the screen is left out.

        With `anew` they are drawn also where the same ones are shown.
        """
        if not (0 <= y < self.height and 0 <= x < self.width and cells):
            return
        row, end = self._wanted[y], min(self.width, x + len(cells))
        if x and not row[x].text:
            row[x - 1] = BLANK  # half of a wide character is none
        row[x:end] = cells[: end - x]
        if not all(cell.text for cell in cells[end - x : end - x + 1]):
            row[end - 1] = BLANK
        if end < self.width and not row[end].text:
            row[end] = BLANK
        if anew and self._shown is not None:
            self._shown[y][x:end] = [UNKNOWN] * (end - x)
        self._touched.add(y)

    def forget(self) -> None:
        """Nobody knows what the terminal shows: `changes` erases it and draws everything."""
        self._shown = None

    def changes(self) -> str:
        """What makes the terminal show what is wanted; from then on it counts as shown.

        It relies on no cursor position and leaves the rendition at the terminal's own, because
        others write to a terminal as well: a kernel to the console that it was given, for one.
        """
        pen = Pen()
        if self._shown is None:
            pen.erase()
            self._shown = [[BLANK] * self.width for _ in range(self.height)]
            self._touched.update(range(self.height))
        for y in sorted(self._touched):
            new = self._wanted[y]
            if new != self._shown[y]:
                _draw(pen, y, new, self._shown[y])
                self._shown[y] = new.copy()
        self._touched.clear()
        return pen.text()


def _draw(pen: Pen, y: int, new: Row, old: Row) -> None:
    end = len(new)
    while end and new[end - 1] == BLANK:
        end -= 1
    # Half a wide character can't be drawn, and drawing over half of one erases the other.
    wide = any(not cell.text for row in (new, old) for cell in row)
    start = _difference(new, old) if wide else 0
    for x in range(start, end):
        if wide or new[x] != old[x]:
            pen.draw(x, y, new)
    rest = next((x for x in range(end, len(old)) if old[x] != BLANK), None)
    if rest is not None:
        pen.erase_from(end if wide else rest, y, new)


def _difference(new: Row, old: Row) -> int:
    """The column of the first character that differs."""
    x = next(x for x, pair in enumerate(zip(new, old, strict=True)) if pair[0] != pair[1])
    while x and not (new[x].text and old[x].text):
        x -= 1
    return x


class Pen:
    """Writes cells with as few bytes as there need to be."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at: tuple[int, int] | None = None
        self._codes = ""

    def text(self) -> str:
        """Everything so far, with the rendition reset."""
        self._render("")
        return "".join(self._parts)

    def erase(self) -> None:
        """Erase the screen."""
        self._parts.append("\x1b[m\x1b[2J")

    def draw(self, x: int, y: int, row: Row) -> None:
        """Draw the cell `x` of `row`."""
        text, codes = row[x]
        if not text:
            return
        self._move(x, y, row)
        if not self._fits(row[x]):
            self._render(codes)
        self._parts.append(text)
        end = x + 1
        while end < len(row) and not row[end].text:
            end += 1
        # Behind the last column a cursor may stand in it, beyond it or in the next row.
        self._at = (end, y) if end < len(row) else None

    def erase_from(self, x: int, y: int, row: Row) -> None:
        """Erase `row` from column `x`."""
        self._move(x, y, row)
        self._render("")
        self._parts.append("\x1b[K")

    def _move(self, x: int, y: int, row: Row) -> None:
        if self._at == (x, y):
            return
        column, line = self._at or (0, -1)
        if line == y and column < x:
            between = row[column:x]
            if len(between) <= SHORT_GAP and all(map(self._fits, between)):
                self._parts.extend(cell.text for cell in between)
            else:
                self._parts.append(f"\x1b[{x - column}C")
        elif x == 0 and line == y - 1 and self._at is not None:
            self._parts.append("\r\n")
        else:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")

    def _fits(self, cell: Cell) -> bool:
        """Whether `cell` looks right in the rendition that is on."""
        return cell.codes == self._codes or (cell == BLANK and not shows_on_a_space(self._codes))

    def _render(self, codes: str) -> None:
        if codes != self._codes:
            first = "0;" if codes and self._codes else ""
            self._parts.append(f"\x1b[{first}{codes}m")
            self._codes = codes


@lru_cache(1024)
def shows_on_a_space(codes: str) -> bool:
    """Whether a space in this rendition may differ from one in the terminal's own."""
    return not _SHOWING.isdisjoint(codes.split(";"))


@lru_cache(4096)
def cells_of(text: str, codes: str) -> tuple[Cell, ...]:
    """`text` as cells, as many as it is counted to take."""
    space = Cell(" ", codes) if shows_on_a_space(codes) else BLANK
    if text.isascii() and text.isprintable():
        return tuple(space if c == " " else Cell(c, codes) for c in text)
    cells: list[Cell] = []
    for char in text:
        width = get_character_cell_size(char)
        if unicodedata.category(char) in _COMMANDS:
            continue  # whatever it was meant to do to the terminal
        if width:
            cells.append(space if char == " " else Cell(char, codes))
            cells += [Cell("", codes)] * (width - 1)
        elif cells and 0 < len(cells[-1].text) < COMBINED:
            cells[-1] = Cell(cells[-1].text + char, codes)
    # Whoever laid the text out counted a sequence that is drawn as one character so.
    counted = cell_len(text)
    return tuple((cells + [space] * counted)[:counted])
