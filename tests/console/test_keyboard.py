"""What is typed arrives as keys, whatever noise the line has."""

from __future__ import annotations

import fcntl
import random
import sys
import termios

import pytest
from textual.events import Key, MouseEvent, Paste
from textual.message import Message

from gbterm.keyboard import PASTE_SILENT_S, STOP, Keyboard
from tests.console.terminal import Terminal

NOISE = ("\x1b[:1A", "\x1b[99999999u", "\x1b[1;:R", "\x1b[<0;1", "\x1b[M ", "\x1bO", "\x1b", "é")


class Line:
    """A keyboard whose clock the test turns."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.keyboard = Keyboard(lambda: self.now_s)

    def types(self, *reads: str) -> list[Message]:
        return [event for text in reads for event in self.keyboard.feed(text)]


def _unread(terminal: Terminal) -> int:
    """How many bytes the program has not taken yet."""
    return int.from_bytes(fcntl.ioctl(terminal.end, termios.FIONREAD, bytes(4)), sys.byteorder)


def keys(events: list[Message]) -> list[str]:
    return [event.key for event in events if isinstance(event, Key)]


@pytest.mark.parametrize("noise", NOISE)
def test_the_stop_is_heard_behind_noise(noise: str) -> None:
    for reads in ((noise + STOP,), (noise, STOP), (*noise, STOP)):
        assert keys(Line().types(*reads, STOP))[-1] == "ctrl+backslash", reads


def test_noise_never_ends_the_keyboard() -> None:
    dice = random.Random(1)
    parts = ("\x1b", "[", "<", "M", ";", ":", "48;", "t", "u", "~", "R", "A", "0", "9", "٣", "é")
    for _ in range(3000):
        line = Line()
        line.types("\x1b[" + "".join(dice.choices(parts, k=dice.randint(0, 24))))
        assert keys(line.types("\x1b", STOP))[-1] == "ctrl+backslash"


def test_a_key_that_is_pressed_ends_a_paste_whose_end_was_lost() -> None:
    line = Line()
    assert keys(line.types("\x1b[200~M104 S2", "00")) == []
    assert keys(line.types(STOP)) == ["ctrl+backslash"]
    assert keys(line.types("a")) == ["a"]


def test_the_mark_of_a_paste_may_come_in_pieces() -> None:
    line = Line()
    assert keys(line.types("\x1b[20", "0~G28", STOP)) == ["ctrl+backslash"]


def test_a_paste_is_text_whatever_it_holds() -> None:
    (paste,) = Line().types("\x1b[200~c\x1c", "\n\r", "c\x1b[48;9999999;9999999;1;1t\x1b[201~")
    assert isinstance(paste, Paste)
    assert paste.text.startswith("c\x1c\n\rc")


def test_a_paste_that_is_silent_for_long_has_ended() -> None:
    line = Line()
    line.types("\x1b[200~G28")
    line.now_s += PASTE_SILENT_S / 2
    assert keys(line.types("c")) == []
    line.now_s += PASTE_SILENT_S + 1
    assert keys(line.types("\x1b[19~")) == ["f8"]


def test_no_size_is_believed_that_nobody_asked_for() -> None:
    line = Line()
    assert line.types("\x1b[48;0;0;9;9t") == []
    (click,) = line.types("\x1b[<0;5;5M")
    assert isinstance(click, MouseEvent)
    assert click.x == 4


def test_a_letter_that_comes_in_pieces_does_not_end_the_console() -> None:
    terminal = Terminal()
    try:
        terminal.shows("box.gcode")
        for noise in (b"\xc3", b"\xa9", b"\x1b[:1A", b"\xff\xfe\x1b[200~M112\r"):
            terminal.types(noise)
            terminal.until(lambda: not _unread(terminal), "reading")
        while "STOPPED" not in terminal.screen.words:  # the first may be read with the noise
            terminal.types(b"\x1c")
            terminal.rests()
    finally:
        terminal.close()
