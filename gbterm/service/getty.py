"""The console in place of a login prompt: a drop-in for the getty of a terminal."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gbterm.service.accounts import Account

SYSTEM = Path("etc/systemd/system")
"""Where what the administrator wrote is, below the root; upgrades leave it alone."""
FILE = "zz-gbterm.conf"
"""Of several drop-ins the last one by name counts: an autologin's comes before."""
LOGIN_S = 60
"""So long a login prompt waits for a name; then the console comes back."""
SERIAL = re.compile(r"tty[A-Za-z]+\d+|hvc\d+")
"""A line, not a screen of this machine, which is called tty1 to tty63."""

_SCREEN = "setterm --blank 0 --powerdown 0"
"""The kernel's console never goes dark."""
_LINE = "stty {baud} clocal{size}"
"""A line of three wires has no carrier whose loss would hang up."""
_CONSOLE = (
    "setpriv --reuid={user} --regid={group} --init-groups --reset-env --no-new-privs"
    ' env LC_ALL=C.UTF-8{environment} "$@"'
)
_KILLED = "[ $? -le 128 ] || exit 1"
"""Whoever did not end by itself is started again; everybody else wanted to be out."""
_SAID = "echo 'The console comes back after a logout, with Ctrl+D, or in a minute.'"
_READ = "sleep 1"
"""A hangup forgets what is still on its way to the terminal."""
# By a hangup the terminal is taken from whatever the console may have left behind there.
_LOGIN = 'exec /sbin/agetty --hangup --noissue --noclear --timeout {login_s}{baud} "$tty" "$TERM"'

_TEXT = """\
# The console of gbterm in place of the login prompt, which follows once somebody leaves it.
# Another gbterm service console --tty {tty} writes this anew, with --remove it takes it away.

[Unit]
{after}# However often it is killed, it comes back.
StartLimitIntervalSec=0

[Service]
Environment=TERM={term}
# Nothing that the kernel says gets between; dmesg and the journal have it.
ExecStartPre=-/usr/bin/dmesg --console-off
ExecStart=
ExecStart=-/bin/sh -c "{script}" gbterm %I {command}
ExecStopPost=-/usr/bin/dmesg --console-on
RestartSec=2
# A host that the console started prints on without it.
KillMode=process

# What --remove puts back.
[X-gbterm]
Undo={undo}
"""


@dataclass(frozen=True, slots=True)
class Undo:
    """What a removal has to put back besides."""

    hostname: str = ""
    """The one that was given; empty: none was."""
    before: str | None = None
    """What /etc/hostname held, None where it was missing."""
    enabled: bool = False
    """Whether the getty was made to start at boot."""


@dataclass(frozen=True, slots=True)
class Getty:
    """The console on the terminal `tty`.

    `size` is columns and rows of a serial line. `after` names units that start before it.
    """

    tty: str
    user: Account
    command: tuple[str, ...]
    term: str
    baud: int
    size: tuple[int, int] | None = None
    after: tuple[str, ...] = ()
    undo: Undo = field(default_factory=Undo)

    def text(self) -> str:
        """The drop-in."""
        return _TEXT.format(
            tty=self.tty,
            term=self.term,
            after=f"After={' '.join(self.after)}\n" if self.after else "",
            script="; \\\n  ".join(_escaped(step) for step in self._script()),
            command=" ".join(f'"{_escaped(word)}"' for word in self.command),
            undo=json.dumps(asdict(self.undo)),
        )

    def _script(self) -> tuple[str, ...]:
        baud = f" --keep-baud {self.baud}" if is_serial(self.tty) else ""
        return (
            "tty=$1; shift",
            self._prepared() if is_serial(self.tty) else _SCREEN,
            self._console(),
            _KILLED,
            _SAID,
            # Once more it waits until the line has sent what was written.
            *((self._prepared(),) if is_serial(self.tty) else ()),
            _READ,
            _LOGIN.format(login_s=LOGIN_S, baud=baud),
        )

    def _console(self) -> str:
        environment = "".join(f" {setting}" for setting in self.user.environment)
        return _CONSOLE.format(user=self.user.name, group=self.user.group, environment=environment)

    def _prepared(self) -> str:
        size = "" if self.size is None else " columns {} rows {}".format(*self.size)
        return _LINE.format(baud=self.baud, size=size)


def is_serial(tty: str) -> bool:
    """Whether it is a line, not a screen of this machine."""
    return SERIAL.fullmatch(tty) is not None


def template(tty: str) -> str:
    """The unit of which the terminal's getty is an instance."""
    return "serial-getty@.service" if is_serial(tty) else "getty@.service"


def unit(tty: str) -> str:
    """The terminal's getty."""
    return template(tty).replace("@", f"@{tty}")


def drop_in(tty: str) -> Path:
    """Where the drop-in is, below the root."""
    return SYSTEM / f"{unit(tty)}.d" / FILE


def undo_of(text: str) -> Undo:
    """What the drop-in `text` says of what was before. Raises `ValueError` where it doesn't."""
    found = re.search(r"(?m)^Undo=(.*)$", text)
    if found is None:
        raise ValueError("no Undo")
    try:
        return Undo(**json.loads(found[1]))
    except TypeError as error:
        raise ValueError(str(error)) from error


def _escaped(text: str) -> str:
    """As it stands between double quotes in a unit, where systemd expands nothing of it."""
    for character, instead in (("\\", "\\\\"), ('"', '\\"'), ("$", "$$"), ("%", "%%")):
        text = text.replace(character, instead)
    return text
