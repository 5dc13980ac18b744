"""A conversation with one printer: commands in their order, what happens in between, the stop."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

from gbterm.backends.base import Backend
from gbterm.errors import GbtermError, NeedsConfirmation
from gbterm.events import Event
from gbterm.model import PrinterState
from gbterm.plain import account, table
from gbterm.plain.cable import Cable
from gbterm.plain.command import Command, Desk, WrongWords
from gbterm.plain.inbox import Inbox
from gbterm.plain.input import LONGEST
from gbterm.plain.narrator import Narrator

STOPS = ("estop", "stop!")
"""A line that begins so is an emergency stop, whatever goes on."""
LOOK_EVERY_S = 1.0

GREETING = (
    "help lists the commands. Ctrl+backslash or estop stops the printer at once. Ctrl+D leaves."
)
NO_INTERRUPT = (
    "Ctrl+C ends nothing. quit or Ctrl+D leaves, and a print goes on;"
    " Ctrl+backslash or estop stops the printer at once."
)


class Session:
    """Takes lines by `heard` and tells lines by `say`, until `run` returns."""

    def __init__(
        self,
        backend: Backend,
        say: Callable[[str], None],
        *,
        starts: str = "",
        at_terminal: bool = True,
    ) -> None:
        """`starts` is the command that starts the printer's host again, where one can.

        At a terminal nobody need wait for the end of a slow command; a pipe's lines come in order.
        """
        self.inbox = Inbox()
        self._backend, self._say, self._at_terminal = backend, say, at_terminal
        self._narrator, self._cable = Narrator(starts), Cable(say)
        self._desk = Desk(backend, self._narrator, self._cable, say, self.leave)
        self._left = asyncio.Event()
        self._has_ended = False
        self._stopping: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._lanes: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asking = asyncio.Lock()

    # What a person does

    def heard(self, line: str) -> None:
        """A line was typed."""
        if line.lower().startswith(STOPS):
            self.inbox.room.release()
            self.stop()
        else:
            self.inbox.put(line)

    def ended(self) -> None:
        """Input ended: leave once all that was asked for is done; the second time at once."""
        if self._has_ended:
            self.leave()
        self._has_ended = True
        self.inbox.put(None)

    def interrupted(self) -> None:
        """Ctrl+C."""
        self._say(NO_INTERRUPT)

    def leave(self) -> None:
        """End the conversation; a print goes on."""
        self._left.set()

    def stop(self) -> None:
        """Halt the printer now; what was typed before and has not begun is forgotten."""
        if dropped := self.inbox.drop():
            self._say(f"Commands that waited and are forgotten: {dropped}")
        if self._stopping is not None and not self._stopping.done():
            self._say("The emergency stop is under way.")
            return
        self._say("EMERGENCY STOP: halting the printer.")
        self._stopping = asyncio.create_task(self._run(table.BY_NAME["estop"], ""))

    # The conversation

    async def run(self) -> None:
        """Connect and talk. Raises `LinkError` or `AuthenticationRefused` where nobody answers."""
        try:
            await self._until_left(self._talk())
        finally:
            self._cable.stop()
            if self._stopping is not None:
                await self._stopping

    async def _until_left(self, talk: Coroutine[None, None, None]) -> None:
        talking, leaving = asyncio.create_task(talk), asyncio.create_task(self._left.wait())
        try:
            await asyncio.wait((talking, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            going_on = (talking, leaving, *self._beside)
            for task in going_on:
                task.cancel()
            ended, *_ = await asyncio.gather(*going_on, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    async def _talk(self) -> None:
        await self._backend.connect()
        state = self._backend.state
        self._say(f"gbterm on {self._backend.name}. {GREETING}")
        self._say(account.phase(state))
        if state.prompt is not None:
            for line in account.question(state.prompt):
                self._say(line)
        self._narrator.begin(state, self._now())
        unsubscribe = self._backend.subscribe(self._happened)
        telling = asyncio.create_task(self._tell())
        try:
            await self._work()
        finally:
            telling.cancel()
            unsubscribe()

    async def _work(self) -> None:
        while (line := await self.inbox.next()) is not None:
            if self._stopping is not None:
                await self._stopping
            await self._do(line)
        if self._beside:
            self._say("Leaving once what goes on is done; Ctrl+D once more leaves at once.")
            await asyncio.wait(self._beside)

    # What happens

    def _happened(self, event: Event, state: PrinterState) -> None:
        del event
        self._look(state)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._look(self._backend.state)

    def _look(self, state: PrinterState) -> None:
        for line in self._narrator.look(state, self._now()):
            self._say(f"{time.strftime('%H:%M:%S')} {line}")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    # Commands

    async def _do(self, line: str) -> None:
        if len(line) > LONGEST:
            self._say(f"Error: A line may have {LONGEST} characters at most.")
            return
        name, _, text = line.partition(" ")
        if not name:
            return
        try:
            command = table.find(name)
        except GbtermError as error:
            self._say(f"Error: {error}")
            return
        if command.name == "estop":
            self.stop()
            return
        if not (command.slow and self._at_terminal):
            await self._run(command, text.strip())
            return
        task = asyncio.create_task(self._run_in_turn(command, text.strip()))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _run_in_turn(self, command: Command, text: str) -> None:
        """Those of one name follow each other."""
        async with self._lanes[command.name]:
            await self._run(command, text)

    async def _run(self, command: Command, text: str) -> None:
        try:
            lines = await self._agreed(command, text)
        except WrongWords as error:
            lines = [f"Error: {error} Write it as: {command.usage}"]
        except GbtermError as error:
            lines = [f"Error: {error}"]
        except Exception as error:  # noqa: BLE001 - a mistake of ours doesn't end the conversation
            lines = [f"Internal error ({type(error).__name__}): {error}"]
        for line in lines:
            self._say(line)

    async def _agreed(self, command: Command, text: str) -> Sequence[str]:
        try:
            return await command.run(self._desk, text)
        except NeedsConfirmation as question:
            if not await self._agrees(str(question)):
                return []
        return await command.run(replace(self._desk, confirmed=True), text)

    async def _agrees(self, question: str) -> bool:
        async with self._asking:
            asked = self._print()
            self._say(f"{question} Type yes to go on:")
            answer = await self.inbox.answer()
        if answer is None or answer.lower() != "yes":
            self._say("Nothing was done: only a full yes agrees.")
            return False
        if self._print() != asked:
            self._say("The print is over or another one by now, so nothing was done.")
            return False
        return True

    def _print(self) -> tuple[object, ...]:
        job = self._backend.state.job
        return () if job is None else (self._narrator.prints, job.id, job.name, job.outcome)
