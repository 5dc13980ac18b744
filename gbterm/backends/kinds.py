"""Which backend drives the server at an address: the one entry point of the address's scheme."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from gbterm.address import URL_EXAMPLES
from gbterm.backends.base import Backend
from gbterm.credentials import Credentials
from gbterm.errors import UsageError

GROUP = "gbterm.backends"


@cache
def _by_scheme() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def is_address(text: str) -> bool:
    """Whether some backend drives what is at such an address."""
    scheme, colon, rest = text.partition(":")
    return bool(colon and rest) and scheme.lower() in _by_scheme()


def client(url: str, name: str | None = None, credentials: Credentials | None = None) -> Backend:
    """A client of the server at `url`, not connected yet. Raises `UsageError`."""
    if not is_address(url):
        raise UsageError(f"{url!r} is no address of a server; write it as {URL_EXAMPLES}.")
    kind = _by_scheme()[url.partition(":")[0].lower()].load()
    return cast(Backend, kind(url, name, credentials))
