"""Whether a file may be printed, found out in one pass in constant memory."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gbterm.errors import FileRefused
from gbterm.gcode.lines import Command, read_commands
from gbterm.gcode.policy import Action, judge
from gbterm.model import Firmware
from gbterm.text import scrub

LISTED = 100
"""So many asked and held lines are listed; a file may hold millions."""

Lines = tuple[tuple[int, str], ...]

_KNOWN = re.compile(r"[GMTgmt] *\d")
_FORMATS = {
    b"\x1f\x8b": "is compressed: unpack it first (gunzip)",
    b"PK\x03\x04": "is a ZIP archive (3MF?): slice it, or unpack it first",
    b"GCDE": "is binary G-code: switch that off in the slicer and slice again",
    b"\xff\xfe": "is UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text: save it as UTF-8",
}


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a file that may be printed holds; `asked` and `held` are (line, scrubbed text)."""

    commands: int
    lines: int
    """As an editor counts them, comments and blank lines included."""
    bytes: int
    sha256: str
    """In hexadecimal, of the whole file."""
    asked: Lines = ()
    held: Lines = ()


def check_file(path: Path, firmware: Firmware | None, name: str = "") -> FileReport:
    """Read the whole file and judge each command for `firmware`.

    With None only whether this is G-code at all. `name` is what the user calls it.
    Raises `FileRefused`, naming the line.
    """
    name = scrub(name or path.name, 60)
    try:
        with path.open("rb") as file:
            return _Check(name, firmware).run(file)
    except FileNotFoundError:
        raise FileRefused(f"{name} does not exist.") from None
    except OSError as error:
        raise FileRefused(f"{name} can't be read: {error.strerror}.") from None


class _Check:
    """The pass over one file; it reads as a file does, and sees all the bytes."""

    def __init__(self, name: str, firmware: Firmware | None) -> None:
        self.name, self.firmware = name, firmware
        self.bytes = self.commands = self.newlines = self.returns = 0
        self.end = b""
        self.known = False
        self.hash = hashlib.sha256()
        self.lines: dict[Action, list[tuple[int, str]]] = {Action.ASKED: [], Action.HELD: []}

    def run(self, file: BinaryIO) -> FileReport:
        self.file = file
        for command in read_commands(self):
            self._see(command)
        if not self.bytes:
            raise FileRefused(f"{self.name} is empty.")
        if self.commands and not self.known:
            raise FileRefused(
                f"{self.name} is no G-code: none of its lines is a command that a printer knows."
            )
        asked, held = (tuple(lines) for lines in self.lines.values())
        digest = self.hash.hexdigest()
        return FileReport(self.commands, self._lines, self.bytes, digest, asked, held)

    @property
    def _lines(self) -> int:
        return self.newlines + self.returns + (self.end not in (b"\n", b"\r"))

    def read(self, size: int, /) -> bytes:
        chunk = self.file.read(size)
        if not self.bytes:
            self._see_start(chunk)
        if b"\0" in chunk:
            line = self.newlines + chunk.partition(b"\0")[0].count(b"\n") + 1
            raise FileRefused(
                f"{self.name} is no G-code: line {line} holds a NUL byte, so this is a binary or "
                "damaged file. Choose a sliced file, or slice again."
            )
        self._count_lines(chunk)
        self.bytes += len(chunk)
        self.hash.update(chunk)
        return chunk

    def _count_lines(self, chunk: bytes) -> None:
        """Count LF, and each CR that no LF follows."""
        self.newlines += chunk.count(b"\n")
        self.returns += chunk.count(b"\r") - chunk.count(b"\r\n")
        if self.end == b"\r" and chunk.startswith(b"\n"):
            self.returns -= 1
        self.end = chunk[-1:] or self.end

    def _see_start(self, chunk: bytes) -> None:
        for magic, remedy in _FORMATS.items():
            if chunk.startswith(magic):
                raise FileRefused(f"{self.name} {remedy}.")

    def _see(self, command: Command) -> None:
        self.commands += 1
        if not self.known and _KNOWN.match(command.text):
            self.known = True
        if self.firmware is None:
            return
        verdict = judge(command.text, self.firmware)
        if verdict.action is Action.SENT:
            return
        text = scrub(command.text, 60)
        if verdict.action is Action.REFUSED:
            raise FileRefused(
                f"{self.name} can't be printed: line {command.line}, {text!r}, {verdict.reason}. "
                "Change or remove that line."
            )
        if len(listed := self.lines[verdict.action]) < LISTED:
            listed.append((command.line, text))
