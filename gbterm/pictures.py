"""How the terminal can show a picture, as far as its environment tells.

Nobody is asked: an answer that never comes delays the start, and one that comes late would be
taken for keys that were pressed. GBTERM_PICTURES has the last word.
"""

from __future__ import annotations

import enum
import fcntl
import os
import struct
import sys
import termios
from collections.abc import Mapping

from gbterm.terminal import Glyphs

VARIABLE = "GBTERM_PICTURES"
FIRST_KONSOLE = 220400
"""Konsole 22.04, the first with sixels (its release notes)."""


class Pictures(enum.Enum):
    """A way to show a picture."""

    NONE = "none"
    BLOCKS = "blocks"
    """Two pixels a cell, one above the other, in its two colours."""
    SIXEL = "sixel"
    KITTY = "kitty"
    """Kitty's graphics protocol with Unicode placeholders."""


_KITTY = ("kitty", "ghostty")
_SIXEL = ("foot", "mlterm", "contour", "wezterm", "iterm.app", "mintty")
_MULTIPLEXERS = ("tmux", "screen")


def pictures(draws: Glyphs, colors: int, environ: Mapping[str, str] | None = None) -> Pictures:
    """The best way in a terminal of so many `colors`; sixteen show no picture."""
    environ = os.environ if environ is None else environ
    asked = environ.get(VARIABLE, "").lower()
    if asked in (way.value for way in Pictures):
        return Pictures(asked)
    if draws is not Glyphs.UNICODE or colors < 256:
        return Pictures.NONE
    term = environ.get("TERM", "").lower().removeprefix("xterm-")
    program = environ.get("TERM_PROGRAM", "").lower()
    if "TMUX" in environ or "STY" in environ or term.startswith(_MULTIPLEXERS):
        return Pictures.BLOCKS
    if term.startswith(_KITTY) or program in _KITTY:
        return Pictures.KITTY
    konsole = environ.get("KONSOLE_VERSION", "")
    if konsole.isdecimal() and int(konsole) >= FIRST_KONSOLE:
        return Pictures.SIXEL
    return Pictures.SIXEL if term.startswith(_SIXEL) or program in _SIXEL else Pictures.BLOCKS


def cell_pixels() -> tuple[int, int] | None:
    """Width and height of a cell in pixels, where the terminal's kernel side knows them."""
    try:
        told = fcntl.ioctl(sys.__stderr__ or 2, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", told)
    if not rows or not columns or width < columns or height < rows:
        return None
    return width // columns, height // rows
