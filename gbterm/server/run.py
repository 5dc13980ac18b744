"""The server process from start to end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import gbterm
from gbterm.audit import by_itself
from gbterm.events import Event, MessageReported
from gbterm.host import hosts, readiness
from gbterm.lock import Lock
from gbterm.model import Message, PrinterState
from gbterm.server import sockets
from gbterm.server.action_methods import ActionMethods
from gbterm.server.attendance import Attendance
from gbterm.server.audit import Audit
from gbterm.server.audit_store import AuditStore
from gbterm.server.check_methods import CheckMethods
from gbterm.server.chronicle import Chronicle
from gbterm.server.console import Console
from gbterm.server.counters import Counters
from gbterm.server.doors import Doors
from gbterm.server.download_methods import DownloadMethods
from gbterm.server.filament_sensor import Filament
from gbterm.server.file_methods import FileMethods
from gbterm.server.frontend import Frontend
from gbterm.server.guard import Guard
from gbterm.server.history import TemperatureHistory
from gbterm.server.hooks import Hooks
from gbterm.server.hub import Hub
from gbterm.server.intake import Intake
from gbterm.server.job_history import JobHistory
from gbterm.server.job_store import JobStore
from gbterm.server.keys import Keys
from gbterm.server.layer_methods import LayerMethods
from gbterm.server.library import Library
from gbterm.server.methods import Methods
from gbterm.server.octoprint import octoprint_server
from gbterm.server.options import Options
from gbterm.server.outlooks import Outlooks
from gbterm.server.outside import Outside
from gbterm.server.presence import Presence
from gbterm.server.printer_client import printer_channel, printer_client
from gbterm.server.printer_methods import printer_methods
from gbterm.server.settings_copies import Copies, CopyMethods
from gbterm.server.upload_methods import UploadMethods
from gbterm.server.uploads import Uploads
from gbterm.server.websocket import Gateway
from gbterm.server.witness import Witness
from gbterm.server.workers import Workers

if TYPE_CHECKING:
    from gbterm.server.octoprint.server import OctoPrintServer

RESTART_S = 0.5
"""The printer process is not started again more often than this."""


async def serve(
    options: Options,
    *,
    on_printer_lost: Callable[[], bool] = lambda: True,
    is_for_good: Callable[[], bool] = lambda: True,
    stop: asyncio.Event | None = None,
) -> bool:
    """Serve until SIGTERM, SIGINT, `stop`, or the end of the host; False where another one serves.

    `on_printer_lost` is called when the printer process can't be reached, at most every half
    second; it may start one, which ends by itself where another holds the port. It returns False
    where the host was ended meanwhile, so that the server is to end, too. `is_for_good` is asked
    where the printer process says that it ends: False where another one follows. Raises
    `UsageError` where the address is taken and required, `ConfigError` where the library can't be
    used.
    """
    lock = sockets.take_lock(options.run_dir)
    if lock is None:
        return False
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await _Server(options, on_printer_lost, is_for_good, stop, lock).run()
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
        is_for_good: Callable[[], bool],
        stop: asyncio.Event,
        lock: Lock,
    ) -> None:
        self._options, self._on_printer_lost, self._stop = options, on_printer_lost, stop
        self._is_for_good = is_for_good
        self._lock = lock
        self._lost_at = float("-inf")
        self._octoprint: OctoPrintServer | None = None
        self._keys = Keys(options.keys_file)
        self._hub = Hub()
        self._chronicle = Chronicle(lambda entry: self._audit.note(entry))
        self._attendance = Attendance(lambda: len(self._hub.clients))
        self._history = TemperatureHistory(options.tick_s)
        self._to_printer = printer_channel(options.run_dir)
        self._printer = printer_client(
            self._to_printer, self._changed, on_lost=self._lost, on_shutdown=self._ended
        )

    async def run(self) -> None:
        options = self._options
        library = await asyncio.to_thread(Library, options.library_dir)
        counters = Counters(
            self._printer, options.library_dir / f"counters/{options.run_dir.name}.json"
        )
        prints = JobStore(library.database, options.run_dir.name, options.history.prints)
        self._audit = Audit(
            AuditStore(library.database, options.run_dir.name, options.history),
            options.calls or options.run_dir / hosts.CALLS,
            is_kept=options.history.actions > 0,
        )
        self._workers = Workers(library)
        self._outlooks = Outlooks(self._printer, library, self._workers, prints)
        self._jobs = JobHistory(self._printer, library, prints, self._outlooks, self._audit.starter)
        hooks_file = options.library_dir / f"hooks/{options.run_dir.name}.json"
        self._hooks = Hooks(
            *(options.actions.hooks, hooks_file, options.name, self._announce, options.now)
        )
        self._outside = Outside(
            *(options, self._printer, self._hub, counters, prints, self._announce)
        )
        filament = Filament(*(options.filament_sensor, self._printer, self._announce, options.now))
        self._uploads = Uploads(library, self._workers, options.file_max)
        actions = ActionMethods(self._printer, options.actions)
        folder = options.library_dir / "settings" / options.run_dir.name
        checks = CheckMethods(self._printer, library, self._workers)
        methods = Methods(
            *(self._printer, counters, self._hub, options.name, self._end_soon),
            *(self._history.table, UploadMethods(self._uploads).table, actions.table),
            *(Console(self._printer.console).table, self._jobs.table),
            *(LayerMethods(library, self._workers).table, printer_methods(self._to_printer)),
            *(
                FileMethods(self._printer, library, self._workers, checks, self._outlooks).table,
                checks.table,
            ),
            *(DownloadMethods(library).table, self._audit.table),
            CopyMethods(self._printer, Copies(folder)).table,
        )
        witness = Witness(self._audit.note, lambda: self._printer.state.job, methods.table)
        guard = Guard(methods, self._keys, witness, options.refusal_s)
        frontend = Frontend(options.frontend) if options.frontend else None
        gateway = Gateway(
            *(guard, self._hub, self._workers, Intake(library.root)),
            *(options.rules, Presence(options.now), frontend),
        )
        serving = octoprint_server(options, guard, self._printer, self._uploads)
        self._octoprint = await serving
        doors = Doors(options, gateway, self._keys, self._lock, self._octoprint)
        await self._hooks.load()
        await doors.open()
        readiness.say_ready()
        self._audit.note(by_itself("server_started", version=gbterm.__version__))
        self._printer.start()
        works = (
            *(self._tick(), doors.watch(), counters.run(), self._uploads.run()),
            *(self._jobs.run(), self._hooks.run(), self._outside.run(doors), filament.run()),
            *(self._attendance.run(self._printer), self._audit.run(), self._outlooks.run()),
        )
        tasks = [asyncio.create_task(work) for work in works]
        for task in tasks:
            task.add_done_callback(self._end_with)
        try:
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, actions.close(), return_exceptions=True)
            await self._close(doors)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def _end_with(self, task: asyncio.Task[None]) -> None:
        """A work that fails ends all of them: half a server is worse than a new one."""
        if not task.cancelled() and task.exception() is not None:
            self._stop.set()

    def _changed(self, event: Event | None, old: PrinterState, new: PrinterState) -> None:
        self._chronicle.note(old, new)
        self._hub.change(event, old, new)
        self._jobs.see(new)
        self._outlooks.see(new)
        self._hooks.see(new)
        self._outside.see()
        self._see_octoprint()

    def _see_octoprint(self) -> None:
        if self._octoprint is not None:
            self._octoprint.see()

    async def _close(self, doors: Doors) -> None:
        doors.hide()
        self._workers.close()
        await doors.close()
        await self._uploads.close()
        await self._workers.ended()
        await self._jobs.remember()
        self._audit.note(by_itself("server_ended"))
        await self._audit.close()
        await self._printer.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._options.tick_s)
            self._hub.tick(self._printer.state)
            self._history.take(self._printer.state, time.time())
            self._hooks.see(self._printer.state)
            self._outside.see()
            self._see_octoprint()
            self._audit.look()

    def _announce(self, text: str) -> None:
        message = Message(text, "warning", time.time())
        self._printer.report(MessageReported(message))

    def _lost(self) -> None:
        self._attendance.forget()
        self._outlooks.forget()
        now = asyncio.get_running_loop().time()
        if now - self._lost_at >= RESTART_S and not self._stop.is_set():
            self._lost_at = now
            if not self._on_printer_lost():
                self._stop.set()

    def _ended(self) -> None:
        if self._is_for_good():
            self._stop.set()

    def _end_soon(self) -> None:
        """End with the host, once the answer to the one who asked for it has left."""
        asyncio.get_running_loop().call_later(0.2, self._stop.set)
