"""`gbterm waitend`: wait until the job has ended, and say how by the exit code."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from gbterm.cli import remote
from gbterm.cli.exits import ExitCode
from gbterm.cli.quick import PrinterSocket
from gbterm.cli.target import Target, resolve
from gbterm.errors import CommandTimeout, LinkError, PrinterError, WrongState
from gbterm.model import Phase, PrinterState, State
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

LOOK_EVERY_S = 0.5
BACK_WITHIN_S = 15.0
"""A process of a host that died is started again within 2 s, and then reads its journal."""


class End(Protocol):
    """What ends a wait."""

    def saw(self, state: PrinterState, now: float) -> bool:
        """Whether it has come. Raises why it never will.

        `now` is in seconds, by any clock that never goes back.
        """


class JobEnd:
    """Tells from one state after the other when the job has ended."""

    def __init__(self) -> None:
        self._printing = False
        self._said = ""
        self._lost_at: float | None = None

    def saw(self, state: PrinterState, now: float) -> bool:
        """Whether the job has finished. Raises what else ended it: WrongState, PrinterError …

        `now` is in seconds, by any clock that never goes back.
        """
        outcome = state.job.outcome if state.job else ""
        why = state.reason or state.last_error
        if state.state is State.DISCONNECTED and not outcome:
            if state.phase is not Phase.CONNECTING:
                self.lost(LinkError(f"Not connected: {why or 'the printer does not answer.'}"), now)
            return False
        self._lost_at = None
        if state.phase.is_printing:
            self._printing = True
            self._say(state)
            return False
        if state.state is State.ERROR or outcome == "failed":
            raise PrinterError(f"The job failed: {why or 'the printer reported an error.'}")
        if outcome == "cancelled":
            raise WrongState("The job was cancelled.")
        if not outcome and not self._printing:
            raise WrongState("No job is under way; start one with gbterm runfile FILE.")
        return True

    def lost(self, error: LinkError, now: float) -> None:
        """Nobody knows how the job is. Raises `error` once that has lasted too long."""
        if self._lost_at is None:
            self._lost_at = now
        elif now > self._lost_at + BACK_WITHIN_S:
            raise error

    def _say(self, state: PrinterState) -> None:
        """A person who waits sees when the job stands still, and why."""
        stands = state.state in (State.PAUSED, State.FILAMENT_SWAP)
        text = f"{state.state.value}: {scrub(state.reason)}" if stands else ""
        if text and text != self._said:
            print(text.removesuffix(": "), file=sys.stderr)
        self._said = text


def waitend(args: argparse.Namespace) -> ExitCode:
    """Wait for the end of the job, for at most `--timeout` seconds."""
    target, timeout_s = resolve(args), args.timeout
    try:
        if target.host:
            _wait_local(target, timeout_s)
        else:
            remote.ask(target, lambda backend: wait(backend, JobEnd()), timeout_s)
    except CommandTimeout:
        if timeout_s is None:
            raise
        raise CommandTimeout(f"The job did not end within {timeout_s:g} s.") from None
    return ExitCode.DONE


def _wait_local(target: Target, timeout_s: float | None) -> None:
    end = JobEnd()
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    with PrinterSocket(target):
        pass  # who isn't there from the start is not waited for
    while True:
        try:
            with PrinterSocket(target) as printer:
                while not end.saw(printer.look().state, time.monotonic()):
                    _sleep(deadline)
                return
        except LinkError as error:
            end.lost(error, time.monotonic())
        _sleep(deadline)


def _sleep(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise CommandTimeout
    time.sleep(LOOK_EVERY_S)


async def wait(backend: Backend, end: End) -> None:
    """Show `end` every state of `backend` until it says that this was it, or raises."""
    import asyncio

    changed = asyncio.Event()
    backend.subscribe(lambda _event, _state: changed.set())
    while not end.saw(backend.state, time.monotonic()):
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await changed.wait()
        changed.clear()
