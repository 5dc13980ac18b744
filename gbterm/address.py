"""The address of a server, as a user writes it."""

from __future__ import annotations

import re

from gbterm import ssh_address
from gbterm.errors import UsageError

URL_EXAMPLES = "ws://HOST:PORT, http://HOST, ssh://USER@HOST or unix:PATH"
"""The first is OpenGB's, the second OctoPrint's."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?!/*$)\S.*")


def is_listen(text: str) -> bool:
    """Whether `text` is a `HOST:PORT` to be served."""
    host, _, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    return is_port and bool(host) and not set(host) & set("/ ")


def check_url(url: str) -> str:
    """`url` as it stands. Raises UsageError where it has not even the form of an address.

    Whether there is a backend for it is known to `gbterm.backends.kinds`, which takes longer.
    """
    if not url.lower().startswith(("ssh:", "unix:")) and set(url) & set("@?"):
        # Not said again: it may hold a password or a key.
        raise UsageError(
            "The address of a server holds neither @ nor ?: leave out names, passwords and keys,"
            " and give the key with --key-file or in GBTERM_KEY."
        )
    if not _ADDRESS.fullmatch(url):
        raise UsageError(f"{url!r} is no address of a server; write it as {URL_EXAMPLES}.")
    if url.lower().startswith("ssh:"):
        ssh_address.parse(url)
    return url
