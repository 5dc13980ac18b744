"""Servers on the network, by mDNS: gbterm's own and OctoPrint's, and OpenGB's by their names.

What they say is hostile: names are scrubbed, everything is bounded, and nothing is believed but an
address, a port and a path.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbterm.discovery import unannounced
from gbterm.errors import LinkError
from gbterm.text import scrub

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

OPENGB, OCTOPRINT = "OpenGB", "OctoPrint"
TYPES = {"_opengb._tcp.local.": OPENGB, "_octoprint._tcp.local.": OCTOPRINT}
"""OctoPrint's: https://docs.octoprint.org/en/master/bundledplugins/discovery.html"""
MOST = 64
LONGEST = 60
DETAILS_MS = 3000
SEARCH_S = 3.0
"""How long servers may take to answer somebody who waits for a list of them."""
_PATH = re.compile(r"/[A-Za-z0-9._~/-]{0,100}")


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server on the network; `kind` is `OPENGB` or `OCTOPRINT`."""

    kind: str
    name: str
    url: str


Listener = Callable[[tuple[FoundServer, ...]], None]
"""Called on the loop with the servers that are known now, by their names."""


class ServerSearch:
    """Looks for servers from `start` to `close`."""

    def __init__(
        self,
        listener: Listener,
        interfaces: Sequence[str] = (),
        names: Sequence[str] = unannounced.NAMES,
        port: int = unannounced.PORT,
    ) -> None:
        """`interfaces` are the addresses of those to look on; all where there are none.

        `names` are those that servers which announce nothing have, on `port`.
        """
        self._listener, self._interfaces = listener, interfaces
        self._names, self._port = names, port
        self._found: dict[str, FoundServer] = {}
        self._named: dict[str, FoundServer] = {}
        self._looking: asyncio.Task[None] | None = None
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None

    async def start(self) -> None:
        """Begin. Raises `LinkError` where this machine can't."""
        # Not on the loop: it takes a while on a small computer.
        await asyncio.to_thread(importlib.import_module, "zeroconf.asyncio")
        # What it warns of would be written over the screen.
        logging.getLogger("zeroconf").addHandler(logging.NullHandler())
        from zeroconf import InterfaceChoice
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        try:
            self._zeroconf = AsyncZeroconf(interfaces=list(self._interfaces) or InterfaceChoice.All)
        except (OSError, ValueError, RuntimeError) as error:
            raise LinkError(
                f"Servers on the network can't be looked for: {scrub(str(error))}."
            ) from error
        self._browser = AsyncServiceBrowser(
            self._zeroconf.zeroconf, list(TYPES), handlers=[self._heard]
        )
        self._looking = asyncio.create_task(
            unannounced.look(
                self._zeroconf.zeroconf, _first_spelt, self._answered, self._names, self._port
            )
        )

    async def close(self) -> None:
        """End; nobody is called any more."""
        asking = [*self._asking.values(), *([self._looking] if self._looking else [])]
        for task in asking:
            task.cancel()
        try:
            await asyncio.gather(*asking, return_exceptions=True)
            if self._browser is not None:
                await self._browser.async_cancel()
            if self._zeroconf is not None:
                await self._zeroconf.async_close()
        except asyncio.CancelledError:
            if self._zeroconf is not None:
                self._zeroconf.zeroconf.close()
            raise

    def _heard(
        self,
        zeroconf: Zeroconf,
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        from zeroconf import ServiceStateChange

        if state_change is ServiceStateChange.Removed:
            if self._found.pop(name, None) is not None:
                self._tell()
        elif name not in self._asking and (name in self._found or len(self._known()) < MOST):
            asking = asyncio.create_task(self._ask(zeroconf, service_type, name))
            self._asking[name] = asking
            asking.add_done_callback(lambda _: self._asking.pop(name, None))

    def _known(self) -> set[str]:
        return {*self._found, *self._asking}

    async def _ask(self, zeroconf: Zeroconf, service_type: str, name: str) -> None:
        from zeroconf import Error, IPVersion
        from zeroconf.asyncio import AsyncServiceInfo

        try:
            info = AsyncServiceInfo(service_type, name)
            if not await info.async_request(zeroconf, DETAILS_MS) or not info.port:
                return
        except Error:
            return  # a name that none may have
        addresses = info.parsed_addresses(IPVersion.V4Only) + info.parsed_addresses(
            IPVersion.V6Only
        )
        server = found_server(service_type, name, addresses, info.port, info.properties)
        if server is not None and self._found.get(name) != server:
            self._found[name] = server
            self._tell()

    def _answered(self, name: str, url: str) -> None:
        """A name that needs no announcement has a server at `url` now, or none."""
        server = FoundServer(OPENGB, name, url) if url else None
        if server == self._named.get(name):
            return
        if server is None:
            del self._named[name]
        else:
            self._named[name] = server
        self._tell()

    def _tell(self) -> None:
        announced = {server.url for server in self._found.values()}
        found = [*self._found.values()]
        found += [server for server in self._named.values() if server.url not in announced]
        self._listener(tuple(sorted(found, key=lambda s: (s.name, s.url))))


async def search(interfaces: Sequence[str], within_s: float) -> tuple[FoundServer, ...]:
    """The servers that answer within so long. Raises as `ServerSearch.start`."""
    found: tuple[FoundServer, ...] = ()

    def know(servers: tuple[FoundServer, ...]) -> None:
        nonlocal found
        found = servers

    searching = ServerSearch(know, interfaces)
    try:
        await searching.start()
        await asyncio.sleep(within_s)
    finally:
        await searching.close()
    return found


def found_server(
    service_type: str,
    name: str,
    addresses: Sequence[str],
    port: int,
    properties: Mapping[bytes, bytes | None],
) -> FoundServer | None:
    """What an announcement comes to; None where it names no address that can be used."""
    kind = TYPES[service_type]
    address = _first_spelt(addresses)
    if not address:
        return None
    said = _text(properties, b"path")
    path = said if _PATH.fullmatch(said) else "/"
    if kind == OPENGB:
        scheme = "wss" if _text(properties, b"tls") == "1" else "ws"
        path = path if path != "/" else "/ws"
    else:
        scheme = "http"
    label = scrub(name.removesuffix(f".{service_type}"), LONGEST).strip()
    return FoundServer(kind, label or address, f"{scheme}://{address}:{port}{path}")


def _first_spelt(addresses: Iterable[str]) -> str:
    return next((spelt for spelt in map(_spelt, addresses) if spelt), "")


def _spelt(address: str) -> str:
    """As it stands in a URL; nothing for one that leads nowhere without more being known."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if known.is_multicast or known.is_unspecified or (known.version == 6 and known.is_link_local):
        return ""
    return f"[{known}]" if known.version == 6 else str(known)


def _text(properties: Mapping[bytes, bytes | None], key: bytes) -> str:
    return (properties.get(key) or b"").decode("utf-8", "replace")
