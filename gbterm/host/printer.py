"""The printer process: it owns the port, the running job and the only authoritative state."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic

from gbterm import events, lock
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.errors import GbtermError, LinkError
from gbterm.events import Event
from gbterm.host import hosts, journal
from gbterm.host.ending import Ending
from gbterm.host.linelog import LineLog
from gbterm.host.methods import Methods
from gbterm.host.noting import Noting
from gbterm.host.rpc import Client, RpcServer
from gbterm.host.spec import Spec
from gbterm.host.usage import Usage
from gbterm.jobs import Job
from gbterm.lost_print import LostPrint
from gbterm.model import PrinterState

SOCKET, OWN_LINES = "printer.sock", "own-lines.jsonl"
LOOK_EVERY_S = 0.5
log = logging.getLogger(__name__)


class PrinterProcess:
    """One printer's process from its lock to its end."""

    def __init__(self, spec: Spec, start_server: Callable[[], object], held: lock.Lock) -> None:
        self._spec, self._start_server, self._lock = spec, start_server, held
        self._backend = MarlinBackend(spec.profile)
        # Asked for once: without /run/gbterm/NAME, the answer would be another.
        self._run_dir = run_dir = spec.run_dir
        self._rpc = RpcServer(run_dir / SOCKET, self._call)
        self._ending = Ending(self._backend, self.end)
        self._usage = Usage(monotonic(), spec.profile.second_motors)
        self._methods = Methods(
            self._backend, self._usage, lambda: self._rpc.seq, self._ending.shut_down
        )
        self._noting = Noting(self._backend)
        self._journal = journal.Journal(run_dir / hosts.JOURNAL, self._noting.written)
        self._own_lines = LineLog(run_dir / OWN_LINES)
        self._backend.core.on_own_line = self._log_own_line
        self._ended = asyncio.Event()
        self._journal_failure = self._watch_failure = ""

    async def run(self, tell_start: Callable[[str], None]) -> None:
        """Serve until `shutdown`. `tell_start` hears "" or why the printer can't be reached."""
        unfinished = journal.read(self._run_dir / hosts.JOURNAL)
        self._backend.subscribe(self._on_event)
        await self._rpc.listen()
        self._listen_to_signals()
        first = asyncio.create_task(self._connect(unfinished, tell_start))
        watch = asyncio.create_task(self._watch())
        try:
            await self._ended.wait()
            self._leave_word()
        finally:
            for task in (first, watch):
                task.cancel()
            await asyncio.gather(first, watch, return_exceptions=True)
            await self._backend.close()
            await self._rpc.close()
            await asyncio.to_thread(self._journal.close)
            await asyncio.to_thread(self._own_lines.close)

    def end(self) -> None:
        """Let `run` return."""
        self._ended.set()

    def _leave_word(self) -> None:
        """Tell a server that isn't connected now that this end is meant."""
        if not self._spec.supervised:
            with contextlib.suppress(OSError):
                (self._run_dir / hosts.ENDED).touch()

    async def _connect(self, unfinished: journal.Entry, tell_start: Callable[[str], None]) -> None:
        job, self._backend.unfinished = unfinished.job, unfinished.error
        if unfinished.active and job is not None:
            self._backend.unfinished = _what_was_lost(job, unfinished)
        last = self._last_job(unfinished)
        # First: what is told goes into the journal, over the trail that is known from there alone.
        if unfinished.unfinished is not None:
            self._backend.lost = LostPrint(last or unfinished.unfinished, unfinished.trail)
        if last is not None:
            self._backend.report(events.JobChanged(last))
        try:
            await self._backend.connect()
        except GbtermError as error:
            tell_start(str(error))
            log.warning("%s", error)
        else:
            tell_start("")

    def _last_job(self, entry: journal.Entry) -> Job | None:
        """The last one before this process, which somebody may have to hear of."""
        job, lost = entry.job, self._backend.unfinished
        if job is not None and lost and not job.outcome:
            # The file system's clock lags by some ms.
            written_at = journal.written_at(self._run_dir / hosts.JOURNAL)
            ended_at = max(written_at or 0.0, job.started_at or 0.0) or None
            ended = replace(job, outcome="failed", reason=lost, ended_at=ended_at)
            return replace(ended, left_s=None, left_from="")
        # One that failed, and that somebody has looked after, would have the heaters turned off.
        is_harmless = job is not None and job.outcome in ("finished", "cancelled")
        return job if lost or is_harmless else None

    async def _call(self, client: Client, method: str, params: dict[str, object]) -> object:
        return await self._methods.call(client, method, params)

    def _on_event(self, event: Event, state: PrinterState) -> None:
        self._rpc.publish(event)
        if isinstance(event, events.JobChanged | events.PhaseChanged | events.TemperaturesReported):
            self._journal.put(self._noting.entry(state))

    def _log_own_line(self, number: int, line: Outgoing) -> None:
        self._own_lines.put(number, line.text)

    async def _watch(self) -> None:
        """Keep the run directory and the server there, count, and say what a disk refuses."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._usage.charge(self._backend.state, monotonic())
            failure = ""
            try:
                self._keep_run_dir()
                if self._lock.keep():
                    await self._rpc.listen()
            except OSError as error:
                failure = f"The run directory can't be kept: {error}."
            if failure not in ("", self._watch_failure):
                log.warning("%s", failure)
            self._watch_failure = failure
            if not self._spec.supervised:
                self._start_server()
            if self._journal.failure != self._journal_failure:
                self._journal_failure = self._journal.failure
                if self._journal_failure:
                    self._say(self._journal_failure)
            if self._journal_failure:
                self._noting.give_up()

    def _keep_run_dir(self) -> None:
        """Make it anew where somebody's clean-up removed it."""
        if not self._run_dir.is_dir():
            log.warning("%s was removed: it is made anew", self._run_dir)
            self._run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._journal.write_anew()
        if not self._spec.supervised and not (self._run_dir / hosts.SPEC).exists():
            self._spec.save()

    def _say(self, text: str) -> None:
        self._backend.report(reports.announce(text, "warning"))

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.on_signal)


