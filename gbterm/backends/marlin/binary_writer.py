"""M28 B1: a file goes to the board's card in packets, packed by heatshrink.

One packet at a time: Marlin has room for one, and while it writes to the card an AVR reads nothing.
A file that would not be packed goes by M28: a board that is reset meanwhile would execute the lines
that stand in such packets.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator

from gbterm.backends.marlin.binary_packets import (
    FOOTER,
    HEADER,
    SYNC,
    SYNCS,
    Kind,
    opening,
    packet,
    synced,
)
from gbterm.backends.marlin.conversation import MORE, Ask, Step
from gbterm.backends.marlin.heatshrink import Encoder
from gbterm.backends.marlin.line_writer import EXECUTES, LineWriter
from gbterm.errors import PrinterError

ANSWERED_WITHIN_S, TRIES = 1.5, 20
"""Of a packet; Marlin asks again by itself for one that did not come whole within half a second."""
DONE_WITHIN_S = 10.0
"""A card is mounted, or a file closed."""
SYNC_TRIES, QUERY_TRIES, LEAVE_TRIES = 4, 3, 6
PIECE = 512
"""Bytes that are packed at once, so that nothing else waits for it."""

_TAKEN = re.compile(r"ok(\d{1,3})\Z", re.ASCII)
_WANTED = re.compile(r"rs(\d{1,3})\Z", re.ASCII)
_OF_FILE = ("PFT:", "PTF:")
_PACKED = re.compile(r"PFT:version:.*:heatshrink,(\d{1,2}),(\d{1,2})\Z", re.ASCII)
WINDOW_BITS, LOOKAHEAD_BITS = range(4, 16), range(3, 15)
"""What heatshrink can be built with."""
SUCCESS, BUSY = "success", "busy"
_WHY = {
    "fail": "it can't open {name}: look whether its card is in, and not write-protected or full",
    BUSY: "it says that it still receives another file: reset it",
    "ioerror": "its card takes no more of {name}: look whether it is in, and not full",
    "invalid": "it has closed {name} by itself, since nothing came for too long",
}

Exchange = Generator[Step, "str | bytes | None", None]
Said = Generator[Step, "str | bytes | None", str]
Told = Generator[Step, "str | bytes | None", bool]


class BinaryWriter:
    """Writes what `MORE` gives, byte for byte, to the file `name`."""

    def __init__(self, name: str, first_number: int) -> None:
        self._name = name
        self._lines = LineWriter(name, first_number)
        self._sync, self._room = 0, 0
        self._is_transferring = self._is_leaving = False
        self._waiting = b""
        self.bytes_read = 0
        """Of the file."""
        self.bytes_written = 0
        """Of the file on the card, once it is closed."""
        self.is_open = False
        """Whether the board may be in binary mode."""

    def run(self) -> Told:
        """The conversation; False where the board unpacks nothing, and takes text again.

        Raises `PrinterError`.
        """
        self.is_open = True
        yield from self._lines.begin(b"M28 B1")
        if not (yield from self._synced()):
            raise PrinterError("The board does not answer in binary mode: reset it.")
        encoder = yield from self._agreed()
        if encoder is None:
            yield from self.leave()
            return False
        yield from self._open()
        while chunk := (yield MORE):
            assert isinstance(chunk, bytes)
            for at in range(0, len(chunk), PIECE):
                piece = chunk[at : at + PIECE]
                yield from self._write(encoder.feed(piece))
                self.bytes_read += len(piece)
        yield from self._write(encoder.finish(), is_all=True)
        yield from self._send(Kind.CLOSE)
        # What the card's list says counts; an answer may have been lost.
        self._judge((yield from self._answer()) or SUCCESS)
        self.bytes_written, self._is_transferring = self.bytes_read, False
        yield from self.leave()
        return True

    def leave(self) -> Exchange:
        """Have the board take text again; a file that is not whole is deleted."""
        self._is_leaving = True
        for _ in range(LEAVE_TRIES if self.is_open else 0):
            with contextlib.suppress(PrinterError):
                # One that does not answer to this takes text already.
                if not (yield from self._synced()):
                    break
                if self._is_transferring:
                    yield from self._send(Kind.ABORT)
                    self._is_transferring = False
                    yield from self._answer()
                if (yield from self._taken(Kind.LEAVE)):
                    break
        self.is_open = False

    @property
    def way_out(self) -> bytes:
        """What makes the board take text, said without waiting for an answer.

        First what a packet under way may lack: then it is damaged, and thrown away. Nobody knows
        whether the last one was taken, so the next comes under both numbers; a second ABORT finds
        no file.
        """
        lacking = bytes(HEADER + self._room + FOOTER)
        kind = Kind.ABORT if self._is_transferring else Kind.LEAVE
        numbers = (self._sync, self._sync + 1)
        end = packet(self._sync + 2, Kind.LEAVE) if self._is_transferring else b""
        return lacking + b"".join(packet(number, kind) for number in numbers) + end + b"\n"

    # The file.

    def _agreed(self) -> Generator[Step, str | bytes | None, Encoder | None]:
        """What packs for this board; None where it unpacks nothing of the kind."""
        for _ in range(QUERY_TRIES):
            yield from self._send(Kind.QUERY)
            said = yield from self._answer()
            if match := _PACKED.match(said):
                window, lookahead = int(match[1]), int(match[2])
                if window in WINDOW_BITS and lookahead in LOOKAHEAD_BITS:
                    return Encoder(window, lookahead)
            if said.endswith(":none"):
                break
        return None

    def _open(self) -> Exchange:
        # Of an OPEN that the board has carried out the answer may be lost.
        self._is_transferring = True
        for _ in range(2):
            yield from self._send(Kind.OPEN, opening(self._name, is_packed=True))
            said = yield from self._answer()
            if said != f"PFT:{BUSY}":
                break
            # A host is gone that had begun one. ABORT would delete what was listed last.
            yield from self._send(Kind.CLOSE)
            yield from self._answer()
        self._is_transferring = said == f"PFT:{SUCCESS}" or not said
        self._judge(said)

    def _write(self, packed: bytes, *, is_all: bool = False) -> Exchange:
        waiting = self._waiting + packed
        while len(waiting) >= self._room or (is_all and waiting):
            yield from self._send(Kind.WRITE, waiting[: self._room])
            waiting = waiting[self._room :]
        self._waiting = waiting

    def _answer(self) -> Said:
        """What the board says of the file; empty where it says nothing."""
        while True:
            line = yield Ask(b"", DONE_WITHIN_S)
            if line is None:
                return ""
            assert isinstance(line, str)
            self._check(line)
            if line.startswith(_OF_FILE):
                return line.replace("PTF:", "PFT:")

    def _judge(self, said: str) -> None:
        word = said.rpartition(":")[2]
        if word in _WHY:
            raise PrinterError(f"The board refuses: {_WHY[word].format(name=self._name)}.")
        if word != SUCCESS:
            raise PrinterError(f"The board did not say whether it opened {self._name}.")

    # Packets.

    def _synced(self) -> Told:
        """Whether the board is in binary mode; then the numbers are right."""
        for _ in range(SYNC_TRIES):
            data = SYNC
            while (line := (yield Ask(data, ANSWERED_WITHIN_S, "SYNC"))) is not None:
                assert isinstance(line, str)
                data = b""
                if found := synced(line):
                    self._sync, self._room = found
                    return self._room > 0
        return False

    def _send(self, kind: Kind, data: bytes = b"") -> Exchange:
        for _ in range(TRIES):
            if (yield from self._taken(kind, data)):
                self._sync = (self._sync + 1) % SYNCS
                return
        raise PrinterError(f"The board takes no more packets of {self._name}.")

    def _taken(self, kind: Kind, data: bytes = b"") -> Told:
        """Send it once; whether the board has it."""
        out, after = packet(self._sync, kind, data), (self._sync + 1) % SYNCS
        shown = f"{kind.name} {self._sync}, {len(data)} bytes"
        while True:
            line = yield Ask(out, ANSWERED_WITHIN_S, shown)
            if line is None:
                return False
            assert isinstance(line, str)
            out = b""
            self._check(line)
            if match := _TAKEN.match(line):
                if int(match[1]) == self._sync:
                    return True
            elif match := _WANTED.match(line):
                if int(match[1]) not in (self._sync, after):
                    raise PrinterError(f"The board lost count while {self._name} went.")
                return int(match[1]) == after

    def _check(self, line: str) -> None:
        if line.startswith(EXECUTES):
            self._is_transferring = False
            raise PrinterError(f"The board was reset while {self._name} went.")
        if line.startswith("fe"):
            raise PrinterError(f"The board lost count while {self._name} went.")
        if line.startswith(("PFT:ioerror", "PFT:invalid")) and not self._is_leaving:
            self._judge(line)
