"""Does what is typed: finds the command, asks what it asks, says what came of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from gbterm.errors import GbtermError, NeedsConfirmation
from gbterm.plain import table
from gbterm.plain.command import Command, Desk, WrongWords
from gbterm.plain.inbox import Inbox
from gbterm.plain.input import LONGEST


class Clerk:
    """Works at `desk`, which may become another one.

    At a terminal nobody need wait for the end of a slow command; a pipe's lines come in order.
    """

    def __init__(self, desk: Desk, inbox: Inbox, *, at_terminal: bool) -> None:
        self.desk = desk
        self.beside: set[asyncio.Task[None]] = set()
        """The slow commands that go on."""
        self._inbox, self._at_terminal = inbox, at_terminal
        self._lanes: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asking = asyncio.Lock()

    @property
    def _say(self) -> Callable[[str], None]:
        return self.desk.say

    async def do(self, line: str) -> None:
        """One line."""
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
            self.desk.stop()
        elif command.slow and self._at_terminal:
            task = asyncio.create_task(self._run_in_turn(command, text.strip()))
            self.beside.add(task)
            task.add_done_callback(self.beside.discard)
        else:
            await self.run(command, text.strip())

    async def _run_in_turn(self, command: Command, text: str) -> None:
        """Those of one name follow each other."""
        async with self._lanes[command.name]:
            await self.run(command, text)

    async def run(self, command: Command, text: str) -> None:
        """One command, to its end. Raises nothing."""
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
        desk = self.desk
        try:
            return await command.run(desk, text)
        except NeedsConfirmation as question:
            if not await self.agrees(str(question)):
                return []
        return await command.run(replace(desk, confirmed=True), text)

    async def agrees(self, question: str) -> bool:
        """Whether a person says yes to `question`."""
        async with self._asking:
            asked = self._print()
            self._say(f"{question} Type yes to go on:")
            answer = await self._inbox.answer()
        if answer is None or answer.lower() != "yes":
            self._say("Nothing was done: only a full yes agrees.")
            return False
        if self._print() != asked:
            self._say("The print is over or another one by now, so nothing was done.")
            return False
        return True

    def _print(self) -> tuple[object, ...]:
        """What must be the same when the answer comes."""
        job, printer = self.desk.backend.state.job, self.desk.backend
        if job is None:
            return (printer,)
        return (printer, self.desk.narrator.prints, job.id, job.name, job.outcome)
