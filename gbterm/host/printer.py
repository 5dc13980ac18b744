"""The printer process: it owns the port, the running job and the only authoritative state."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Callable

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.backend import CANCEL_SCRIPT, MarlinBackend
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.errors import GbtermError, LinkError, WrongState
from gbterm.events import Event
from gbterm.host import journal, lock
from gbterm.host.linelog import LineLog
from gbterm.host.methods import Methods
from gbterm.host.rpc import RpcServer
from gbterm.host.spec import Spec
from gbterm.model import Job, Phase, PrinterState

SOCKET, JOURNAL, OWN_LINES = "printer.sock", "journal", "own-lines.jsonl"
LOOK_EVERY_S = 0.5
CANCELLED_WITHIN_S = 30.0
log = logging.getLogger(__name__)


class PrinterProcess:
    """One printer's process from its lock to its end."""

    def __init__(self, spec: Spec, start_server: Callable[[], None]) -> None:
        self._spec, self._start_server = spec, start_server
        self._backend = MarlinBackend(spec.profile)
        run_dir = spec.run_dir
        self._rpc = RpcServer(run_dir / SOCKET, self._call)
        self._methods = Methods(self._backend, lambda: self._rpc.seq, self._shut_down)
        self._journal = journal.Journal(run_dir / JOURNAL)
        self._own_lines = LineLog(run_dir / OWN_LINES)
        self._backend.core.on_own_line = self._log_own_line
        self._ended = asyncio.Event()
        self._journal_failure = ""

    async def run(self, tell_start: Callable[[str], None]) -> None:
        """Serve until `shutdown`. `tell_start` hears "" or why the printer can't be reached."""
        unfinished = journal.read(self._spec.run_dir / JOURNAL)
        self._backend.subscribe(self._on_event)
        await self._rpc.listen()
        self._listen_to_signals()
        first = asyncio.create_task(self._connect(unfinished, tell_start))
        watch = asyncio.create_task(self._watch())
        try:
            await self._ended.wait()
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

    async def _connect(self, unfinished: journal.Entry, tell_start: Callable[[str], None]) -> None:
        if unfinished.active:
            self._backend.unfinished = _what_was_lost(unfinished)
            self._backend.report(events.JobChanged(_lost_job(unfinished)))
        try:
            await self._backend.connect()
        except GbtermError as error:
            tell_start(str(error))
            log.warning("%s", error)
        else:
            tell_start("")

    async def _call(self, method: str, params: dict[str, object]) -> object:
        return await self._methods.call(method, params)

    def _on_event(self, event: Event, state: PrinterState) -> None:
        self._rpc.publish(event)
        if isinstance(event, events.JobChanged | events.PhaseChanged | events.TemperaturesReported):
            self._journal.put(self._entry(state))

    def _entry(self, state: PrinterState) -> journal.Entry:
        job = state.job
        if job is None:
            return journal.Entry()
        # What was lost stays in the journal until somebody has seen it and reconnects.
        lost = bool(self._backend.unfinished)
        return journal.Entry(
            active=(not job.outcome and state.phase is not Phase.ERROR) or lost,
            name=job.name,
            path=job.path,
            sha256=job.sha256,
            line=job.line,
            lines=job.lines,
            nozzle_targets=tuple(nozzle.target or 0.0 for nozzle in state.nozzles),
            bed_target=state.bed.target or 0.0,
        )

    def _log_own_line(self, number: int, line: Outgoing) -> None:
        self._own_lines.put(number, line.text)

    async def _watch(self) -> None:
        """Keep the socket and the server there, and say what a disk refuses."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(OSError):
                await self._rpc.listen()
            if not self._spec.supervised:
                self._start_server()
            if self._journal.failure != self._journal_failure:
                self._journal_failure = self._journal.failure
                if self._journal_failure:
                    self._say(self._journal_failure)

    def _say(self, text: str) -> None:
        self._backend.report(reports.announce(text, "warning"))

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_end)

    def _asked_to_end(self) -> None:
        if self._backend.job is None:
            self._ended.set()
        else:
            log.warning("asked to end in mid-print: the print goes on")

    async def _shut_down(self, force: bool) -> None:
        job = self._backend.job
        if job is not None and not force:
            raise WrongState(
                f"{job.job.name} is being printed: wait for its end, cancel it, or use --force."
            )
        if job is not None:
            await self._backend.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CANCELLED_WITHIN_S):
                    await job.ended.wait()
        await self._turn_heaters_off()
        asyncio.get_running_loop().call_later(0.1, self._ended.set)

    async def _turn_heaters_off(self) -> None:
        if self._backend.state.phase not in (Phase.READY, Phase.ERROR):
            return
        with contextlib.suppress(TimeoutError, GbtermError):
            async with asyncio.timeout(3.0):
                for text in CANCEL_SCRIPT:
                    await self._backend.command(text)


def _what_was_lost(entry: journal.Entry) -> str:
    hot = any(entry.nozzle_targets) or entry.bed_target
    heaters = " Its heaters had targets: look at them first." if hot else ""
    return (
        f"The printer process ended in mid-print: {entry.name} stopped at about line"
        f" {entry.line} of {entry.lines}.{heaters} Look at the printer, then reconnect."
    )


def _lost_job(entry: journal.Entry) -> Job:
    return Job(
        name=entry.name,
        path=entry.path,
        sha256=entry.sha256,
        line=entry.line,
        lines=entry.lines,
        byte=entry.line,
        bytes=entry.lines,
        outcome="failed",
    )


def run(spec: Spec, start_server: Callable[[], None], start_pipe: int | None = None) -> None:
    """Be the printer process of `spec`; returns at once where another one lives.

    Into `start_pipe` goes one line of JSON when the printer was reached, or could not be. Raises
    `LinkError` in the latter case where nobody supervises: a host that never was needs no process.
    """
    spec.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock.take(spec.run_dir / lock.PRINTER_LOCK)
    if held is None:
        _tell(start_pipe, {"locked": True})
        return
    process_error = ""

    async def main() -> None:
        nonlocal process_error
        process = PrinterProcess(spec, start_server)

        def started(error: str) -> None:
            nonlocal process_error
            _tell(start_pipe, {"error": error})
            if error and start_pipe is not None:
                process_error = error
                process.end()

        await process.run(started)

    try:
        asyncio.run(main())
    finally:
        os.close(held)
    if process_error:
        raise LinkError(process_error)


def _tell(pipe: int | None, message: dict[str, object]) -> None:
    if pipe is None:
        return
    with contextlib.suppress(OSError):
        os.write(pipe, json.dumps(message).encode() + b"\n")
        os.close(pipe)
