"""A file on its way to the board's own card: nobody else talks with the board meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from gbterm import events
from gbterm.backends.marlin import card_files, parser, reports
from gbterm.backends.marlin.binary_writer import BinaryWriter
from gbterm.backends.marlin.conversation import Ask, Conversation
from gbterm.backends.marlin.line_writer import LineWriter
from gbterm.errors import FileRefused, PrinterError
from gbterm.events import PositionReported, TemperaturesReported
from gbterm.gcode.lines import LONGEST_LINE, read_lines
from gbterm.jobs import Job
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.marlin.on_card import OnCard

CHUNK = 1 << 14
TELL_EVERY_S = 0.5
_STATUS = ("SD printing byte ", "Not SD printing", "wait")
FIRST_NUMBER = 1000
LONGEST_STEM = 8
_BESIDE = (TemperaturesReported, PositionReported, parser.Busy)
"""What comes by itself, and answers nothing."""


class Writing:
    """Of one file, open for reading, to the card's file `name`; `size` is in bytes.

    In packets where the board knows them (`is_binary`), else line by line.
    """

    def __init__(
        self,
        backend: OnCard,
        source: BinaryIO,
        shown: str,
        name: str,
        size: int,
        *,
        is_binary: bool,
    ) -> None:
        self._backend, self._port = backend, backend.port
        self._source, self.name = source, name
        self._file_lines = read_lines(source)
        self._writer: LineWriter | BinaryWriter = (
            BinaryWriter(name, FIRST_NUMBER) if is_binary else LineWriter(name, FIRST_NUMBER)
        )
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._rest = b""
        self._told_at = self._since = self._sent_at = self._port.now()
        self.job = Job(
            f"{shown} to SD:/{name}",
            bytes=size,
            on_card=True,
            is_written=True,
            started_at=time.time(),
        )
        self._why = ""
        """Why it was broken off, where that was nobody's wish."""
        self._talking: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; `ended` is when `job` has its outcome."""
        self._tell()
        self._backend.report(
            events.PhaseChanged(
                Phase.EXECUTING, "It writes a file to its card: nothing is printed."
            )
        )
        self._port.seize(self._heard)
        loop = asyncio.get_running_loop()
        self._talking = loop.create_task(self._hold(self._talk()))
        self._talking.add_done_callback(lambda _: self._source.close())
        self._task = loop.create_task(self._run(self._talking))

    def cancel(self) -> None:
        """Close the file, and delete it; that itself is not broken off by a second call."""
        if self._talking is not None:
            self._talking.cancel()

    async def break_off(self, why: str, within_s: float) -> None:
        """The same where the port is about to be closed, if the board is so quick."""
        self._why = why
        self.cancel()
        if self._task is not None:
            await asyncio.wait((self._task,), timeout=within_s)
        self.abandon(why)

    @property
    def way_out(self) -> bytes:
        """What makes the board take commands, said without waiting for an answer."""
        return self._writer.way_out

    def abandon(self, why: str) -> None:
        """The board failed, or its port is gone: say nothing more to it but the end of the file."""
        if self.job.outcome:
            return
        self._port.write_now(self.way_out)
        self._end("failed", why)
        self.cancel()
        if self._task is not None:
            self._task.cancel()

    async def _run(self, talking: asyncio.Task[None]) -> None:
        outcome, reason = "finished", ""
        try:
            await talking
        except asyncio.CancelledError:
            if self.job.outcome:
                return
            outcome, reason = "cancelled", self._why
        except (PrinterError, FileRefused, OSError) as error:
            outcome, reason = "failed", str(error)
        with contextlib.suppress(PrinterError):
            reason = await self._leave(whole=outcome == "finished") or reason
        if not self.job.outcome:
            self._end("failed" if reason else outcome, reason)
            self._backend.stand_ready()

    def _talk(self) -> Conversation:
        if isinstance(self._writer, BinaryWriter):
            if (yield from self._writer.run()):
                return
            self._writer = LineWriter(self.name, FIRST_NUMBER)
        yield from self._writer.run()

    async def _hold(self, conversation: Conversation) -> None:
        step = next(conversation, None)
        with contextlib.suppress(StopIteration):
            while step is not None:
                if isinstance(step, Ask):
                    answer: str | bytes | None = await self._ask(step)
                else:
                    answer = await asyncio.to_thread(self._read)
                self._progress()
                step = conversation.send(answer)

    def _read(self) -> bytes:
        data = b""
        while len(data) < CHUNK and (line := next(self._file_lines, b"")):
            data += line
        return data

    async def _ask(self, ask: Ask) -> str | None:
        if ask.data:
            self._port.write(ask.data, ask.shown)
            self._sent_at = self._port.now()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._sent_at + ask.within_s):
                return await self._lines.get()
        return None

    def _heard(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LONGEST_LINE:]
        for raw in lines:
            text = raw.decode("latin-1").strip()
            if text and not isinstance(parser.parse(raw), _BESIDE) and not text.startswith(_STATUS):
                self._lines.put_nowait(text)

    async def _leave(self, *, whole: bool) -> str:
        """Have the board take commands again; why the file is not as it should be, empty if it is.

        What it was told before it is in order again may still go into the file, so that is closed
        first, whatever it knows of it.
        """
        with contextlib.suppress(PrinterError):
            await self._hold(self._writer.leave())
        self._port.release()
        backend = self._backend
        if not self._port.is_open or self.job.outcome:
            return ""
        backend.talk_again()
        found = await backend.listed()
        there = {file.path: file.size for file in found or ()}
        path = f"/{self.name}"
        if whole and there.get(path) == self._writer.bytes_written:
            return ""
        if path in there:
            await self._port.command(f"{card_files.DELETE} {path}")
            await backend.listed()
        if not whole:
            return ""
        if path not in there:
            return f"The card does not hold {self.name}: look whether it is in."
        return f"What the card holds of {self.name} is not what was written, so it was deleted."

    # What is told.

    def _progress(self) -> None:
        now = self._port.now()
        if now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._tell()

    def _tell(self) -> None:
        elapsed_s = round(self._port.now() - self._since, 1)
        read = min(self._writer.bytes_read, self.job.bytes)
        self.job = replace(self.job, byte=read, elapsed_s=elapsed_s)
        self._backend.report(events.JobChanged(self.job))

    def _end(self, outcome: str, reason: str) -> None:
        self._port.release()
        self._tell()
        self._backend.wrote(f"/{self.name}", is_whole=outcome == "finished")
        self.job = replace(self.job, outcome=outcome, reason=reason, ended_at=time.time())
        self._backend.report(events.JobChanged(self.job))
        level = "error" if outcome == "failed" else "info"
        text = f"{self.job.name}: {outcome}. {reason}".strip()
        self._backend.report(reports.announce(text, level))


def short_name(name: str, taken: Collection[str]) -> str:
    """A name of eight letters and three for a file called `name`; none of `taken`, in capitals."""
    stem = name.rpartition(".")[0] or name
    letters = re.sub(r"[^A-Z0-9_]", "", stem.upper())[:LONGEST_STEM] or "FILE"
    found, count = f"{letters}.GCO", 0
    while found in taken:
        count += 1
        mark = f"~{count}"
        found = f"{letters[: LONGEST_STEM - len(mark)]}{mark}.GCO"
    return found
