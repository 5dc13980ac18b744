"""The plain mode on the streams and signals of this process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gbterm.others import Make, nobody
from gbterm.plain.input import Input
from gbterm.plain.output import Output
from gbterm.plain.reaching import Opened, Opens, nowhere
from gbterm.plain.session import Session
from gbterm.terminal import Glyphs


async def run_plain(
    opened: Opened,
    *,
    draws: Glyphs,
    opens: Opens = nowhere,
    watches: Make = nobody,
    first: Sequence[str] = (),
) -> None:
    """Connect, talk until the user leaves, close. A print goes on.

    `opens` leads to other printers, `watches` to clients of their servers; `first` are commands
    that are done before any that is typed. Raises `LinkError` or `AuthenticationRefused` where
    nobody answers.
    """
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    def on_gone() -> None:
        loop.call_soon_threadsafe(gone.set)

    encoding = getattr(sys.__stdout__, "encoding", None) or "ascii"
    output = Output(1, encoding, draws, on_gone)
    session = Session(opened, output.line, opens=opens, watches=watches, at_terminal=os.isatty(0))
    for line in first:
        session.heard(line)
    leaving = asyncio.create_task(_leave_with(gone, session))
    try:
        with _signals(loop, session):
            Input(0, loop, session.inbox.room, session.heard, session.ended)
            await session.run()
    finally:
        leaving.cancel()
        output.close()


async def _leave_with(gone: asyncio.Event, session: Session) -> None:
    """Whoever reads us is gone."""
    await gone.wait()
    session.leave()


@contextmanager
def _signals(loop: asyncio.AbstractEventLoop, session: Session) -> Iterator[None]:
    """Ctrl+backslash stops the printer, Ctrl+C nothing; a lost terminal leaves."""
    handlers = {
        signal.SIGQUIT: session.stop,
        signal.SIGINT: session.interrupted,
        signal.SIGTERM: session.leave,
        signal.SIGHUP: session.leave,
    }
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        del handlers[signal.SIGHUP]  # as under nohup
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)
