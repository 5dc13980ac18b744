"""Bytes on their way in: the wire, the kernel's buffer, the receive ring, finished lines."""

from __future__ import annotations

import re

from gbterm.simulator.emergency import Emergency, EmergencyParser

_LINE_END = re.compile(rb"[\r\n]")
WAITING_MAX = 4096  # bytes that the host's kernel and driver hold for a board that does not read
_RAW_MAX = 4096


class Receiver:
    """With `rx_drop` bytes past the ring are lost (AVR), otherwise they wait (USB CDC)."""

    def __init__(
        self, size: int, *, byte_time: float, rx_drop: bool, emergency_parser: bool
    ) -> None:
        self.size = size
        self.byte_time = byte_time
        self.rx_drop = rx_drop
        self.emergencies: list[Emergency] = []
        self.is_watched = True  # emergency_parser.disable() while a file of the card is written
        self._parser = EmergencyParser() if emergency_parser else None
        self._wire = bytearray()  # sent by the host, not yet arrived or not yet taken in
        self._wire_end = 0.0  # when the last byte on the wire arrives
        self._ring = bytearray()
        self._raw = bytearray()  # the line being assembled
        self.lost = 0  # bytes that came when the ring was full

    @property
    def room(self) -> int:
        """How many more bytes the host's side may send before it has to wait."""
        return max(0, WAITING_MAX - len(self._wire))

    def send(self, data: bytes, now: float) -> None:
        """The host writes; what it should not have written is lost, so nothing grows."""
        data = data[: max(0, 16 * WAITING_MAX - len(self._wire))]
        if self.byte_time:
            self._wire_end = max(self._wire_end, now) + len(data) * self.byte_time
        self._wire += data

    def arrive(self, now: float) -> bool:
        """Move what has arrived into the ring, as far as it has room; True if any did."""
        if not self._wire:
            return False
        arrived = self._arrived(now)
        if not arrived:
            return False
        room = self.size - len(self._ring)
        taken = bytes(self._wire[: min(arrived, room)])
        seen = bytes(self._wire[:arrived]) if self.rx_drop else taken
        del self._wire[: len(seen)]
        self.lost += len(seen) - len(taken)
        self._ring += taken
        if self._parser is not None:
            # The receive interrupt of an AVR shows the parser also what the ring has no room for.
            found = self._parser.feed(seen)
            self.emergencies += found if self.is_watched else []
        return bool(taken)

    def next_arrival(self, now: float) -> float | None:
        """When a line end or the last byte gets here; None if nothing is under way."""
        if not self._wire or not self.byte_time:
            return None
        if not self.rx_drop and len(self._ring) >= self.size:
            return None
        first = self._arrived(now)
        end = _LINE_END.search(self._wire, first)
        place = end.start() + 1 if end else len(self._wire)
        return self._wire_end - (len(self._wire) - place) * self.byte_time

    def _arrived(self, now: float) -> int:
        if not self.byte_time or now >= self._wire_end:
            return len(self._wire)
        under_way = (self._wire_end - now) / self.byte_time
        return max(0, len(self._wire) - int(under_way + 0.999999))

    def next_line(self) -> bytes | None:
        """Take the next finished line out of the ring, None if there is none yet."""
        ring = self._ring
        if not ring:
            return None
        end = _LINE_END.search(ring)
        if end is None:
            self._raw += ring[: _RAW_MAX - len(self._raw)]
            ring.clear()
            return None
        line = bytes(self._raw + ring[: end.start()])
        del ring[: end.end()]
        self._raw.clear()
        return line

    def take(self) -> bytes:
        """All that is in the ring, behind what was read of a line."""
        taken = bytes(self._raw + self._ring)
        self._raw.clear()
        self._ring.clear()
        return taken

    def flush(self) -> None:
        """Throw away what is in the ring (queue.cpp does so before a Resend)."""
        self._ring.clear()

    def cut(self, now: float) -> None:
        """The cable is pulled: what has not arrived never will."""
        del self._wire[self._arrived(now) :]
        self._wire_end = now

    def reset(self) -> None:
        """Forget everything, also what the kernel had kept for the board."""
        self._ring.clear()
        self._raw.clear()
        self._wire.clear()
        self.emergencies.clear()
        if self._parser is not None:
            self._parser = EmergencyParser()
