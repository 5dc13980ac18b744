"""The server process from start to end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.server import Server

import gbterm
from gbterm.errors import LinkError, UsageError
from gbterm.server import sockets
from gbterm.server.hub import Hub
from gbterm.server.library import Library
from gbterm.server.methods import Methods
from gbterm.server.printer_client import printer_client
from gbterm.server.websocket import MAX_MESSAGE, Gateway

RESTART_S = 2.0
"""The printer process is not started again more often than this."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What hardly anybody changes."""

    max_message: int = MAX_MESSAGE
    socket_mode: int = 0o600
    tick_s: float = 1.0
    watch_s: float = 2.0
    """How often the unix socket is looked after."""


DEFAULT = Tuning()


async def serve(
    run_dir: Path,
    library_dir: Path,
    listen: tuple[str, int] | None = None,
    *,
    listen_required: bool = False,
    name: str = "printer",
    allowed: Iterable[str] = (),
    on_printer_lost: Callable[[], None] = lambda: None,
    stop: asyncio.Event | None = None,
    tuning: Tuning = DEFAULT,
) -> bool:
    """Serve until SIGTERM, SIGINT, `stop`, or the end of the host; False where another one serves.

    Where `listen` is taken, the unix socket alone is served, unless `listen_required`. `allowed`
    are host names and origins that browsers may use besides the server's own. `on_printer_lost`
    is called when the printer process can't be reached, at most every 2 s; it may start one, which
    ends by itself where another holds the port. Raises `UsageError` where the address is taken and
    required, `ConfigError` where the library can't be used.
    """
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = sockets.take_lock(run_dir)
    if lock is None:
        return False
    with lock:
        stop = stop or asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        try:
            server = _Server(run_dir, name, tuning, on_printer_lost, stop)
            library = await asyncio.to_thread(Library, library_dir)
            await server.run(library, listen, listen_required, allowed)
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
    return True


class _Server:
    def __init__(
        self,
        run_dir: Path,
        name: str,
        tuning: Tuning,
        on_printer_lost: Callable[[], None],
        stop: asyncio.Event,
    ) -> None:
        self._run_dir, self._name, self._tuning = run_dir, name, tuning
        self._path = run_dir / sockets.SOCKET
        self._on_printer_lost, self._stop = on_printer_lost, stop
        self._lost_at = float("-inf")
        self._hub = Hub()
        self._printer = printer_client(
            run_dir, self._hub.change, on_lost=self._lost, on_shutdown=stop.set
        )

    async def run(
        self,
        library: Library,
        listen: tuple[str, int] | None,
        listen_required: bool,
        allowed: Iterable[str],
    ) -> None:
        methods = Methods(self._printer, library, self._hub, self._name, self._end_soon)
        self._gateway = Gateway(
            methods, self._hub, allowed=allowed, max_message=self._tuning.max_message
        )
        tcp, note = await self._listen_tcp(listen, listen_required)
        self._unix = await self._listen_unix()
        self._notice = {
            "listen": _address(tcp) if tcp else None,
            "pid": os.getpid(),
            "version": gbterm.__version__,
        } | ({"note": note} if note else {})
        sockets.write_notice(self._run_dir, self._notice)
        self._printer.start()
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._watch())]
        try:
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._close(*filter(None, (tcp, self._unix)))

    async def _close(self, *servers: Server) -> None:
        (self._run_dir / sockets.NOTICE).unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
        for server in servers:
            server.close()
        await asyncio.gather(*(server.wait_closed() for server in servers))
        await self._printer.close()

    async def _listen_tcp(
        self, listen: tuple[str, int] | None, required: bool
    ) -> tuple[Server | None, str]:
        if listen is None:
            return None, ""
        host, port = listen
        try:
            return await self._gateway.listen_tcp(host, port), ""
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            sentence = f"{host}:{port} can't be served: {reason}."
            if required:
                raise UsageError(f"{sentence} Choose another address with --listen.") from error
            return None, f"{sentence} Clients on this machine can still connect."

    async def _listen_unix(self) -> Server:
        try:
            listener = sockets.bind_unix(self._path, self._tuning.socket_mode)
        except OSError as error:
            raise LinkError(f"The socket {self._path} can't be made: {error.strerror}.") from error
        self._identity = sockets.identity(self._path)
        return await self._gateway.listen_unix(listener)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._tuning.tick_s)
            self._hub.tick(self._printer.state)

    async def _watch(self) -> None:
        """Somebody's clean-up may take the socket away; those who are connected stay so."""
        while True:
            await asyncio.sleep(self._tuning.watch_s)
            if sockets.identity(self._path) != self._identity:
                self._unix.close(close_connections=False)
                self._unix = await self._listen_unix()
            if not (self._run_dir / sockets.NOTICE).exists():
                sockets.write_notice(self._run_dir, self._notice)

    def _lost(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._lost_at >= RESTART_S and not self._stop.is_set():
            self._lost_at = now
            self._on_printer_lost()

    def _end_soon(self) -> None:
        """End with the host, once the answer to the one who asked for it has left."""
        asyncio.get_running_loop().call_later(0.2, self._stop.set)


def _address(server: Server) -> str:
    host, port = next(iter(server.sockets)).getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
