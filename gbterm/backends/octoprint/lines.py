"""Lines to and from the board as OctoPrint's push socket logs them, for all that learn from them.

OctoPrint logs `Send: …` just before it writes a line and `Recv: …` once it has read one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

from gbterm import events
from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.base import Clock
from gbterm.backends.marlin import parser, reports
from gbterm.backends.octoprint.console import RECV, SEND, Console
from gbterm.backends.octoprint.replies import Exchange
from gbterm.console_lines import Filter, command
from gbterm.errors import CommandTimeout, GbtermError
from gbterm.gcode.lines import encode

FACTS = (
    r"^Send: (?:N\d+ *)?(?:M *0*(?:17|18|84|106|107|220|221)(?!\d)|T *\d|G *0*28(?!\d))"
    r"|^Recv: (?:FR:|echo:(?:Home |.*(?:prevented|too cold|Unknown command)))"
)
"""What is always asked for: what tells of fans, overrides, tools and motors, and of what the board
leaves out. All lines are thousands a second in a print."""
STAYS_WIDE_S = 20.0
"""With each change of what is asked for the server tells the temperatures of half an hour anew."""
CHANGED_WITHIN_S = 8.0

_FACT = re.compile(FACTS)
_Lasting = (
    events.FanChanged
    | events.SpeedChanged
    | events.FlowChanged
    | events.NozzleSelected
    | events.SteppersChanged
)
"""What a line of before still tells the truth about."""


class Lines:
    """`hear` asks for lines, all or those in which a pattern is found; it may raise `LinkError`.
    `report` is told what follows from them."""

    def __init__(
        self,
        hear: Callable[[bool | str], Awaitable[None]],
        report: Callable[[events.Event], None],
        clock: Clock,
    ) -> None:
        self._hear, self._report, self._clock = hear, report, clock
        self._console = Console()
        self.exchange = Exchange(clock)
        self.wanted: bool | str = FACTS
        """What is asked for, or will be at the next login."""
        self._is_whole = False
        """Whether all lines come, since a history that held all."""
        self._is_new = False
        """Whether nothing was known before that."""
        self._needed, self._unneeded_since = 0, clock()
        self._told = asyncio.Event()
        """Set by the history that answers a change."""
        self._turn = asyncio.Lock()
        self._narrowing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Nobody listens any more."""
        if self._narrowing is not None:
            self._narrowing.cancel()
            await asyncio.gather(self._narrowing, return_exceptions=True)

    def take(self, logs: Sequence[str], *, is_history: bool) -> None:
        """Lines came; a history holds the last ones, told or not."""
        if is_history:
            self._recall(logs)
        else:
            self._receive(logs)

    @contextlib.asynccontextmanager
    async def whole(self) -> AsyncIterator[None]:
        """All lines come meanwhile. Raises `LinkError`, and `CommandTimeout` where they don't."""
        self._needed += 1
        try:
            await self._ask(wanted=True)
            yield
        finally:
            self._release()

    async def watch(
        self, listener: ConsoleListener, wanted: Filter, backlog: int
    ) -> Callable[[], None]:
        """As `Backend.watch_console`."""
        self._needed += 1
        try:
            # Without a connection they come after the next login.
            with contextlib.suppress(GbtermError):
                await self._ask(wanted=True)
            return self._console.watch(listener, wanted, backlog, self._release)
        except BaseException:
            self._release()
            raise

    def _release(self) -> None:
        self._needed -= 1
        self._unneeded_since = self._clock()

    async def _ask(self, *, wanted: bool | str) -> None:
        async with self._turn:
            if self.wanted == wanted and (wanted is not True or self._is_whole):
                return
            self.wanted, self._is_whole = wanted, False
            self._console.clear()
            self._told.clear()
            await self._hear(wanted)
            try:
                # Not wait_for: in Python 3.11 it lets nobody give up who does so as this comes.
                async with asyncio.timeout(CHANGED_WITHIN_S):
                    await self._told.wait()
            except TimeoutError as error:
                raise CommandTimeout("The server does not tell what its board says.") from error

    def _recall(self, logs: Sequence[str]) -> None:
        if self.wanted is True:
            new = self._console.recall(logs)
            if new is None:
                self.exchange.restart()
            else:
                self._exchange(new)
            self._is_whole, self._is_new = True, new is None
        last = {_what(fact): fact for line in logs for fact in _facts(line) if _is_lasting(fact)}
        for fact in last.values():
            self._report(fact)
        self._told.set()

    def _receive(self, logs: Sequence[str]) -> None:
        if self._is_whole:
            new = self._console.receive(logs)
            # A reply may be word for word the one before it: to who waits, nothing is a repetition
            # unless it was told already.
            self._exchange(logs if self._is_new else new)
            self._is_new = False
            self._narrow_by_and_by()
        for line in logs:
            for fact in _facts(line):
                self._report(fact)

    def _exchange(self, logs: Sequence[str]) -> None:
        for line in logs:
            self.exchange.take(line)

    def _narrow_by_and_by(self) -> None:
        is_over = self._clock() >= self._unneeded_since + STAYS_WIDE_S
        if not self._needed and is_over and (self._narrowing is None or self._narrowing.done()):
            self._narrowing = asyncio.create_task(self._narrow())

    async def _narrow(self) -> None:
        if self._needed:
            return  # somebody came just before this began
        # Nobody misses it; the next line tries once more.
        with contextlib.suppress(GbtermError):
            await self._ask(wanted=FACTS)


def _facts(line: str) -> Iterator[events.Event]:
    """What follows from a line of the log."""
    if not _FACT.search(line):
        return
    if line.startswith(SEND):
        yield from reports.told(encode(command(line[len(SEND) :])))
    else:
        yield from reports.said(parser.parse(line[len(RECV) :].encode("utf-8", "replace")), b"")


def _is_lasting(fact: events.Event) -> bool:
    return isinstance(fact, _Lasting)


def _what(fact: events.Event) -> tuple[object, ...]:
    """Of what it is the fact."""
    return type(fact), getattr(fact, "fan", None), getattr(fact, "nozzle", None)
