"""Console lines of a peer for those who listen here, over connections that come and go."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.watches import Watches
from gbterm.console_lines import EVERYTHING, KEPT, ConsoleLine, ConsoleLines, Filter, widest
from gbterm.errors import GbtermError, NotSupported

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]


class PeerConsole:
    """Asks the peer while somebody listens, for no more than somebody wants.

    All that it has of that is asked for at first, so that whoever comes later finds it here.
    `filters` is False for a printer process, which tells everything.
    """

    def __init__(self, call: Call, *, filters: bool) -> None:
        self._call, self._filters = call, filters
        self._lines: deque[ConsoleLine] = deque(maxlen=KEPT)
        self._watches = Watches()
        self._asked: Filter | None = None
        """What the peer was asked for on this connection."""
        self._is_catching_up = False
        self._turn = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def watch(
        self, listener: ConsoleListener, wanted: Filter, backlog: int
    ) -> Callable[[], None]:
        """As `Backend.watch_console`. Raises what the peer says."""
        async with self._turn:
            await self._ask([*self._watches.filters, wanted])
            # From here on nothing comes between: what is here now is told, and then what comes.
            last = list(islice(reversed(self._lines), backlog))[::-1]
            return self._watches.add(listener, wanted, last, self._stopped)

    def _stopped(self) -> None:
        if not self._watches.filters:
            task = asyncio.get_running_loop().create_task(self._leave())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def receive(self, batch: ConsoleLines) -> None:
        """Lines came from the peer."""
        if self._is_catching_up and self._lines:
            known = self._lines[-1].at
            new = tuple(line for line in batch.lines if line.at > known)
            if new != batch.lines:
                # The last ones once more, with those among them that nobody wanted before.
                self._lines.clear()
            self._lines.extend(batch.lines)
            batch = ConsoleLines(new, batch.skipped)
        else:
            self._lines.extend(batch.lines)
        self._watches.tell(batch)

    async def greeted(self) -> None:
        """A new connection: go on with what was watched on the one before."""
        async with self._turn:
            self._asked = None
            # A peer that was changed for an older one says nothing of its console any more.
            with contextlib.suppress(NotSupported):
                if self._watches.filters:
                    await self._ask(self._watches.filters)

    async def _ask(self, wanted: list[Filter]) -> None:
        widened = widest(wanted) if self._filters else EVERYTHING
        if self._asked == widened:
            return
        params: dict[str, Any] = {"backlog": KEPT}
        if self._filters:
            params |= {"hide": sorted(widened.hide), "contains": widened.contains}
        self._is_catching_up = True
        try:
            # What it had before comes ahead of its answer.
            await self._call("subscribe_console", params)
        finally:
            self._is_catching_up = False
        self._asked = widened

    async def _leave(self) -> None:
        async with self._turn:
            if self._watches.filters or self._asked is None:
                return
            self._asked = None
            self._lines.clear()
            with contextlib.suppress(GbtermError):
                await self._call("unsubscribe_console", {})
