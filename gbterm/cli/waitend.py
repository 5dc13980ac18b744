"""`gbterm waitend`: wait until the job has ended, and say how by the exit code."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

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
HOST_BACK_WITHIN_S = 15.0
"""A printer process that died is started again within 2 s, and then reads its journal."""


class JobEnd:
    """Tells from one state after the other when the job has ended."""

    def __init__(self) -> None:
        self._printing = False
        self._said = ""

    def saw(self, state: PrinterState) -> bool:
        """Whether the job has finished. Raises what else ended it: WrongState, PrinterError …"""
        if state.phase.is_printing:
            self._printing = True
            self._say(state)
            return False
        if state.phase is Phase.CONNECTING:
            return False
        outcome = state.job.outcome if state.job else ""
        why = state.reason or state.last_error
        if state.state is State.ERROR or outcome == "failed":
            raise PrinterError(f"The job failed: {why or 'the printer reported an error'}.")
        if outcome == "cancelled":
            raise WrongState("The job was cancelled.")
        if state.state is State.DISCONNECTED:
            raise LinkError(f"The printer is not connected: {why or 'it does not answer'}.")
        if not outcome and not self._printing:
            raise WrongState("No job is under way; start one with gbterm runfile FILE.")
        return True

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
            remote.ask(target, _wait_remote, timeout_s)
    except CommandTimeout:
        if timeout_s is None:
            raise
        raise CommandTimeout(f"The job did not end within {timeout_s:g} s.") from None
    return ExitCode.DONE


def _wait_local(target: Target, timeout_s: float | None) -> None:
    end = JobEnd()
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    with PrinterSocket(target):
        pass
    lost_at: float | None = None
    while True:
        try:
            with PrinterSocket(target) as printer:
                while not end.saw(printer.state()):
                    lost_at = None
                    _sleep(deadline)
                return
        except LinkError:
            lost_at = lost_at or time.monotonic()
            if time.monotonic() > lost_at + HOST_BACK_WITHIN_S:
                raise
        _sleep(deadline)


def _sleep(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise CommandTimeout
    time.sleep(LOOK_EVERY_S)


async def _wait_remote(backend: Backend) -> None:
    import asyncio

    end, changed = JobEnd(), asyncio.Event()
    backend.subscribe(lambda _event, _state: changed.set())
    while not end.saw(backend.state):
        await changed.wait()
        changed.clear()
