"""This server on the network, by mDNS, as `gbterm.discovery.servers` reads it.

What is announced is a name, addresses, a port, the path and whether it is TLS; never a key.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import logging
import socket
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbterm.config import Mdns
from gbterm.server.admission import PATH
from gbterm.server.doors import Doors
from gbterm.text import scrub

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

TYPE = "_opengb._tcp.local."
LOOK_EVERY_S = 30.0
"""An address may come later than the server, or be another one after a while."""
LABEL_BYTES = 60
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Announced:
    addresses: tuple[str, ...]
    network: AsyncZeroconf
    info: AsyncServiceInfo


class Announcement:
    """Of the server behind `doors`, which is called `name`."""

    def __init__(self, name: str, mdns: Mdns, doors: Doors) -> None:
        self._label, self._mdns, self._doors = _label(name), mdns, doors
        # Of its own: the machine's belongs to whoever else answers for it here.
        self._host = f"gbterm-{uuid.uuid4().hex[:12]}.local."
        self._announced: _Announced | None = None
        self._failure = ""

    async def run(self) -> None:
        """Announce it where it can be reached, until cancelled."""
        if not self._mdns.announce or not self._doors.bound:
            return
        # Not on the loop: it takes a while on a small computer.
        await asyncio.to_thread(importlib.import_module, "zeroconf.asyncio")
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._withdraw()

    async def _look(self) -> None:
        own = await asyncio.to_thread(_own_addresses)
        addresses = reachable(self._doors.bound, own, self._mdns.interfaces)
        if addresses == (self._announced.addresses if self._announced else ()):
            return
        await self._withdraw()
        failure = ""
        if addresses:
            try:
                await self._announce(addresses)
            except (OSError, ValueError, RuntimeError) as error:
                failure = f"the server can't be announced on the network: {error}"
        if failure not in ("", self._failure):
            _log.warning("%s", failure)
        self._failure = failure

    async def _announce(self, addresses: tuple[str, ...]) -> None:
        """Raises what sockets and zeroconf raise."""
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

        info = AsyncServiceInfo(
            TYPE,
            f"{self._label}.{TYPE}",
            self._doors.bound[0][1],
            parsed_addresses=list(addresses),
            properties={"path": PATH} | ({"tls": "1"} if self._doors.is_tls else {}),
            server=self._host,
        )
        network = AsyncZeroconf(interfaces=list(addresses))
        # First: the console on this machine is to know that it is no other printer.
        self._doors.note(announced=list(addresses))
        try:
            await (await network.async_register_service(info, allow_name_change=True))
        except BaseException as error:
            self._doors.note(announced=[])
            await network.async_close()
            if isinstance(error, Error):
                raise ValueError(str(error)) from error
            raise
        self._announced = _Announced(addresses, network, info)
        _log.info("announced on the network as %s at %s", info.name, ", ".join(addresses))

    async def _withdraw(self) -> None:
        """Take back what was announced."""
        announced, self._announced = self._announced, None
        if announced is None:
            return
        self._doors.note(announced=[])
        await (await announced.network.async_unregister_service(announced.info))
        await announced.network.async_close()


def reachable(
    bound: Iterable[tuple[str, int]], own: Iterable[str], interfaces: Iterable[str]
) -> tuple[str, ...]:
    """Of this machine's `own` addresses, those by which others reach what listens on `bound`.

    Only those among `interfaces`, where there are any: loopback is announced to nobody unless it
    stands there.
    """
    wanted = {ipaddress.ip_address(address) for address in interfaces}
    listening = [ipaddress.ip_address(address.partition("%")[0]) for address, _ in bound]
    found = set()
    for address in map(ipaddress.ip_address, own):
        is_bound = address in listening or any(
            one.is_unspecified and one.version == address.version for one in listening
        )
        is_wanted = address in wanted if wanted else not address.is_loopback
        leads_there = address.version == 4 or not address.is_link_local
        if is_bound and is_wanted and leads_there:
            found.add(str(address))
    return tuple(sorted(found))


def _own_addresses() -> list[str]:
    """All of this machine. Blocks."""
    import ifaddr

    addresses = (address for adapter in ifaddr.get_adapters() for address in adapter.ips)
    return [one.ip if isinstance(one.ip, str) else one.ip[0] for one in addresses]


def _label(name: str) -> str:
    """What it is called on the network; a dot would end it."""
    short = name.rstrip("/").rpartition("/")[2] or name
    text = scrub(f"{short} on {socket.gethostname()}").replace(".", "-")
    return text.encode()[:LABEL_BYTES].decode("utf-8", "ignore")
