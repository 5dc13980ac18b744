"""A terminal as far as gbterm uses one: what stands where, in which rendition."""

from __future__ import annotations

import codecs
import re

from rich.cells import cell_len

SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[?<>]?)(?P<numbers>[\d;]*)\$?(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*\x07"
    r"|(?P<rest>\x1b\S?)",
    re.ASCII,
)
UNFINISHED = re.compile(r"\x1b(\[[?<>\d;$]*|\][^\x07]*)?$")


class Vt:
    """A screen that bytes are fed to; nothing scrolls."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.modes = {"7", "25"}
        """Lines wrap, the cursor is seen."""
        self.unknown: list[str] = []
        """Sequences that no VT100 and no rule for private modes knows."""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._rest, self._rendition = "", ""
        self._erase()

    @property
    def lines(self) -> list[str]:
        """The text of each row."""
        return ["".join(char for char, _ in row) for row in self.rows]

    @property
    def words(self) -> str:
        """The text, with lines joined, as a person reads a sentence that was wrapped."""
        return " ".join(" ".join(self.lines).replace("│", " ").split())

    def feed(self, data: bytes) -> None:
        """Take what a program wrote."""
        text = self._rest + self._decode(data)
        unfinished = UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        text, self._rest = text[:end], text[end:]
        at = 0
        for found in SEQUENCE.finditer(text):
            self._print(text[at : found.start()])
            self._obey(found)
            at = found.end()
        self._print(text[at:])

    def _erase(self) -> None:
        self.rows = [[(" ", "")] * self.width for _ in range(self.height)]
        self.x = self.y = 0

    def _print(self, text: str) -> None:
        for char in text:
            if char == "\r":
                self.x = 0
            elif char == "\n":
                self.y = min(self.y + 1, self.height - 1)
            elif char >= " ":
                self._place(char)

    def _place(self, char: str) -> None:
        row, width = self.rows[self.y], cell_len(char)
        if not width:
            before = self.x - 1 if row[self.x - 1][0] else self.x - 2
            row[before] = (row[before][0] + char, row[before][1])
            return
        if self.x + width > self.width and "7" in self.modes:
            self._print("\r\n")
            row = self.rows[self.y]
        self.x = min(self.x, self.width - width)
        for x in range(self.x, self.x + width):
            self._clear(x)
        row[self.x] = (char, self._rendition)
        row[self.x + 1 : self.x + width] = [("", self._rendition)] * (width - 1)
        self.x += width

    def _clear(self, x: int) -> None:
        """Also the other half of a wide character."""
        row = self.rows[self.y]
        if not row[x][0]:
            row[x - 1] = (" ", row[x - 1][1])
        elif x + 1 < self.width and not row[x + 1][0]:
            row[x + 1] = (" ", row[x + 1][1])
        row[x] = (" ", self._rendition)

    def _obey(self, found: re.Match[str]) -> None:
        numbers = [int(n) if n else 0 for n in (found["numbers"] or "").split(";")]
        match found["private"], found["final"]:
            case ("?", "h"):
                self.modes.add(found["numbers"])
            case ("?", "l"):
                self.modes.discard(found["numbers"])
            case ("", "H"):
                self.y, self.x = (max(1, n) - 1 for n in [*numbers, 1][:2])
            case ("", "C"):
                self.x += max(1, numbers[0])
            case ("", "K"):
                for x in range(self.x, self.width):
                    self._clear(x)
            case ("", "J"):
                self.rows = [[(" ", "")] * self.width for _ in range(self.height)]
            case ("", "m"):
                for code in (found["numbers"] or "0").split(";"):
                    joined = f"{self._rendition};{code}".lstrip(";")
                    self._rendition = "" if code == "0" else joined
            case ("<" | ">", "u"):
                self.modes ^= {"kitty keys"}
            case _:
                self.unknown.append(found[0])
