"""A G-code file as a stream of commands.

What goes, because Marlin's reader drops it or because the host writes its own:

- `;` and what follows, except inside a pair of double quotes (`GCODE_QUOTED_STRINGS`);
- `(…)` in commands without a text argument. Marlin is built without `PAREN_COMMENTS` by default,
  passes brackets on and would read the letters between them as parameters. In a text argument
  (`M117 (layer 2)`) they stay; a bracket that doesn't close stays, for `policy` to refuse;
- a line's own `N…` number and its `*checksum`;
- white space at both ends, CR, blank lines and a UTF-8 byte order mark.

All else stays byte for byte. Lines end with LF, CR LF or a lone CR, as they do for Marlin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from gbterm.errors import FileRefused

CHUNK = 1 << 16
LONGEST_LINE = 1 << 20
"""No slicer writes a line of a megabyte, not even as a comment; such a file isn't G-code."""

TEXT_CODES = frozenset((0, 1, 16, 23, 28, 30, 32, 33, 117, 118, 486, 928, *range(810, 820)))
"""M codes whose argument is text: names, messages and macros."""

_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(rb"N *-?\d+\s*")
_CHECKSUM = re.compile(rb"\s*\*\s*\d+\Z")
_BRACKETS = re.compile(rb"\([^()]*\)")
_CODE = re.compile(rb"([GMTgmt]) *(\d+)")
_COMMENT = re.compile(rb'((?:[^;"]|"[^"]*"|"(?=[^"]*\Z))*);')


class Readable(Protocol):
    """A binary file, or what reads like one."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `text` holds bytes that are no UTF-8 as surrogates, see `data`."""

    text: str
    number: int
    """Counts commands, from 1."""
    line: int
    """Counts lines of the file, from 1."""
    end: int
    """The offset of the byte after the line."""

    @property
    def data(self) -> bytes:
        """The very bytes of the file."""
        return encode(self.text)


def encode(text: str) -> bytes:
    """A command's text as the bytes that go on the wire."""
    return text.encode("utf-8", "surrogateescape")


def read_commands(
    file: Readable, *, offset: int = 0, number: int = 0, line: int = 0
) -> Iterator[Command]:
    """The commands of `file`, which stands at byte `offset`, in constant memory.

    To go on after a command, seek to its `end` and pass its `end`, `number` and `line`. Raises
    `FileRefused` at a line of more than a megabyte.
    """
    commands = Commands(offset, number, line)
    for raw in read_lines(file, line):
        if command := commands.read(raw):
            yield command


class Commands:
    """Reads the lines of a file one by one, and counts from what was read before."""

    def __init__(self, offset: int = 0, number: int = 0, line: int = 0) -> None:
        self._offset, self._number, self._line = offset, number, line

    def read(self, raw: bytes) -> Command | None:
        """The command in the file's next line, which comes with its end; None where none is."""
        self._line += 1
        self._offset += len(raw)
        text = command_text(raw)
        if not text:
            return None
        self._number += 1
        return Command(
            text.decode("utf-8", "surrogateescape"), self._number, self._line, self._offset
        )


def command_text(raw: bytes) -> bytes:
    """What of a line of a file is a command; empty where nothing is."""
    # Not by partition: comments of a megabyte would be there twice.
    comment = raw.find(b";")
    text = raw if comment < 0 else raw[:comment]
    if comment >= 0 and b'"' in text:
        cut = _COMMENT.match(raw)
        text = cut[1] if cut else raw
    text = text.strip()
    if raw.startswith(_BOM):
        text = text.removeprefix(_BOM).lstrip()
    if text.startswith(b"N") and (own := _NUMBER.match(text)):
        text = _CHECKSUM.sub(b"", text[own.end() :])
    elif b"*" in text and not _takes_text(text):
        text = _CHECKSUM.sub(b"", text)
    if b"(" in text and not _takes_text(text):
        text = _BRACKETS.sub(b"", text).strip()
    return text


def _takes_text(text: bytes) -> bool:
    """Whether brackets and stars in it mean themselves, as in names and messages."""
    code = _CODE.match(text)
    if code is None:
        return not text.startswith(b"(")
    return code[1] in b"Mm" and int(code[2]) in TEXT_CODES


def read_lines(file: Readable, lines: int = 0) -> Iterator[bytes]:
    """The lines of `file` with their ends, after `lines` that were read before.

    Raises `FileRefused` at one of over a megabyte.
    """
    begun: list[bytes] = []
    while chunk := file.read(CHUNK):
        if begun and begun[-1].endswith(b"\r") and not chunk.startswith(b"\n"):
            yield b"".join(begun)
            begun.clear()
            lines += 1
        pieces = chunk.splitlines(keepends=True)
        # A CR at the end may be the first half of CR LF.
        rest = b"" if pieces[-1].endswith(b"\n") else pieces.pop()
        if pieces:
            if begun:
                pieces[0] = b"".join([*begun, pieces[0]])
                begun.clear()
            yield from pieces
            lines += len(pieces)
        begun += [rest] if rest else []
        if sum(map(len, begun)) > LONGEST_LINE:
            raise too_long(lines + 1)
    if begun:
        yield b"".join(begun)


def too_long(line: int) -> FileRefused:
    """The refusal of a file with a line of over a megabyte."""
    return FileRefused(
        f"Line {line} is longer than a megabyte, so this is no G-code: choose a sliced file."
    )
