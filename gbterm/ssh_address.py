"""`ssh://[USER@]HOST[:PORT][/NAME]`: the printer NAME of another machine, reached by ssh."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gbterm.errors import UsageError
from gbterm.text import scrub

EXAMPLE = "ssh://USER@HOST, maybe with :PORT and /PRINTER after it"
_WORD = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
"""Nothing that ssh would take for an option, and nothing that a shell would read anything into."""
_FORM = re.compile(
    rf"ssh://(?:(?P<user>{_WORD})@)?"
    rf"(?:(?P<host>{_WORD})|\[(?P<ip6>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\])"
    rf"(?::(?P<port>[0-9]{{1,5}}))?(?:/(?P<printer>{_WORD})?)?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SshAddress:
    """Whom to log in as, empty for whom ssh chooses, and where; `port` is None for ssh's own.

    `host` may be a name of the user's ssh configuration. `printer` is empty for the only one.
    """

    host: str
    user: str = ""
    port: int | None = None
    printer: str = ""

    @property
    def place(self) -> str:
        """As a person writes it behind `ssh`."""
        return f"{self.user}@{self.host}" if self.user else self.host


def parse(url: str) -> SshAddress:
    """Raises `UsageError` for what is none."""
    found = _FORM.fullmatch(url)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port is not None and not 0 < port < 65536):
        raise UsageError(f"{scrub(url, 80)!r} is no address for ssh; write it as {EXAMPLE}.")
    host = found["host"] or found["ip6"]
    return SshAddress(host, found["user"] or "", port, found["printer"] or "")
