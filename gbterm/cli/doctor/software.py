"""Python, gbterm's packages, and the terminal."""

from __future__ import annotations

import locale
import os
import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import gbterm
from gbterm import terminal
from gbterm.cli.doctor.check import Check, Finding, Scene, ok, warning, wrong
from gbterm.terminal import Glyphs

FEWEST_COLUMNS, FEWEST_ROWS = 40, 20
DRAWN_WITH = {
    Glyphs.UNICODE: "draws with Unicode",
    Glyphs.CONSOLE: "draws with what the Linux console has",
    Glyphs.ASCII: "draws with ASCII characters alone",
}


def python(_: Scene) -> Iterable[Finding]:
    """Which one, and where gbterm is."""
    where = Path(gbterm.__file__).parent
    says = f"{platform.python_version()}, {platform.system()} {platform.release()}"
    yield ok("Python", f"{says}, {platform.machine()}.")
    yield ok("gbterm", f"{gbterm.__version__} in {where}.")


def packages(_: Scene) -> Iterable[Finding]:
    """Whether all that gbterm needs is there."""
    try:
        required = metadata.requires("gbterm") or []
    except metadata.PackageNotFoundError:
        yield ok("Packages", "gbterm runs from its sources, which name no versions.")
        return
    missing = []
    for line in required:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            if ";" not in line:  # others are not needed everywhere
                missing.append(name)
    if missing:
        yield wrong("Packages", f"{', '.join(missing)} is missing: install gbterm again.")
    else:
        yield ok("Packages", "All that gbterm needs is installed.")


def shown_on(_: Scene) -> Iterable[Finding]:
    """The terminal, and how the console is drawn there."""
    term, about = os.environ.get("TERM", ""), "Terminal"
    if terminal.console_refusal():
        yield ok(about, "Here is none: the console needs one, gbterm --plain and commands don't.")
        return
    if terminal.is_dumb():
        yield warning(about, f"TERM is {term!r}, so gbterm talks in lines: export TERM=xterm.")
        return
    columns, rows = terminal.size()
    shown = terminal.choose()
    drawn = DRAWN_WITH[shown.glyphs] + (", for a slow line" if shown.slow else "")
    says = f"TERM is {term}, {columns} columns and {rows} rows; the console {drawn}."
    if columns < FEWEST_COLUMNS or rows < FEWEST_ROWS:
        least = f"{FEWEST_COLUMNS} columns and {FEWEST_ROWS} rows"
        yield warning(about, f"{says} It needs {least}: enlarge the window.")
    else:
        yield ok(about, says)


def language(_: Scene) -> Iterable[Finding]:
    """Whether the locale has Unicode."""
    name = next(
        (os.environ[v] for v in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(v)), "none"
    )
    encoding = locale.getpreferredencoding(False)
    if terminal.glyphs() is Glyphs.ASCII and not os.environ.get("TERM", "").startswith("vt"):
        yield warning(
            "Locale", f"It is {name}, without Unicode: export LANG=C.UTF-8 for lines and arrows."
        )
    else:
        yield ok("Locale", f"{name}, {encoding}.")


CHECKS: tuple[Check, ...] = (python, packages, shown_on, language)
