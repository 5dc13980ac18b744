"""A file looked at before it is printed: in one pass, in constant memory, with nothing sent.

Nearly every line is a plain move. So a file is read in parts of some thousand lines, of which each
is told by its shape, the line without its digits: the plain moves between two other lines are
judged together, by the farthest that they lead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gbterm.findings import FileCheck, Measures
from gbterm.gcode.bulk import COUNT_ANEW, followed
from gbterm.gcode.lines import LONGEST_LINE, Readable, command_text, too_long
from gbterm.gcode.look import Look
from gbterm.gcode.noted import Noted
from gbterm.gcode.policy import LONGEST_TEXT
from gbterm.gcode.slicer import SlicedFor
from gbterm.gcode.source import Source, opened

PART = 1 << 18
_MOST_SHAPES = 10_000
_DIGITS = b"0123456789.-"
_MARKS = {b"G1 ": b"\x01 ", b"G0 ": b"\x01 ", b"G92 E": b"\x02E"}
"""What stands in shapes for moves, and for what only begins to count E anew."""
_PLAIN = re.compile(rb"(?:\x01(?: +[XYZEF])*|\x02E)? *")
_COMMENT = re.compile(rb";[^\n]*")
_COMMENT_BEFORE_QUOTES = re.compile(rb'(?m)^([^;"\n]*+);[^\n]*')
_ODD_START = re.compile(rb"\n[0-9.\-]")


def inspect_file(path: Path, measures: Measures, name: str = "") -> FileCheck:
    """Look at a whole file, which the user calls `name`.

    Raises `FileRefused` where it can't be read, or is no G-code.
    """
    noted, sliced_for = Noted(), SlicedFor()
    with opened(path, name) as source:
        reader = _Reader(source, Look(measures, noted))
        for part in whole_lines(source):
            sliced_for.see(part, reader.line)
            reader.see(part)
    sliced_for.judge(measures.model, noted)
    return FileCheck(
        *(source.name, source.lines, source.bytes), noted.findings(), _not_judged(measures)
    )


def _not_judged(measures: Measures) -> tuple[str, ...]:
    known = {
        "where moves lead": measures.x and measures.y and measures.z,
        "temperatures": measures.limits,
        "what the firmware offers, and its nozzles": measures.firmware,
        "the slicer's printer model": measures.model,
    }
    return tuple(what for what, is_known in known.items() if not is_known)


def whole_lines(file: Readable) -> Iterator[bytes]:
    """A file in parts of whole lines, each ended by LF, however the file ends them.

    Raises `FileRefused` at a line of over a megabyte.
    """
    begun, held, lines = b"", b"", 0
    while chunk := file.read(PART):
        chunk = held + chunk
        # A CR at the end may be the first half of CR LF.
        held = b"\r" if chunk.endswith(b"\r") else b""
        chunk = chunk.removesuffix(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        chunk = begun + chunk
        end = chunk.rfind(b"\n") + 1
        begun = chunk[end:]
        if end:
            part = chunk[:end]
            lines += part.count(b"\n")
            yield part
        if len(begun) > LONGEST_LINE:
            raise too_long(lines + 1)
    if begun or held:
        yield begun + b"\n"


class _Reader:
    """Takes a file apart for `look`, part by part."""

    def __init__(self, source: Source, look: Look) -> None:
        self._source, self._look = source, look
        self.line = 1
        """The number of the next line."""
        self._shapes: dict[bytes, bool] = {}
        """Whether lines of this shape are plain moves, or blank."""

    def see(self, part: bytes) -> None:
        """The next lines."""
        if b";" in part:
            part = _without_comments(part)
        lines = part.split(b"\n")
        lines.pop()
        begun = 0
        for index in self._special(part, lines):
            command = command_text(lines[index])
            if self._look.is_idle(command):
                lines[index] = b""
                continue
            self._moves(lines[begun:index], self.line + begun)
            if command:
                self._known(command)
                self._look.see(self.line + index, command)
            begun = index + 1
        self._moves(lines[begun:] if begun else lines, self.line + begun)
        self.line += len(lines)

    def _special(self, part: bytes, lines: Sequence[bytes]) -> Iterator[int]:
        """Which lines are no plain moves."""
        if (
            any(mark[:1] in part for mark in _MARKS.values())
            or part[:1] in (b".", b"-")
            or part[:1].isdigit()
            or _ODD_START.search(part)
        ):
            return iter(range(len(lines)))
        for code, mark in _MARKS.items():
            part = part.replace(code, mark)
        shapes = part.translate(None, _DIGITS).split(b"\n")
        shapes.pop()
        known = self._shapes
        if not known.keys() >= (new := set(shapes)):
            self._learn(new)
        if max(map(len, lines)) > LONGEST_TEXT:
            return (
                index
                for index, shape in enumerate(shapes)
                if not known[shape] or len(lines[index]) > LONGEST_TEXT
            )
        return (index for index, shape in enumerate(shapes) if not known[shape])

    def _learn(self, shapes: set[bytes]) -> None:
        if len(self._shapes) > _MOST_SHAPES:
            self._shapes.clear()
        for shape in shapes:
            self._shapes[shape] = _is_plain(shape)

    def _known(self, command: bytes) -> None:
        if not self._source.is_known:
            self._source.see(command)

    def _moves(self, lines: Sequence[bytes], first: int) -> None:
        """Plain moves, and blank lines; the first is line `first`."""
        if not lines:
            return
        if not self._source.is_known:
            for line in filter(None, lines):
                self._known(line.strip())
        if followed(self._look, lines, first):
            return
        for number, line in enumerate(lines, first):
            command = line.strip()
            if command.startswith(COUNT_ANEW):
                self._look.see(number, command)
            elif command:
                self._look.move(number, command, command, 1)


def _without_comments(part: bytes) -> bytes:
    """But for those behind a text in quotes, which take longer to find."""
    if b'"' in part:
        return _COMMENT_BEFORE_QUOTES.sub(rb"\1", part)
    return _COMMENT.sub(b"", part)


def _is_plain(shape: bytes) -> bool:
    letters = shape.replace(b" ", b"")
    return _PLAIN.fullmatch(shape) is not None and len(letters) == len(set(letters))
