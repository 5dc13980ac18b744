"""The printer process: it owns the port, the running job and the only authoritative state."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from gbterm import events, lock
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.errors import GbtermError, LinkError
from gbterm.events import Event
from gbterm.host import alone, hosts, journal, power, readiness
from gbterm.host.calls import Calls
from gbterm.host.company import Company
from gbterm.host.ending import Ending
from gbterm.host.linelog import LineLog
from gbterm.host.methods import Methods
from gbterm.host.noting import Noting
from gbterm.host.rpc import Client, RpcServer
from gbterm.host.spec import Spec
from gbterm.host.traffic import Traffic
from gbterm.host.usage import Usage
from gbterm.host.watch import Watch
from gbterm.jobs import Job
from gbterm.lost_print import LostPrint
from gbterm.model import PrinterState

SOCKET, OWN_LINES = "printer.sock", "own-lines.jsonl"
BY_SYSTEMD = signal.SIGUSR1
"""How systemd ends the process, as its unit says; SIGTERM may come from anybody."""
_NOTED = events.JobChanged | events.PhaseChanged | events.TemperaturesReported
log = logging.getLogger(__name__)
TellStart = Callable[[str], None]


class PrinterProcess:
    """One printer's process from its lock to its end."""

    def __init__(self, spec: Spec, start_server: Callable[[], object], held: lock.Lock) -> None:
        self._spec = spec
        self._backend = MarlinBackend(spec.profile)
        # Asked for once: without /run/gbterm/NAME, the answer would be another.
        self._run_dir, kept_dir = spec.run_dir, spec.kept_dir
        self._rpc = RpcServer(self._run_dir / SOCKET, self._call, hosts.socket_mode(self._run_dir))
        self._ending = Ending(self._backend, self.end)
        usage = Usage(time.monotonic(), spec.profile.second_motors)
        self._methods = Methods(self._backend, usage, lambda: self._rpc.seq, self._ending.shut_down)
        kept_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._unfinished = journal.read(kept_dir / hosts.JOURNAL)
        # Before this process writes there.
        self._died_at = _last_sign_of_life(kept_dir)
        self._noting = Noting(self._backend, self._unfinished)
        self._journal = journal.Journal(kept_dir / hosts.JOURNAL, self._noting.written)
        self._calls = Calls(
            kept_dir / hosts.CALLS if spec.history.actions else None,
            lambda: self._backend.state.job,
        )
        self._own_lines = LineLog(kept_dir / OWN_LINES)
        self._backend.core.on_own_line = self._log_own_line
        guards = spec.profile.guards
        company = Company(self._backend.port.now())
        self._backend.unattended.alone_since = company.alone_since
        if guards.power_off:
            self._backend.guarding.cut_power = partial(power.cut, guards)
        transcript = self._backend.core.transcript
        self._traffic = Traffic(kept_dir / hosts.TRAFFIC, transcript, self._backend.port.now)
        self._ended = asyncio.Event()
        self._watch = Watch(
            *(spec, self._run_dir, held, start_server, self._backend, self._rpc, company, usage),
            *(self._traffic, self._journal, self._noting),
        )

    async def run(self, tell_start: TellStart | None) -> None:
        """Serve until `shutdown`.

        `tell_start` hears "" or why the printer can't be reached; None where nobody waits for that.
        """
        self._backend.subscribe(self._on_event)
        await self._rpc.listen()
        self._listen_to_signals()
        readiness.say_ready()
        first = asyncio.create_task(self._connect(self._unfinished, tell_start))
        watch = asyncio.create_task(self._watch.run())
        try:
            await self._ended.wait()
            self._leave_word()
        finally:
            for task in (first, watch):
                task.cancel()
            await asyncio.gather(first, watch, return_exceptions=True)
            await self._backend.close()
            await self._rpc.close()
            self._traffic.take()
            await self._calls.close()
            await asyncio.to_thread(self._journal.close)
            await asyncio.to_thread(self._own_lines.close)
            await asyncio.to_thread(self._traffic.close)

    def end(self) -> None:
        """Let `run` return."""
        self._ended.set()

    def _leave_word(self) -> None:
        """Tell systemd, and a server that isn't connected now, that this end is meant."""
        if not (self._spec.supervised and self._ending.is_for_a_new_start):
            with contextlib.suppress(OSError):
                (self._run_dir / hosts.ENDED).touch()

    async def _connect(self, unfinished: journal.Entry, tell_start: TellStart | None) -> None:
        job, self._backend.unfinished = unfinished.job, unfinished.error
        self._backend.halves.update(unfinished.halves)
        if unfinished.active and job is not None:
            self._backend.unfinished = _what_was_lost(job, unfinished)
        port = self._backend.port
        if unfinished.was_left_hot:
            dead_s = max(0.0, time.time() - self._died_at)
            self._backend.unattended.left_hot_at = port.now() - dead_s
        if unfinished.was_left_hot or unfinished.unfinished is not None:
            # The name that it was given may be another board's by now.
            port.stable_name = unfinished.stable_names.get(port.name, "")
        if tell_start is not None:
            await port.ask_anew()
        last = self._last_job(unfinished)
        # First: what is told goes into the journal, over the trail that is known from there alone.
        if unfinished.unfinished is not None:
            self._backend.lost = LostPrint(last or unfinished.unfinished, unfinished.trail)
        if last is not None:
            self._backend.report(events.JobChanged(last))
        failure = ""
        try:
            await self._backend.connect()
        except GbtermError as error:
            failure = str(error)
            log.warning("%s", error)
        except Exception:
            # A mistake of ours: whoever waits hears of it, and it is tried again.
            log.exception("connecting failed")
            failure = f"{self._backend.name} could not be connected: the log of its host says why."
        if tell_start is not None:
            tell_start(failure)
        if failure and not self._ended.is_set():
            self._backend.unplugged.began(failure)

    def _last_job(self, entry: journal.Entry) -> Job | None:
        """The last one before this process, which somebody may have to hear of."""
        job, lost = entry.job, self._backend.unfinished
        if job is not None and lost and not job.outcome:
            # The file system's clock lags by some ms.
            ended_at = max(self._died_at, job.started_at or 0.0) or None
            ended = replace(job, outcome="failed", reason=lost, ended_at=ended_at)
            return ended.without_left
        # One that failed, and that somebody has looked after, would have the heaters turned off.
        is_harmless = job is not None and job.outcome in ("finished", "cancelled")
        return job if lost or is_harmless else None

    async def _call(self, client: Client, method: str, params: dict[str, object]) -> object:
        return await self._calls.call(client, method, params, self._methods.call)

    def _on_event(self, event: Event, state: PrinterState) -> None:
        try:
            self._rpc.publish(event)
            if isinstance(event, _NOTED):
                self._journal.put(self._noting.entry(state))
        except Exception:
            # Whoever listens must not hold up the board, which is in the middle of an answer.
            log.exception("%s was not passed on", type(event).__name__)

    def _log_own_line(self, number: int, line: Outgoing) -> None:
        self._own_lines.put(number, line.text)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.on_signal)
        if self._spec.supervised:
            loop.add_signal_handler(BY_SYSTEMD, self._ending.on_order)


