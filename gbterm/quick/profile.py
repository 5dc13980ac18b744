"""The default printer as `gbterm.cli.quick_profile` wrote it down, while that is still true.

A line each, its fields parted by tabs:

    gbterm-quick 2
    env    NAME [VALUE]
    file   PATH [MTIME_NS CTIME_NS SIZE INODE]
    suite  BEEP_MS BEEP_HZ FAN2_PIN
    octoprint URL CONNECT_S ANSWER_S HOST PORT PREFIX KEY
    direct    DEVICE ANSWER_S SOCKET

A variable or file without more was not there. The last line is the printer: what it is called by,
for how long it is waited, and what leads to it.
"""

from __future__ import annotations

import posix

from gbterm.quick import Beyond

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from os import stat_result

FIRST = "gbterm-quick 2"
VARIABLES = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "GBTERM_CONFIG")
OTHERS = (
    *("GBTERM_PORT", "GBTERM_URL", "GBTERM_PRINTER", "GBTERM_BAUD"),
    *("GBTERM_KEY", "GBTERM_KEY_FILE", "GBTERM_TLS_CA"),
)
"""Where one of them is set, another printer or key may be meant."""
MOST = 65536


class Known:
    """The printer that is meant."""

    def __init__(self, suite: list[str], kind: str, shown: str, leads: list[str]) -> None:
        self.kind, self.shown = kind, shown
        self.leads = leads
        """What a connection takes: times in s, then where it goes."""
        self.beep_ms, self.beep_hz, self.fan2_pin = map(int, suite)
        """As it is configured what commands take that are told nothing."""


def path() -> str:
    """Where it is kept. Raises `Beyond` where nobody says."""
    base = variable("XDG_CACHE_HOME") or ""
    home = variable("HOME") or ""
    if not base.startswith("/"):
        if not home.startswith("/"):
            raise Beyond
        base = f"{home}/.cache"
    return f"{base}/gbterm/quick"


def variable(name: str) -> str | None:
    """One of the environment, None where it isn't set."""
    value = posix.environ.get(name.encode())
    return None if value is None else value.decode(errors="surrogateescape")


def stamp(file: str) -> list[str]:
    """What changes with a file; nothing of one that isn't there."""
    try:
        found = posix.stat(file)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [str(n) for n in (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)]


def read() -> Known:
    """The printer. Raises `Beyond` where it may be another."""
    if is_told():
        raise Beyond
    try:
        first, *stamps, suite, printer = _text(path()).split("\n")[:-1]
        if first != FIRST:
            raise Beyond
        for line in stamps:
            kind, name, *held = line.split("\t")
            now = stamp(name) if kind == "file" else _held(variable(name))
            if now != held:
                raise Beyond
        kind, shown, *leads = printer.split("\t")
        return Known(suite.split("\t")[1:], kind, shown, leads)
    except ValueError as error:
        raise Beyond from error


def is_told() -> bool:
    """Whether the environment says which printer is meant, or what it is shown."""
    return any(variable(name) is not None for name in OTHERS)


def _held(value: str | None) -> list[str]:
    return [] if value is None else [value]


def _text(file: str) -> str:
    try:
        descriptor = posix.open(file, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK)
        try:
            if not _is_ours(posix.fstat(descriptor)):
                raise Beyond
            held = posix.read(descriptor, MOST)
        finally:
            posix.close(descriptor)
    except OSError as error:
        raise Beyond from error
    # Cut short, it would name another printer.
    if not held.endswith(b"\n"):
        raise Beyond
    return held.decode(errors="surrogateescape")


def _is_ours(found: stat_result) -> bool:
    """Whether nobody else can have written it, or read the key in it: 0600, a regular file."""
    return found.st_uid == posix.geteuid() and found.st_mode == 0o100600
