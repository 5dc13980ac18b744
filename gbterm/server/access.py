"""What the head of a request on TCP says about who sends it.

A page of any site can open a WebSocket to a loopback address, and a name that its owner points
there (DNS rebinding) makes it look like one's own server: so Host and Origin are checked. Programs
send no Origin.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit


def refusal(
    hosts: Collection[str], origins: Collection[str], address: str, allowed: Collection[str]
) -> str:
    """Why a handshake is refused, or nothing.

    `hosts` and `origins` are the values of those headers, `address` is the one that the client
    connected to; `allowed` holds host names and origins (`http://HOST:PORT`) that may pass.
    """
    if len(hosts) != 1 or len(origins) > 1:
        return "The request must have one Host and at most one Origin."
    (host,) = (_host(f"//{value}") for value in hosts)
    if not (host in allowed or _is_here(host, address)):
        return f"This server is not called {host!r}: use its address, or allow that name."
    for origin in origins:
        if origin not in allowed and _host(origin) not in (host, *allowed):
            return f"Pages from {origin!r} may not use this server: allow that origin."
    return ""


def allowed(names: Iterable[str]) -> frozenset[str]:
    """What may pass: `names`, host names and origins, and what this machine calls itself."""
    return frozenset(names) | {f"{socket.gethostname()}.local".lower()}


def is_loopback(address: str) -> bool:
    """Whether `address`, a number or a name, can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return address == "localhost"


def is_passed_on(header_names: Iterable[str]) -> bool:
    """Whether a proxy sent the request, on behalf of who knows whom."""
    return any(
        name.lower() in ("forwarded", "x-real-ip") or name.lower().startswith("x-forwarded-")
        for name in header_names
    )


def keys_in(authorizations: Iterable[str], api_keys: Iterable[str]) -> set[str]:
    """The keys in the headers `Authorization: Bearer` and `X-Api-Key`, as they stand there."""
    bearers = (value.partition(" ") for value in authorizations)
    keys = {key.strip() for scheme, _, key in bearers if scheme.lower() == "bearer"}
    return keys | {value.strip() for value in api_keys}


def is_own_page(hosts: Collection[str], origins: Collection[str], *, secure: bool) -> bool:
    """Whether the page that sends the request came from this very port."""
    scheme = "https" if secure else "http"
    return [f"{scheme}://{host}".lower() for host in hosts] == [o.lower() for o in origins]


def cookies(values: Iterable[str]) -> dict[str, str]:
    """The cookies in headers `Cookie`."""
    pairs = (pair.partition("=") for value in values for pair in value.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_here(host: str, address: str) -> bool:
    if host == "localhost":
        return True
    try:
        named = ipaddress.ip_address(host)
    except ValueError:
        return False
    return named.is_loopback or named == ipaddress.ip_address(address.partition("%")[0])
