"""Marlin's binary mode, M28 B1: packets, their checks, their answers (binary_stream.h, 2.0.9)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import reduce
from typing import TYPE_CHECKING

from gbterm.simulator import heatshrink

if TYPE_CHECKING:
    from gbterm.simulator.machine import Machine

BUFFER = 96  # MAX_CMD_SIZE: the line's buffer holds the data of a packet
PACKET_WAIT = 0.5  # s from one byte of a packet to the next
TRANSFER_WAIT = 10.0  # s without a packet, then a file is given up
_TOKEN = b"\xad\xb5"
_HEADER = 8
_CONTROL, _FILE = 0, 1
_SYNC, _LEAVE = 1, 2
_QUERY, _OPEN, _CLOSE, _WRITE, _ABORT = range(5)


def _summed(sum_: int, byte: int) -> int:
    low = ((sum_ & 0xFF) + byte) % 255
    return ((sum_ >> 8) + low) % 255 << 8 | low


class BinaryStream:
    """Of one board, from one reset to the next; the numbers go on from one transfer to another."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.is_on = False
        self._sync = self._retries = 0
        self._heard = bytearray()
        self._heard_at = 0.0
        self._transfer = Transfer(machine)

    def times(self) -> Iterator[float | None]:
        """When something is due."""
        if self.is_on:
            if len(self._heard) >= len(_TOKEN):
                yield self._heard_at + PACKET_WAIT
            yield self._transfer.ends_at

    def turn(self) -> bool:
        """Read what came; True if anything was said."""
        machine = self._machine
        data = machine.receiver.take()
        if data:
            self._heard += data
            self._heard_at = machine.now
        elif len(self._heard) >= len(_TOKEN) and machine.now >= self._heard_at + PACKET_WAIT:
            machine.say("echo:Datastream timeout")
            self._heard.clear()
            self._ask_again()
            return True
        elif self._transfer.give_up():
            return True
        said = False
        while self.is_on and self._packet():
            said = True
        if not self.is_on:
            # Marlin reads on in search of a packet until its buffer is empty.
            self._heard.clear()
        return said

    def _packet(self) -> bool:
        """Take the next whole packet, or what is wrong with it; False where more must come."""
        heard = self._heard
        start = heard.find(_TOKEN)
        if start < 0:
            del heard[: max(0, len(heard) - 1) if heard[-1:] == _TOKEN[:1] else len(heard)]
            return False
        del heard[:start]
        if len(heard) < _HEADER:
            return False
        sync, meta, size, checksum = struct.unpack_from("<BBHH", heard, 2)
        if reduce(_summed, heard[2:6], 0) != checksum:
            del heard[:_HEADER]
            self._machine.say(f"echo:Packet header({sync}?) corrupt")
            self._ask_again()
            return True
        if meta == _CONTROL << 4 | _SYNC:
            del heard[:_HEADER]
            self._machine.say(f"ss{self._sync},{BUFFER},0.1.0")
            return True
        if sync != self._sync:
            del heard[:_HEADER]
            self._out_of_order(sync)
            return True
        if size > BUFFER:
            del heard[: _HEADER + BUFFER + 1]
            self._machine.say("echo:Datastream packet data buffer overrun", f"fe{sync}")
            self._sync = self._retries = 0
            return True
        whole = _HEADER + size + (2 if size else 0)
        if len(heard) < whole:
            return False
        body, data = bytes(heard[2 : _HEADER + size]), bytes(heard[_HEADER : _HEADER + size])
        tail = bytes(heard[_HEADER + size : whole])
        del heard[:whole]
        if size and reduce(_summed, body, 0) != int.from_bytes(tail, "little"):
            self._machine.say(f"echo:Packet({sync}) payload corrupt")
            self._ask_again()
            return True
        self._sync, self._retries = (self._sync + 1) % 256, 0
        self._machine.say(f"ok{sync}")
        self._take(meta >> 4, meta & 0xF, data)
        return True

    def _out_of_order(self, sync: int) -> None:
        if sync == self._sync - 1:  # also on the board not modulo 256
            self._machine.say(f"ok{sync}")
        elif not self._retries:
            self._machine.say("echo:Datastream packet out of order")
            self._ask_again()

    def _ask_again(self) -> None:
        self._retries += 1
        self._machine.say(f"echo:Resend request {self._retries}", f"rs{self._sync}")

    def _take(self, protocol: int, kind: int, data: bytes) -> None:
        if protocol == _FILE:
            self._transfer.process(kind, data)
        elif protocol == _CONTROL and kind == _LEAVE:
            self.is_on = False
        elif protocol == _CONTROL:
            self._machine.say("echo:Unknown BinaryProtocolControl Packet")
        else:
            self._machine.say("echo:Unsupported Binary Protocol")


class Transfer:
    """SDFileTransferProtocol: at most one file on its way to the card."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._is_active = self._is_dummy = False
        self._decoder: heatshrink.Decoder | None = None
        self._until = 0.0
        self._name = ""  # card.filename: of the file that was open last

    @property
    def ends_at(self) -> float | None:
        """When it is given up."""
        return self._until if self._is_active else None

    def give_up(self) -> bool:
        """Where nothing came for long, delete what is there of the file."""
        if not self._is_active or self._machine.now < self._until:
            return False
        self._abort()
        return True

    def process(self, kind: int, data: bytes) -> None:
        """A packet of the file transfer came."""
        self._until = self._machine.now + TRANSFER_WAIT
        say = self._machine.say
        if kind == _QUERY:
            packs = self._machine.variant.unpacks
            bits = f"{heatshrink.WINDOW_BITS},{heatshrink.LOOKAHEAD_BITS}"
            say("PFT:version:0.1.0:compresion:" + (f"heatshrink,{bits}" if packs else "none"))
        elif kind == _OPEN:
            busy = "busy" if self._is_active else ""
            say(f"PFT:{busy or ('success' if self._open(data) else 'fail')}")
        elif kind == _CLOSE:
            say(f"PFT:{self._close()}")
        elif kind == _WRITE:
            if not self._is_active:
                say("PFT:invalid")
            elif not self._write(data):
                say("PFT:ioerror")
        elif kind == _ABORT:
            self._abort()
            say("PFT:success")
        else:
            say("PTF:invalid")

    def _open(self, data: bytes) -> bool:
        if len(data) < 3 or data[-1]:
            return False
        card, say = self._machine.card, self._machine.say
        self._is_dummy, name = bool(data[0] & 1), data[2:-1].decode("latin-1")
        self._decoder = heatshrink.Decoder() if data[1] & 1 else None
        if not self._is_dummy:
            if card is None or not card.mount():
                say("echo:No SD card")
                return False
            say("echo:SD card ok", f"echo:Now fresh file: {name}")
            if not card.create(name):
                say(f"open failed, File: {name}.")
                return False
            say(f"Writing to file: {name}")
            self._name = name
        self._is_active = True
        return True

    def _write(self, data: bytes) -> bool:
        written = self._decoder.feed(data) if self._decoder else data
        return self._is_dummy or bool(self._machine.card and self._machine.card.append(written))

    def _close(self) -> str:
        if not self._is_active:
            return "invalid"
        if self._machine.card and not self._is_dummy:
            self._machine.card.finish()
            self._machine.card.is_mounted = False
        self._is_active = False
        return "success"

    def _abort(self) -> None:
        card = self._machine.card
        if card and not self._is_dummy:
            card.finish()
            gone = card.is_mounted and card.delete(self._name)
            self._machine.say(
                f"File deleted:{self._name}" if gone else f"Deletion failed, File: {self._name}."
            )
            card.is_mounted = False
        self._is_active = False
