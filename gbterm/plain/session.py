"""A conversation: commands in their order, what happens in between, the stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial

from gbterm import worth_keeping
from gbterm.backends.base import Backend
from gbterm.beside import beside
from gbterm.errors import WrongState
from gbterm.events import Event
from gbterm.model import PrinterState
from gbterm.others import Make, Others, nobody
from gbterm.plain import account, table
from gbterm.plain.cable import Cable
from gbterm.plain.clerk import Clerk
from gbterm.plain.command import Desk
from gbterm.plain.inbox import Inbox
from gbterm.plain.narrator import Narrator
from gbterm.plain.reaching import Opened, Opens, Reaching, nowhere
from gbterm.widgets.words import farewell

STOPS = ("estop", "stop!")
"""A line that begins so is an emergency stop, whatever goes on."""
STOPS_ANOTHER = ("stop_printer", "stop_selected")
"""So does one whose first word is one of these, of the printer that it names."""
LOOK_EVERY_S = 1.0

GREETING = (
    "help lists the commands. Ctrl+backslash or estop stops the printer at once. Ctrl+D leaves."
)
KEEP = "add_printer NAME {} keeps it in your configuration, and gbterm alone opens it then."
NO_INTERRUPT = (
    "Ctrl+C ends nothing. quit or Ctrl+D leaves, and a print goes on;"
    " Ctrl+backslash or estop stops the printer at once."
)


class Session:
    """Takes lines by `heard` and tells lines by `say`, until `run` returns."""

    def __init__(
        self,
        opened: Opened,
        say: Callable[[str], None],
        *,
        opens: Opens = nowhere,
        watches: Make = nobody,
        at_terminal: bool = True,
    ) -> None:
        self.inbox = Inbox()
        self._others = Others(watches)
        self._opened, self._opens, self._say = opened, opens, say
        self._narrator, self._cable = Narrator(opened.starts), Cable(say)
        desk = Desk(
            backend=opened.backend(),
            narrator=self._narrator,
            cable=self._cable,
            say=say,
            leave=self.leave,
            stop=self.stop,
            connect=self.connect,
            others=self._others,
        )
        self._clerk = Clerk(desk, self.inbox, at_terminal=at_terminal)
        self._reaching = Reaching(self._others, say, self._clerk.agrees, may_ask=at_terminal)
        self._left = asyncio.Event()
        self._has_ended = False
        self._stopping: asyncio.Task[None] | None = None
        self._stopping_others = set[asyncio.Task[None]]()
        self._unsubscribe: Callable[[], None] = lambda: None

    @property
    def _backend(self) -> Backend:
        return self._clerk.desk.backend

    # What a person does

    def heard(self, line: str) -> None:
        """A line was typed."""
        name, _, printer = line.partition(" ")
        if name.lower().startswith(STOPS):
            self.inbox.room.release()
            self.stop()
        elif name.lower() in STOPS_ANOTHER:
            self.inbox.room.release()
            self._stop_another(printer.strip())
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
        self._stopping = asyncio.create_task(self._clerk.run(table.BY_NAME["estop"], ""))

    def _stop_another(self, printer: str) -> None:
        stop = asyncio.create_task(self._clerk.run(table.BY_NAME["stop_printer"], printer))
        self._stopping_others.add(stop)
        stop.add_done_callback(self._stopping_others.discard)

    async def connect(self, option: str, value: str) -> None:
        """Talk to the printer that this option means; where it can't be had, to the old one."""
        if self._clerk.beside:
            raise WrongState("Something goes on with this printer: wait for its end first.")
        opened = await beside(partial(self._opens, option, value))
        opened, backend = await self._reaching.reach(opened, opened.backend())
        if self._stopping is not None:
            await self._stopping  # it is for the printer that is left
        old = self._backend
        self._let_go()
        if goes_on := farewell(old.state, self._opened.attach):
            self._say(goes_on)
        self._opened = opened
        self._narrator.starts = opened.starts
        self._clerk.desk = replace(self._clerk.desk, backend=backend)
        self._greet()
        await old.close()
        if where := await beside(lambda: opened.unkept):
            found = await worth_keeping.members(backend, where, opened.kept_key)
            said = " ".join((where, *(f"{key}={value}" for key, value in found.items())))
            self._say(KEEP.format(said))

    # The conversation

    async def run(self) -> None:
        """Connect, talk, close.

        Raises `LinkError` or `AuthenticationRefused` where nobody answers.
        """
        try:
            await self._until_left(self._talk())
            if self._stopping is not None:
                await self._stopping
            self._say(farewell(self._backend.state, self._opened.attach) or "Goodbye.")
        finally:
            stops = (*self._stopping_others, *filter(None, (self._stopping,)))
            await asyncio.gather(*stops)
            self._let_go()
            await self._others.close()
            await self._backend.close()

    async def _until_left(self, talk: Coroutine[None, None, None]) -> None:
        talking, leaving = asyncio.create_task(talk), asyncio.create_task(self._left.wait())
        try:
            await asyncio.wait((talking, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            going_on = (talking, leaving, *self._clerk.beside)
            for task in going_on:
                task.cancel()
            ended, *_ = await asyncio.gather(*going_on, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended

    async def _talk(self) -> None:
        self._opened, backend = await self._reaching.reach(self._opened, self._backend)
        self._clerk.desk = replace(self._clerk.desk, backend=backend)
        self._greet()
        telling = asyncio.create_task(self._tell())
        try:
            await self._work()
        finally:
            telling.cancel()

    async def _work(self) -> None:
        while (line := await self.inbox.next()) is not None:
            if self._stopping is not None:
                await self._stopping
            await self._clerk.do(line)
        if self._clerk.beside:
            self._say("Leaving once what goes on is done; Ctrl+D once more leaves at once.")
            await asyncio.wait(self._clerk.beside)

    # What happens

    def _greet(self) -> None:
        """Say how the printer is, and follow it."""
        state = self._backend.state
        self._say(f"gbterm on {self._backend.name}. {GREETING}")
        self._say(account.phase(state))
        for line in account.question(state.prompt) if state.prompt else ():
            self._say(line)
        self._narrator.begin(state, self._now())
        self._unsubscribe = self._backend.subscribe(self._happened)

    def _let_go(self) -> None:
        """Follow it no more."""
        self._cable.stop()
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def _happened(self, event: Event, state: PrinterState) -> None:
        del event
        self._look(state)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._look(self._backend.state)

    def _look(self, state: PrinterState) -> None:
        for line in self._narrator.look(state, self._now(), self._backend.freshness()):
            self._say(f"{time.strftime('%H:%M:%S')} {line}")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
