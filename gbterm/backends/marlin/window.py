"""How much may be under way to the board: the flow credit.

A line is under way from when it is sent until its ok. The window is counted in lines and in bytes,
because a board holds so many lines in its command queue and so many bytes in its receive ring;
past that an AVR loses bytes without a word, and executes what is left of the lines.
"""

from __future__ import annotations

RING_BYTES = 127
"""Marlin's receive ring holds RX_BUFFER_SIZE (128) less one."""


class Window:
    """One line at a time, whatever the board said: it grows on evidence only."""

    def __init__(self, lines: int = 1, ring_bytes: int = RING_BYTES) -> None:
        self.lines = lines
        self.ring_bytes = ring_bytes

    def has_room(self, lines: int, size: int, more: int) -> bool:
        """Whether `more` bytes may follow while `lines` lines of `size` bytes are under way."""
        return lines == 0 or (lines < self.lines and size + more <= self.ring_bytes)

    def fall_back(self) -> None:
        """There was trouble: one line at a time again."""
        self.lines = 1