def _last_sign_of_life(kept_dir: Path) -> float:
    """When the process before this one wrote last, as a Unix time; 0 where none did.

    The journal is written where something changed, the lines of the cable while any go there.
    """
    found = (journal.written_at(kept_dir / name) for name in (hosts.JOURNAL, hosts.TRAFFIC))
    return max((at for at in found if at is not None), default=0.0)


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
    `LinkError` in the latter case where nobody supervises: a host that never was needs no process;
    and `WrongState` where somebody does, and another process had not ended after a while.
    """
    with contextlib.ExitStack() as locks:
        held, error = alone.alone(spec, locks)
        if held is None:
            _tell(start_pipe, {"error": error} if error else {"locked": True})
        else:
            ended = spec.run_dir / hosts.ENDED
            if start_pipe is None and ended.exists() and not spec.supervised:
                log.info("the host was ended meanwhile")
                return
            ended.unlink(missing_ok=True)
            if spec.supervised:
                spec.save()
            error = asyncio.run(_serve(spec, start_server, held, start_pipe))
    if error:
        raise LinkError(error)


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

    await process.run(started if start_pipe is not None else None)
    started(f"The host of {spec.profile.name} was ended while it was connecting.")
    return failure


def _tell(pipe: int | None, message: dict[str, object]) -> None:
    if pipe is None:
        return
    with contextlib.suppress(OSError):
        os.write(pipe, json.dumps(message).encode() + b"\n")
        os.close(pipe)
