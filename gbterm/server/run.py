"""The server process from start to end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.server import Server

import gbterm
from gbterm import paths
from gbterm.config import Actions
from gbterm.errors import ConfigError, LinkError, UsageError
from gbterm.events import Event
from gbterm.host.hosts import NOTICE
from gbterm.lock import Lock
from gbterm.model import PrinterState
from gbterm.server import access, sockets, tls
from gbterm.server.action_methods import ActionMethods
from gbterm.server.admission import Rules
from gbterm.server.console import Console
from gbterm.server.counters import Counters
from gbterm.server.file_methods import FileMethods
from gbterm.server.frontend import Frontend
from gbterm.server.guard import REFUSAL_S, Guard
from gbterm.server.history import TemperatureHistory
from gbterm.server.hub import Hub
from gbterm.server.intake import Intake
from gbterm.server.job_history import JobHistory
from gbterm.server.job_store import JobStore
from gbterm.server.keys import KEYS_FIRST, Keys
from gbterm.server.layer_methods import LayerMethods
from gbterm.server.library import Library
from gbterm.server.methods import Methods
from gbterm.server.printer_client import printer_channel, printer_client
from gbterm.server.printer_methods import printer_methods
from gbterm.server.upload_methods import UploadMethods
from gbterm.server.uploads import FILE_MAX, Uploads
from gbterm.server.websocket import Gateway
from gbterm.server.workers import Workers

RESTART_S = 0.5
"""The printer process is not started again more often than this."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """How a server serves; all but the directories has a default."""

    run_dir: Path
    library_dir: Path
    keys_file: Path = field(default_factory=paths.keys_file)
    listen: tuple[str, int] | None = None
    listen_required: bool = False
    """End with an error where `listen` is taken, instead of serving the unix socket alone."""
    name: str = "printer"
    actions: Actions = field(default_factory=Actions)
    rules: Rules = field(default_factory=Rules)
    tls: tuple[Path, Path] | None = None
    """A certificate and its key; without them, clients on TCP are served in plain text."""
    frontend: Path | None = None
    """The static files of a web frontend."""
    file_max: int = FILE_MAX
    """Bytes of a file that comes in pieces."""
    refusal_s: float = REFUSAL_S
    socket_mode: int = 0o600
    tick_s: float = 1.0
    watch_s: float = 2.0
    """How often the unix socket is looked after."""


async def serve(
    options: Options,
    *,
    on_printer_lost: Callable[[], bool] = lambda: True,
    stop: asyncio.Event | None = None,
) -> bool:
    """Serve until SIGTERM, SIGINT, `stop`, or the end of the host; False where another one serves.

    `on_printer_lost` is called when the printer process can't be reached, at most every half
    second; it may start one, which ends by itself where another holds the port. It returns False
    where the host was ended meanwhile, so that the server is to end, too. Raises `UsageError` where
    the address is taken and required, `ConfigError` where the library can't be used.
    """
    lock = sockets.take_lock(options.run_dir)
    if lock is None:
        return False
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await _Server(options, on_printer_lost, stop, lock).run()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        lock.release()
    return True


class _Server:
    def __init__(
        self,
        options: Options,
        on_printer_lost: Callable[[], bool],
        stop: asyncio.Event,
        lock: Lock,
    ) -> None:
        self._options, self._on_printer_lost, self._stop = options, on_printer_lost, stop
        self._lock = lock
        self._failure = ""
        self._path = options.run_dir / sockets.SOCKET
        self._lost_at = float("-inf")
        self._keys = Keys(options.keys_file)
        self._hub = Hub()
        self._history = TemperatureHistory(options.tick_s)
        self._to_printer = printer_channel(options.run_dir)
        self._printer = printer_client(
            self._to_printer, self._changed, on_lost=self._lost, on_shutdown=stop.set
        )

    async def run(self) -> None:
        options = self._options
        library = await asyncio.to_thread(Library, options.library_dir)
        counters = Counters(
            self._printer, options.library_dir / f"counters/{options.run_dir.name}.json"
        )
        self._jobs = JobHistory(
            self._printer, library, JobStore(library.database, options.run_dir.name)
        )
        self._workers = Workers(library)
        self._uploads = Uploads(library, self._workers, options.file_max)
        actions = ActionMethods(self._printer, options.actions)
        methods = Methods(
            *(self._printer, counters, self._hub, options.name, self._end_soon),
            *(self._history.table, UploadMethods(self._uploads).table, actions.table),
            *(Console(self._printer.console).table, self._jobs.table),
            *(LayerMethods(library, self._workers).table, printer_methods(self._to_printer)),
            FileMethods(self._printer, library, self._workers).table,
        )
        guard = Guard(methods, self._keys, options.refusal_s)
        frontend = Frontend(options.frontend) if options.frontend else None
        self._gateway = Gateway(
            *(guard, self._hub, self._workers, Intake(library.root)), options.rules, frontend
        )
        tcp, note = await self._listen_tcp()
        self._unix = await self._listen_unix()
        self._notice = {
            "listen": _address(tcp) if tcp else None,
            "tls": self._options.tls is not None,
            "pid": os.getpid(),
            "version": gbterm.__version__,
        } | ({"note": note} if note else {})
        sockets.write_notice(self._options.run_dir, self._notice)
        self._printer.start()
        works = (self._tick(), self._watch(), counters.run(), self._uploads.run(), self._jobs.run())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, actions.close(), return_exceptions=True)
            await self._close(*filter(None, (tcp, self._unix)))

    def _changed(self, event: Event | None, old: PrinterState, new: PrinterState) -> None:
        self._hub.change(event, old, new)
        self._jobs.see(new)

    async def _close(self, *servers: Server) -> None:
        (self._options.run_dir / NOTICE).unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
        self._workers.close()
        await asyncio.gather(*map(self._gateway.close, servers))
        await self._uploads.close()
        await self._jobs.remember()
        await self._printer.close()

    async def _listen_tcp(self) -> tuple[Server | None, str]:
        if self._options.listen is None:
            return None, ""
        host, port = self._options.listen
        if not (access.is_loopback(host) or self._has_keys()):
            return None, f"{host}:{port} can't be served: {KEYS_FIRST}"
        try:
            context = tls.context(*self._options.tls) if self._options.tls else None
            return await self._gateway.listen_tcp(host, port, context), ""
        except UsageError as error:
            if self._options.listen_required:
                raise
            return None, f"{host}:{port} can't be served: {error}"
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            sentence = f"{host}:{port} can't be served: {reason}."
            if self._options.listen_required:
                raise UsageError(f"{sentence} Choose another address with --listen.") from error
            return None, f"{sentence} Clients on this machine can still connect."

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

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._options.tick_s)
            self._hub.tick(self._printer.state)
            self._history.take(self._printer.state, time.time())

    async def _watch(self) -> None:
        """Somebody's clean-up may take the files away; those who are connected stay so.

        A key that is revoked, though, ends its connections.
        """
        while True:
            await asyncio.sleep(self._options.watch_s)
            self._gateway.drop_revoked()
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

    def _lost(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._lost_at >= RESTART_S and not self._stop.is_set():
            self._lost_at = now
            if not self._on_printer_lost():
                self._stop.set()

    def _end_soon(self) -> None:
        """End with the host, once the answer to the one who asked for it has left."""
        asyncio.get_running_loop().call_later(0.2, self._stop.set)


def _address(server: Server) -> str:
    host, port = next(iter(server.sockets)).getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
