"""The console at boot: written below a root, and taken out again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gbterm import config_file, whole_file
from gbterm.config import PrinterProfile
from gbterm.errors import UsageError
from gbterm.paths import SYSTEM_CONFIG
from gbterm.service import getty, hostname, ttys, units
from gbterm.service.accounts import Account, account
from gbterm.service.getty import Getty, Undo

BAUD = 115200
"""Of a serial line that the kernel doesn't use, too."""
TERMS = {True: "vt220", False: "linux"}
"""What a serial line's terminal is taken for, and a screen of this machine."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked for; empty is left to us."""

    tty: str
    user: str
    command: tuple[str, ...]
    """The console's, without what follows from the rest."""
    printer: str = ""
    hostname: str = ""
    term: str = ""
    baud: int = 0
    size: tuple[int, int] | None = None
    files: tuple[Path, ...] = ()
    """What the user must be able to reach."""


def install(root: Path, wish: Wish) -> tuple[Getty, list[str]]:
    """Write it below `root`; the getty, and what the user should know, a sentence each.

    Raises `UsageError`, `NotSupported` or `ConfigError` before anything is written, and `OSError`.
    """
    tty = ttys.resolved(root, wish.tty)
    user = account(root, wish.user, wish.files)
    printers = _printers(root, user)
    ttys.check(root, tty, printers)
    if wish.hostname:
        hostname.check(wish.hostname)
    if wish.printer and wish.printer not in printers:
        known = ", ".join(sorted(printers)) or "none"
        raise UsageError(
            f"No printer is called {wish.printer!r} in {SYSTEM_CONFIG} (known: {known}); add"
            " it there, or leave --printer out."
        )
    kernel = ttys.kernel_console(root, tty)
    undo = _undo(root, tty, wish.hostname)
    shown = Getty(
        tty,
        user,
        (*wish.command, *(("--printer", wish.printer) if wish.printer else ())),
        wish.term or TERMS[getty.is_serial(tty)],
        wish.baud or (kernel and ttys.baud_of(kernel[0])) or BAUD,
        wish.size,
        _units(wish.printer),
        undo,
    )
    # First of all what a removal goes by.
    path = root / getty.drop_in(tty)
    path.parent.mkdir(mode=0o755, exist_ok=True)
    whole_file.write(path, shown.text())
    if wish.hostname:
        hostname.give(root, wish.hostname)
    wanted = _wanted(root, tty)
    if not wanted.is_symlink():
        wanted.parent.mkdir(mode=0o755, exist_ok=True)
        wanted.symlink_to(ttys.unit_file(root, tty))
    return shown, [*_notes(root, shown, kernel), *([] if printers else [_NONE_YET])]


_NONE_YET = "No printer is configured yet: the console begins with the choice of one."


def remove(root: Path, name: str) -> tuple[str, bool, list[str]]:
    """Undo `install`: the terminal, whether it gets a login again, and what the user should know.

    Raises `UsageError` where there is nothing to undo, and `OSError`.
    """
    tty = ttys.resolved(root, name)
    path = root / getty.drop_in(tty)
    if not path.exists():
        raise UsageError(f"There is no console of gbterm on {tty}.")
    notes: list[str] = []
    try:
        undo = getty.undo_of(path.read_text())
    except ValueError:
        undo = Undo()
        notes.append(f"{path} was changed: a hostname that was given stays.")
    if undo.hostname:
        is_back = hostname.take_back(root, undo.hostname, undo.before)
        notes.append(
            f"This machine is called {(undo.before or 'localhost').strip()} again from its next"
            " start on."
            if is_back
            else f"Its hostname is {undo.hostname} no longer, and stays as it is."
        )
    path.unlink()
    with suppress(OSError):  # somebody else's drop-ins
        path.parent.rmdir()
    if undo.enabled:
        wanted = _wanted(root, tty)
        wanted.unlink(missing_ok=True)
        with suppress(OSError):
            wanted.parent.rmdir()
    return tty, not undo.enabled or ttys.kernel_console(root, tty) is not None, notes


def _printers(root: Path, user: Account) -> dict[str, PrinterProfile]:
    """By name, those that the console will know."""
    files = (str(SYSTEM_CONFIG), user.config)
    return dict(config_file.load(root / file.lstrip("/") for file in files).printers)


def _units(printer: str) -> tuple[str, ...]:
    """What has begun before the console looks for the printer."""
    roles = units.ROLES if printer else ()
    return tuple(units.unit(role, printer) for role in roles)


def _undo(root: Path, tty: str, name: str) -> Undo:
    """What a removal will have to put back; an earlier `Undo` still counts."""
    undo = Undo()
    with suppress(FileNotFoundError, ValueError):
        undo = getty.undo_of((root / getty.drop_in(tty)).read_text())
    if name and name != undo.hostname:
        before = undo.before if undo.hostname else hostname.read(root)
        undo = replace(undo, hostname=name, before=before)
    return undo if _wanted(root, tty).is_symlink() else replace(undo, enabled=True)


def _wanted(root: Path, tty: str) -> Path:
    return root / getty.SYSTEM / "getty.target.wants" / getty.unit(tty)


def _notes(root: Path, shown: Getty, kernel: tuple[str, str] | None) -> list[str]:
    notes = []
    if kernel is not None and getty.is_serial(shown.tty):
        notes.append(
            f"The kernel writes to {shown.tty} while it starts: take {kernel[0]} out of"
            f" {kernel[1]} if that disturbs."
        )
    if ttys.hides_behind_desktop(root, shown.tty):
        notes.append(
            "A desktop begins on this machine and may hide the console: sudo systemctl set-default"
            " multi-user.target leaves it out."
        )
    return notes
