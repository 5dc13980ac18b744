"""The emergency parser: commands that act while their bytes enter the receive ring."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Once the digits have matched, what follows them up to the line end is not looked at
# (Marlin 2.0.9 e_parser.h), hence "M112*32" and even "M1125" stop the board.
_PATTERN = re.compile(rb" *(?:N[-0-9 ]*)?M *(?:(108|112|410)|(876) *S *([0-9]))")
_LINE_END = re.compile(rb"[\r\n]")
_KEPT = 128


@dataclass(frozen=True, slots=True)
class Emergency:
    """A command seen on its way in."""

    code: int
    answer: int = 0  # M876: the button that was pressed
    line: str = ""


class EmergencyParser:
    """Watches a byte stream for M108, M112, M410 and M876."""

    __slots__ = ("_line",)

    def __init__(self) -> None:
        self._line = b""

    def feed(self, data: bytes) -> list[Emergency]:
        """The emergencies whose line end is in the data."""
        if b"M" not in data and b"M" not in self._line:
            tail = data[max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 :]
            self._line = tail[:_KEPT] if len(tail) < len(data) else (self._line + tail)[:_KEPT]
            return []
        *lines, rest = _LINE_END.split(self._line + data)
        self._line = rest[:_KEPT]
        return [found for line in lines if (found := _read(line)) is not None]


def _read(line: bytes) -> Emergency | None:
    match = _PATTERN.match(line)
    if match is None:
        return None
    text = line.decode("latin-1").strip()
    if match[2]:
        return Emergency(876, int(match[3]), text)
    return Emergency(int(match[1]), line=text)
