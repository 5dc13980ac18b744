"""What the terminal can show, found out before Textual is imported."""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Mapping, MutableMapping

DUMB = ("", "dumb", "unknown")


class Glyphs(enum.Enum):
    """The characters that a terminal draws."""

    UNICODE = "unicode"
    CONSOLE = "console"
    """What the fonts of the Linux console hold: Latin-1, box lines, full blocks, arrows."""
    ASCII = "ascii"


def console_refusal(environ: Mapping[str, str] | None = None) -> str | None:
    """Why the console can't run here, in a sentence with what to do; None where it can."""
    environ = os.environ if environ is None else environ
    instead = "Use the one-shot commands instead, for example: gbterm status"
    streams = {
        "standard input": sys.__stdin__,
        "standard output": sys.__stdout__,
        "standard error": sys.__stderr__,
    }
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            return f"The console needs a terminal, and {name} is none. {instead}"
    term = environ.get("TERM", "")
    if term in DUMB:
        return (
            f"The console needs a terminal that moves its cursor, and TERM is “{term}”. {instead}"
        )
    return None


def glyphs(environ: Mapping[str, str] | None = None, encoding: str | None = None) -> Glyphs:
    """The characters that this terminal draws, by its TERM, its locale and our encoding."""
    environ = os.environ if environ is None else environ
    if encoding is None:
        encoding = getattr(sys.__stderr__, "encoding", None) or "ascii"
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    term = environ.get("TERM", "")
    if not _is_utf8(encoding) or (locale and not _is_utf8(locale)) or term.startswith("vt"):
        return Glyphs.ASCII
    return Glyphs.CONSOLE if term.startswith("linux") else Glyphs.UNICODE


def prepare(environ: MutableMapping[str, str] | None = None) -> None:
    """Set what Textual reads from the environment while it is imported."""
    environ = os.environ if environ is None else environ
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    if environ.get("TERM", "").startswith("linux"):
        # Old kernels print the tail of a control sequence that they don't know.
        environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")


def _is_utf8(name: str) -> bool:
    return "utf8" in name.lower().replace("-", "")
