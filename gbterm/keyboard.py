"""What a terminal sends, as keys and pastes, whatever comes between: lines have noise.

Textual's parser takes everything between the marks of a paste for text, for ever where the second
mark is lost, fails on some sequences, and believes any size that it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.events import AppBlur, AppFocus, Key, MouseEvent, Paste
from textual.message import Message

PASTE_SILENT_S = 10.0
"""After so long without a byte the end of a paste was lost: a line that only stalls is quicker."""

STOP = "\x1c"
"""Ctrl+backslash."""

_TAKEN = (Key, Paste, MouseEvent, AppFocus, AppBlur)
"""Nothing that answers a question: none is asked."""
_OF_TEXT = "\t\n\r\0\x1b"


class Keyboard:
    """Text in, events out; raises nothing. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heard_at = clock()
        self._begin()

    def _begin(self) -> None:
        self._parser, self._pastes, self._last = XTermParser(), False, ""

    def feed(self, text: str) -> Iterator[Message]:
        """What was read at once.

        Control characters alone are keys that somebody presses, and end a paste without an end.
        """
        silent_s, self._heard_at = self._clock() - self._heard_at, self._clock()
        if self._pastes and (silent_s > PASTE_SILENT_S or _is_pressed(text)):
            self._begin()
        self._follow_paste(text)
        for char in text:
            if char == STOP and not self._pastes:
                self._begin()  # no noise before it makes it part of a sequence
            try:
                yield from filter(_is_taken, self._parser.feed(char))
            except (ValueError, ArithmeticError):  # no sequence that a key sends
                self._begin()
            self._parser.mouse_pixels = False

    def tick(self) -> Iterator[Message]:
        """What came to nothing: an Esc alone is a key."""
        with suppress(ValueError, ArithmeticError):
            yield from filter(_is_taken, self._parser.tick())

    def _follow_paste(self, text: str) -> None:
        heard = self._last + text
        begin, end = heard.rfind(BRACKETED_PASTE_START), heard.rfind(BRACKETED_PASTE_END)
        if begin != end:
            self._pastes = begin > end
        self._last = heard[1 - len(BRACKETED_PASTE_START) :]


def _is_taken(event: Message) -> bool:
    return isinstance(event, _TAKEN)


def _is_pressed(text: str) -> bool:
    return bool(text) and all(char < " " and char not in _OF_TEXT for char in text)
