"""What the terminal can show and how quick its line is, found out before Textual is imported."""

from __future__ import annotations

import contextlib
import enum
import os
import re
import shutil
import sys
import termios
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from gbterm.config import ConsoleSettings

DUMB = ("", "dumb", "unknown")
WITHOUT_XTERM = ("linux", "vt")
"""How TERM begins where control sequences of xterm mean nothing."""
FALLBACK_SIZE = (80, 24)
LARGEST = (1000, 400)
"""A terminal that claims to be larger is drawn on as if it were not."""

SERIAL_LINE = re.compile(r"/dev/tty[A-Za-z]+\d+")
"""ttyS0, ttyAMA0, ttyUSB0, ttyACM0, ttyGS0 and their like; tty1 is a screen of this machine."""
SLOW_BAUD = 115200
"""From here down a line is slow."""
READINGS_S, READINGS_WHEN_SLOW_S = 0.5, 2.0
_BAUD = {getattr(termios, n): int(n[1:]) for n in dir(termios) if re.fullmatch(r"B\d+", n)}

_LIGHT = ("7", "15")
"""The grounds by which COLORFGBG, of rxvt, Konsole and others, tells of a light terminal."""


AS_FOUND = ConsoleSettings()


class Glyphs(enum.Enum):
    """The characters that a terminal draws."""

    UNICODE = "unicode"
    CONSOLE = "console"
    """What the fonts of the Linux console hold: Latin-1, box lines, full blocks, arrows."""
    ASCII = "ascii"


TEXTUAL_THEMES = {"dark": "ansi-dark", "light": "ansi-light", "none": "ansi-dark"}
"""Their names there. Each takes the terminal's own sixteen colours, as legible as everywhere."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """How the console is shown on the terminal that it has."""

    glyphs: Glyphs = Glyphs.UNICODE
    theme: str = "dark"
    """One of `TEXTUAL_THEMES`."""
    slow: bool = False
    """Whether the line is slow: fewer frames, fewer readings, no questions to the terminal."""
    mouse: bool = True
    readings_s: float = READINGS_S
    """After so long readings, which change all the time, are drawn again at the earliest."""
    bell: bool = True
    """Whether it rings where somebody is needed."""


ANY = Terminal()
"""One that can do everything."""


def choose(asked: ConsoleSettings = AS_FOUND, environ: Mapping[str, str] | None = None) -> Terminal:
    """The terminal behind standard input, with what the user `asked` for in place of a guess."""
    environ = os.environ if environ is None else environ
    slow = is_slow(*line()) if asked.slow is None else asked.slow
    mouse = not slow and not environ.get("TERM", "").startswith(WITHOUT_XTERM)
    return Terminal(
        Glyphs(asked.glyphs) if asked.glyphs else glyphs(environ),
        asked.theme or ("light" if is_light(environ) else "dark"),
        slow,
        mouse if asked.mouse is None else asked.mouse,
        READINGS_WHEN_SLOW_S if slow else READINGS_S,
        not slow if asked.bell is None else asked.bell,
    )


def console_refusal() -> str | None:
    """Why the console can't run here, in a sentence with what to do; None where it can."""
    instead = "Use gbterm --plain or a one-shot command instead, for example: gbterm status"
    streams = {
        "standard input": sys.__stdin__,
        "standard output": sys.__stdout__,
        "standard error": sys.__stderr__,
    }
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            return f"The console needs a terminal, and {name} is none. {instead}"
    return None


def is_dumb(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal, by its TERM, can only take one line after the other."""
    return (os.environ if environ is None else environ).get("TERM", "") in DUMB


def glyphs(
    environ: Mapping[str, str] | None = None,
    encoding: str | None = None,
    c_locale: bool | None = None,
) -> Glyphs:
    """The characters that this terminal draws, by its TERM, its locale and our encoding.

    `c_locale` is whether the locale is C or POSIX, as it is where none is set; Python, which takes
    UTF-8 for these, tells.
    """
    environ = os.environ if environ is None else environ
    if encoding is None:
        encoding = getattr(sys.__stderr__, "encoding", None) or "ascii"
    if c_locale is None:
        c_locale = bool(sys.flags.utf8_mode) and environ.get("PYTHONUTF8") != "1"
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    term = environ.get("TERM", "")
    if c_locale or not (_is_utf8(encoding) and _is_utf8(locale)) or term.startswith("vt"):
        return Glyphs.ASCII
    # Its fonts hold more than ASCII, and nothing that they lack reaches it.
    return Glyphs.CONSOLE if term.startswith("linux") else Glyphs.UNICODE


def is_light(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that its ground is light."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT


def line() -> tuple[str, int | None]:
    """The device of the terminal behind standard input, and its baud rate where one is known."""
    try:
        return os.ttyname(0), _BAUD.get(termios.tcgetattr(0)[5])
    except (OSError, termios.error):
        return "", None


def is_slow(device: str, baud: int | None) -> bool:
    """Whether it is a serial line that is not known to be quick."""
    return bool(SERIAL_LINE.fullmatch(device)) and (baud is None or baud <= SLOW_BAUD)


def size() -> tuple[int, int]:
    """Columns and rows; where the terminal knows none, as a serial line, COLUMNS and LINES."""
    columns = rows = 0
    with contextlib.suppress(OSError, ValueError):
        columns, rows = os.get_terminal_size(0)
    if not (columns and rows):
        columns, rows = shutil.get_terminal_size(FALLBACK_SIZE)
    return min(columns, LARGEST[0]), min(rows, LARGEST[1])


def prepare(shown: Terminal, environ: MutableMapping[str, str] | None = None) -> None:
    """Set what Textual and Rich read from the environment while they are imported and begin."""
    environ = os.environ if environ is None else environ
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    columns, rows = size()
    environ.update(COLUMNS=str(columns), LINES=str(rows))
    # Textual reads its styles once less where it begins with the right theme.
    environ["TEXTUAL_THEME"] = TEXTUAL_THEMES[shown.theme]
    if shown.theme == "none":
        environ["NO_COLOR"] = "1"
    if shown.slow:
        environ.setdefault("TEXTUAL_FPS", "4")
    if shown.slow or environ.get("TERM", "").startswith(WITHOUT_XTERM):
        # Old kernels print the tail of a control sequence that they don't know.
        environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")


def _is_utf8(name: str) -> bool:
    return "utf8" in name.lower().replace("-", "")
