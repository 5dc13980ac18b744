"""`[server]` and `[auth]`: how a host serves clients. `[mdns]`: finding one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gbterm.config.table import Table

FRAME_MIB = 128
"""The largest message, of either side of the wire, where nothing else is configured."""
LOOPBACK = ("open", "key")
DEFAULT_LISTEN = "127.0.0.1:8000"
"""Where a host serves clients on TCP, if that is free."""
OCTOPRINT_LISTEN = "127.0.0.1:5000"
"""As an example: the port of OctoPrint itself. Its clients are served only where asked for."""
_AT_LEAST_ONE = ("clients", "calls_per_s", "frame_mib", "file_mib")
_PATHS = ("tls_cert", "tls_key", "frontend")


@dataclass(frozen=True, slots=True)
class Serving:
    """How the server of a host serves clients on TCP.

    `loopback` is "key" where also this machine's own connections need one, "open" where not, and
    empty where that is so for the service of the machine alone; `allow` holds host names
    and origins that browsers may use besides the server's own; `frame_mib` bounds a message in MiB,
    `file_mib` a file that comes in pieces.
    `tls_cert` and `tls_key` are files in PEM, the second empty where the first holds both;
    `frontend` is the directory of a web frontend's static files.
    """

    loopback: str = ""
    allow: tuple[str, ...] = ()
    clients: int = 256
    calls_per_s: int = 500
    frame_mib: int = FRAME_MIB
    file_mib: int = 2048
    tls_cert: str = ""
    tls_key: str = ""
    frontend: str = ""

    @staticmethod
    def given(server: Table) -> dict[str, Any]:
        """The members that the table `[server]` gives. Raises `ConfigError`."""
        server.only(("allow", *_AT_LEAST_ONE, *_PATHS))
        given = dict(server.members)
        for name in _AT_LEAST_ONE:
            server.at_least(name, 1)
        for name in _PATHS:
            if server.value(name, str, ""):
                given[name] = server.full_path(name)
        allow = server.value("allow", list, [])
        if not all(isinstance(name, str) for name in allow):
            server.refuse("allow", 'must be a list of names, as ["pi.example"]')
        if "allow" in given:
            given["allow"] = tuple(allow)
        return given

    @staticmethod
    def given_by_auth(auth: Table) -> dict[str, Any]:
        """The members that the table `[auth]` gives. Raises `ConfigError`."""
        auth.only(("loopback",))
        if auth.value("loopback", str, LOOPBACK[0]) not in LOOPBACK:
            auth.refuse("loopback", 'must be "open" or "key"')
        return auth.members


@dataclass(frozen=True, slots=True)
class Mdns:
    """Whether servers are looked for on the network, whether a host's own announces itself there,
    and on which of this machine's interfaces.

    `interfaces` are their addresses; all of them where there are none.
    """

    search: bool = True
    announce: bool = False
    interfaces: tuple[str, ...] = ()

    @staticmethod
    def given(table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(("search", "announce", "interfaces"))
        table.value("search", bool, True)
        table.value("announce", bool, False)
        given = dict(table.members)
        if "interfaces" in given:
            interfaces = table.value("interfaces", list, [])
            if not all(isinstance(address, str) and _is_address(address) for address in interfaces):
                table.refuse("interfaces", 'must be a list of addresses, as ["192.168.1.5"]')
            given["interfaces"] = tuple(interfaces)
        return given


def _is_address(text: str) -> bool:
    # Only where somebody names one: one-shot commands are to start quickly.
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
