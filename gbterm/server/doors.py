"""Where clients find a server: its unix socket, its address and its notice, kept while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from websockets.asyncio.server import Server

import gbterm
from gbterm.errors import ConfigError, LinkError, UsageError
from gbterm.host.hosts import NOTICE
from gbterm.lock import Lock
from gbterm.server import access, sockets, tls
from gbterm.server.keys import KEYS_FIRST, Keys
from gbterm.server.options import Options
from gbterm.server.websocket import Gateway

if TYPE_CHECKING:
    from gbterm.server.octoprint.server import OctoPrintServer

log = logging.getLogger(__name__)


class _Listening(Protocol):
    @property
    def sockets(self) -> Iterable[socket.socket]: ...


T = TypeVar("T", bound=_Listening)


@dataclass(frozen=True, slots=True)
class _Way:
    """How an address was chosen by a user, and what holds where it can't be served."""

    option: str
    goes_on: str
    is_required: bool


class Doors:
    """The sockets through which `gateway` is reached, in a directory that `lock` keeps."""

    def __init__(
        self,
        options: Options,
        gateway: Gateway,
        keys: Keys,
        lock: Lock,
        octoprint: OctoPrintServer | None = None,
    ) -> None:
        self._options, self._gateway, self._keys, self._lock = options, gateway, keys, lock
        self._octoprint = octoprint
        self._path = options.run_dir / sockets.SOCKET
        self._failure = ""
        self.is_tls = options.tls is not None
        self.bound: list[tuple[str, int]] = []
        """The addresses and ports on TCP, once it listens there."""

    async def open(self) -> None:
        """Listen. Raises `UsageError` where the address is required and can't be served."""
        self._tcp, note = await self._listen_tcp()
        self._for_octoprint, octoprint_note = await self._listen_octoprint()
        self._unix = await self._listen_unix()
        if self._tcp is not None:
            self.bound = [one.getsockname()[:2] for one in self._tcp.sockets]
        self._notice: dict[str, Any] = {
            "listen": _address(self._tcp) if self._tcp else None,
            "octoprint": _address(self._for_octoprint) if self._for_octoprint else None,
            "tls": self.is_tls,
            "pid": os.getpid(),
            "version": gbterm.__version__,
        }
        if notes := " ".join(filter(None, (note, octoprint_note))):
            self._notice["note"] = notes
        sockets.write_notice(self._options.run_dir, self._notice)

    def note(self, **members: Any) -> None:
        """Say so, too, in the notice. Raises nothing: `watch` mends one that got lost."""
        self._notice |= members
        with contextlib.suppress(OSError):
            sockets.write_notice(self._options.run_dir, self._notice)

    async def close(self) -> None:
        """Listen no more, and end all connections."""
        if self._for_octoprint is not None and self._octoprint is not None:
            self._for_octoprint.close()
            await self._octoprint.close()
        servers = filter(None, (self._tcp, self._unix))
        await asyncio.gather(*map(self._gateway.close, servers))

    def hide(self) -> None:
        """Be found by nobody any more."""
        (self._options.run_dir / NOTICE).unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    async def watch(self) -> None:
        """Somebody's clean-up may take the files away; those who are connected stay so.

        A key that is revoked, though, ends its connections, and so does long silence.
        """
        while True:
            await asyncio.sleep(self._options.watch_s)
            self._gateway.drop_revoked()
            self._gateway.drop_gone()
            failure = ""
            try:
                await self._keep_files()
            except (OSError, LinkError) as error:
                failure = f"the run directory can't be kept: {error}"
            if failure not in ("", self._failure):
                log.warning("%s", failure)
            self._failure = failure

    async def _keep_files(self) -> None:
        self._options.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._lock.keep():
            return  # Another server has the directory now.
        if sockets.identity(self._path) != self._identity:
            self._unix.close(close_connections=False)
            self._unix = await self._listen_unix()
        if not (self._options.run_dir / NOTICE).exists():
            sockets.write_notice(self._options.run_dir, self._notice)

    async def _listen_tcp(self) -> tuple[Server | None, str]:
        options = self._options
        way = _Way(
            "--listen", "Clients on this machine can still connect.", options.listen_required
        )
        return await self._listening(options.listen, way, self._gateway.listen_tcp)

    async def _listen_octoprint(self) -> tuple[asyncio.Server | None, str]:
        options = self._options
        if self._octoprint is None:
            return None, ""
        way = _Way("--octoprint-listen", "Others can still connect.", options.octoprint_required)
        return await self._listening(options.octoprint_listen, way, self._octoprint.listen)

    async def _listening(
        self,
        address: tuple[str, int] | None,
        way: _Way,
        listen: Callable[[str, int, ssl.SSLContext | None], Awaitable[T]],
    ) -> tuple[T | None, str]:
        """What listens there, or why nothing does. Raises `UsageError` as `open`."""
        if address is None:
            return None, ""
        host, port = address
        if not (access.is_loopback(host) or self._has_keys()):
            return None, f"{host}:{port} can't be served: {KEYS_FIRST}"
        try:
            context = tls.context(*self._options.tls) if self._options.tls else None
            return await listen(host, port, context), ""
        except UsageError as error:
            if way.is_required:
                raise
            return None, f"{host}:{port} can't be served: {error}"
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            sentence = f"{host}:{port} can't be served: {reason}."
            if way.is_required:
                raise UsageError(f"{sentence} Choose another address with {way.option}.") from error
            return None, f"{sentence} {way.goes_on}"

    def _has_keys(self) -> bool:
        try:
            return bool(self._keys.all())
        except ConfigError as error:
            log.warning("%s", error)
            return False

    async def _listen_unix(self) -> Server:
        try:
            listener = sockets.bind_unix(self._path, self._options.socket_mode)
        except OSError as error:
            raise LinkError(f"The socket {self._path} can't be made: {error.strerror}.") from error
        self._identity = sockets.identity(self._path)
        return await self._gateway.listen_unix(listener)


def _address(server: _Listening) -> str:
    host, port = next(iter(server.sockets)).getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
