"""The printers that one can connect to from here, each of them once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbterm import paths
from gbterm.config import Config, PrinterProfile
from gbterm.discovery.ports import SerialPort
from gbterm.discovery.servers import FoundServer

if TYPE_CHECKING:
    from gbterm.host.hosts import RunningHost

CONFIGURED, RUNNING, PORT, OPENED = "configured", "running here", "port", "opened"


@dataclass(frozen=True, slots=True)
class Listed:
    """A printer, or where one may be.

    `kind` says how it is known: one of the words above, or the kind of the server that was found.
    `option` and `value` name it on the command line, as `printer` and `ender`. `host` is the name
    of the host that drives it here, if one runs. `about` is what it says of itself, `hindrance`
    why nobody can connect to it now, in a sentence. `profile` is its configuration, if it has one.
    """

    name: str
    kind: str
    address: str
    option: str
    value: str
    host: str = ""
    about: str = ""
    hindrance: str = ""
    is_default: bool = False
    profile: PrinterProfile | None = None

    @property
    def server(self) -> str:
        """The address of the server that drives it now; empty where none does, as on a port."""
        if self.host:
            return paths.server_url(self.host)
        is_port = self.kind == PORT or (self.profile is not None and bool(self.profile.port))
        return "" if is_port else self.address


def listed(
    config: Config,
    running: Sequence[RunningHost],
    ports: Iterable[SerialPort],
    servers: Iterable[FoundServer] = (),
) -> list[Listed]:
    """All of them, those that are configured first."""
    found = [
        _configured(profile, _host_of(profile, running), is_default=profile.name == config.default)
        for profile in config.printers.values()
    ]
    known = {printer.host for printer in found}
    found += [
        _running(host, is_unnamed=host.name in config.printers)
        for host in running
        if host.name not in known
    ]
    addresses = {_same(printer.address) for printer in found}
    free = (port for port in ports if not port.is_terminal)
    found += [_port(port) for port in free if not addresses & {_same(n) for n in _names(port)}]
    urls = {p.address for p in found}.union(*(host.urls for host in running))
    return found + [_server(server) for server in servers if server.url not in urls]


def _host_of(profile: PrinterProfile, running: Sequence[RunningHost]) -> str:
    if not profile.port:
        return ""
    same = _same(profile.port)
    hosts = (h.name for h in running if h.name == profile.name or _same(h.port) == same)
    return next(hosts, "")


def _configured(profile: PrinterProfile, host: str, *, is_default: bool) -> Listed:
    return Listed(
        profile.name,
        CONFIGURED,
        profile.port or profile.url,
        "printer",
        profile.name,
        host,
        is_default=is_default,
        profile=profile,
    )


def _running(host: RunningHost, *, is_unnamed: bool) -> Listed:
    """`is_unnamed` where its name is that of another printer by now."""
    if is_unnamed:
        url = paths.server_url(host.name)
        return Listed(host.called, RUNNING, host.port, "url", url, host.name)
    return Listed(host.called, RUNNING, host.port, "printer", host.name, host.name)


def _port(port: SerialPort) -> Listed:
    name = port.device.rsplit("/", 1)[-1]
    return Listed(
        name, PORT, port.name, "port", port.name, about=port.about, hindrance=port.hindrance
    )


def _server(server: FoundServer) -> Listed:
    return Listed(server.name, server.kind, server.url, "url", server.url)


def _names(port: SerialPort) -> Iterator[str]:
    yield port.name
    yield port.device


def _same(address: str) -> str:
    """Equal for two ways to write one port."""
    return paths.host_name(address)