def _what_was_lost(job: Job, entry: journal.Entry) -> str:
    hot = any(entry.nozzle_targets) or entry.bed_target
    heaters = " Its heaters had targets: look at them first." if hot else ""
    return (
        f"The printer process ended in mid-print: {job.name} stopped at about line"
        f" {job.line} of {job.lines}.{heaters} Look at the printer, then reconnect."
    )


def run(spec: Spec, start_server: Callable[[], object], start_pipe: int | None = None) -> None:
    """Be the printer process of `spec`; returns at once where another one lives.

    Into `start_pipe` goes one line of JSON when the printer was reached, or could not be. Raises
    `LinkError` in the latter case where nobody supervises: a host that never was needs no process.
    """
    with contextlib.ExitStack() as locks:
        held = _take(spec.run_dir / hosts.PRINTER_LOCK, locks)
        if held is None:
            _tell(start_pipe, {"locked": True})
            return
        ended = spec.run_dir / hosts.ENDED
        if start_pipe is None and ended.exists() and not spec.supervised:
            log.info("the host was ended meanwhile")
            return
        ended.unlink(missing_ok=True)
        port_lock = hosts.port_lock(spec.profile.port)
        if port_lock is not None and _take(port_lock, locks) is None:
            error = f"{spec.profile.port} is served by another host: use that one, or stop it."
            _tell(start_pipe, {"error": error})
        else:
            error = asyncio.run(_serve(spec, start_server, held, start_pipe))
    if error:
        raise LinkError(error)


def _take(path: Path, locks: contextlib.ExitStack) -> lock.Lock | None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock.take(path)
    if held is not None:
        locks.callback(held.release)
    return held


async def _serve(
    spec: Spec, start_server: Callable[[], object], held: lock.Lock, start_pipe: int | None
) -> str:
    """Run the process to its end; why it ended at once, where it could not begin."""
    process = PrinterProcess(spec, start_server, held)
    waiting, failure = start_pipe, ""

    def started(error: str) -> None:
        nonlocal waiting, failure
        if waiting is not None:
            _tell(waiting, {"error": error})
            waiting, failure = None, error
            if error:
                process.end()

    await process.run(started)
    started(f"The host of {spec.profile.name} was ended while it was connecting.")
    return failure


def _tell(pipe: int | None, message: dict[str, object]) -> None:
    if pipe is None:
        return
    with contextlib.suppress(OSError):
        os.write(pipe, json.dumps(message).encode() + b"\n")
        os.close(pipe)
