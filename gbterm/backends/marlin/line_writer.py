"""M28: a file goes to the board's card line by line, each with its number and checksum.

One line at a time: what the board answers then is of that line, whatever became of the answer. In
this mode Marlin 2.0.9 takes nothing without a number but M29, refuses what is out of turn, and
writes a line as it stands behind its number, up to a star, with CR LF (queue.cpp, `write_command`
in cardreader.cpp, and the recordings).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator

from gbterm.backends.marlin.conversation import MORE, Ask, Step
from gbterm.backends.marlin.packet import numbered
from gbterm.errors import FileRefused, PrinterError
from gbterm.gcode.lines import Commands

ANSWERED_WITHIN_S, TRIES = 5.0, 6
CLOSED_WITHIN_S, CLOSE_TRIES = 2.0, 4
"""A card that is slow takes seconds; what is sent again does no harm."""
KEPT = 16
"""Lines that may be asked for again; an ok too many makes the host one line too quick."""
LINE_END = 2
"""Bytes that Marlin adds to a line."""
CLOSE = b"\nM29\n"
"""Ends the mode, whatever the board had of a line; does nothing outside of it."""

_RESEND = re.compile(r"(?:Resend|rs):? ?N?(\d{1,9})", re.ASCII)
_CLOSES = re.compile(r"M29(?!\d)")
_WRITES = "Writing to file:"
_SAVED = "Done saving file"
_BROKEN = ("error writing to file", "Printer halted", "SD init fail", "No SD card", "No media")
EXECUTES = ("echo:Unknown command", "start", "Marlin ", "echo:Marlin ")
"""What a board says that doesn't write what it is sent: it was reset, or the file is closed."""

Exchange = Generator[Step, "str | bytes | None", None]
Talk = Generator[Step, "str | bytes | None", str]


class LineWriter:
    """Writes what `MORE` gives, lines whose ends are kept, to the file `name`."""

    def __init__(self, name: str, first_number: int) -> None:
        self._name, self._number = name, first_number
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._commands = Commands()
        self.bytes_read = 0
        """Of the file."""
        self.bytes_written = 0
        """Of the file on the card."""
        self.is_open = False
        """Whether the board may take what it is sent for lines of the file."""

    @property
    def way_out(self) -> bytes:
        """What makes the board take commands, said without waiting for an answer."""
        return CLOSE

    def run(self) -> Exchange:
        """The conversation; raises `PrinterError` and `FileRefused`."""
        yield from self._line(b"M110 N%d" % self._number)
        self.is_open = True
        said = yield from self._line(b"M28 " + self._name.encode())
        if _WRITES not in said:
            raise PrinterError(f"The board can't open {self._name} for writing ({said.strip()}).")
        while chunk := (yield MORE):
            assert isinstance(chunk, bytes)
            for raw in chunk.splitlines(keepends=True):
                self.bytes_read += len(raw)
                if text := self._text(raw):
                    yield from self._line(text)
                    self.bytes_written += len(text) + LINE_END
        yield from self._line(b"M29")
        self.is_open = False

    def leave(self) -> Exchange:
        """Have the board close the file, whatever it knows of it."""
        for _ in range(CLOSE_TRIES if self.is_open else 0):
            line = yield Ask(CLOSE, CLOSED_WITHIN_S)
            while isinstance(line, str) and not line.startswith((_SAVED, "echo:Unknown")):
                line = yield Ask(b"", CLOSED_WITHIN_S)
            if line is not None:
                break
        self.is_open = False

    def begin(self, text: bytes) -> Exchange:
        """Have the board take one line after which it may not answer as it did."""
        yield from self._line(b"M110 N%d" % self._number)
        self._number += 1
        self._kept.append((self._number, text))
        for _ in range(TRIES):
            wanted, _ = yield from self._sent(self._number, is_last=False)
            if wanted != self._number:
                break

    def _text(self, raw: bytes) -> bytes:
        command = self._commands.read(raw)
        if command is None:
            return b""
        # Marlin looks for M29 anywhere in a line, and writes nothing behind a star.
        if _CLOSES.search(command.text) or "*" in command.text:
            raise FileRefused(
                f"Line {command.line} can't be written to a card: Marlin takes M29 for the end of"
                " the file, and a * for a checksum. Change that line."
            )
        return command.data

    def _line(self, text: bytes) -> Talk:
        """Have the board take a line; what it said meanwhile."""
        if self._kept:
            self._number += 1
        self._kept.append((self._number, text))
        at, tries, said = self._number, 0, ""
        while at <= self._number:
            tries += 1
            if tries > TRIES + KEPT:
                raise PrinterError(f"The board takes no more lines of {self._name}.")
            wanted, heard = yield from self._sent(at, is_last=text == b"M29")
            said += heard
            if wanted is None:
                continue
            if not self._kept[0][0] <= wanted <= self._number + 1:
                raise PrinterError(f"The board was reset, or lost count, while {self._name} went.")
            at = wanted
        return said

    def _sent(
        self, number: int, *, is_last: bool
    ) -> Generator[Step, str | bytes | None, tuple[int | None, str]]:
        """Send a line once: the number that the board wants next, None where it did not say."""
        text = next(text for kept, text in self._kept if kept == number)
        data, said, asked = numbered(number, text), "", None
        while True:
            line = yield Ask(data, ANSWERED_WITHIN_S)
            data = b""
            if line is None:
                return asked, said
            assert isinstance(line, str)
            said += line + "\n"
            self._check(line, is_last=is_last)
            if match := _RESEND.match(line):
                asked = int(match[1])
            elif line == "ok" or line.startswith("ok "):
                if (named := re.match(r"ok N(\d+)", line)) and int(named[1]) < number:
                    continue
                return (number + 1 if asked is None else asked), said

    def _check(self, line: str, *, is_last: bool) -> None:
        if any(words in line for words in _BROKEN):
            raise PrinterError(f"The board could not write {self._name} to its card: {line}")
        if line.startswith(EXECUTES) or (_SAVED in line and not is_last):
            self.is_open = False
            raise PrinterError(
                f"The board stopped writing {self._name} by itself: it was reset, or the file was"
                " closed."
            )
