"""What went over a printer's cable, added up over each time that its port was opened."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

from gbterm.backends.opengb import records
from gbterm.backends.opengb.peer import Peer
from gbterm.errors import CommandTimeout, GbtermError, LinkError
from gbterm.model import StreamStatistics

AT_ONCE_S = 1.0
"""The printer process is beside us: one that takes longer hangs, and is waited for no more until
it has answered."""


class StreamTotals:
    """Since this server began; of a port that was open by then, since it was opened."""

    def __init__(self, printer: Peer) -> None:
        self._printer = printer
        self._asked: asyncio.Task[bool] | None = None
        self._before, self._last = StreamStatistics(), StreamStatistics()
        self._totals: StreamStatistics | None = None
        self.is_answered = True
        """Whether the printer process answered when it was asked last."""

    async def read(self) -> StreamStatistics | None:
        """As far as they are known, at once; None where the printer process doesn't tell."""
        self._asked = self._asked or asyncio.create_task(self._ask())
        waits_s = AT_ONCE_S if self.is_answered else 0.0
        done, _ = await asyncio.wait((self._asked,), timeout=waits_s)
        if done:
            self._asked = None
        self.is_answered = bool(done) and all(task.result() for task in done)
        return self._totals

    def close(self) -> None:
        """Ask no more."""
        if self._asked is not None:
            self._asked.cancel()

    async def _ask(self) -> bool:
        try:
            told = await self._printer.call("get_stream_statistics")
            self._totals = self._added(records.stream_statistics(told))
        except (CommandTimeout, LinkError):
            return False
        except GbtermError:
            self._totals = None
        return True

    def _added(self, now: StreamStatistics) -> StreamStatistics:
        last, self._last = self._last, now
        if now.since != last.since or now.lines_sent < last.lines_sent:
            self._before = _sum(self._before, last)
        return _sum(self._before, now)


def _sum(before: StreamStatistics, now: StreamStatistics) -> StreamStatistics:
    dry = [one.planner_dry_s for one in (before, now) if one.planner_dry_s is not None]
    return replace(
        now,
        lines_sent=before.lines_sent + now.lines_sent,
        bytes_sent=before.bytes_sent + now.bytes_sent,
        errors=dict(Counter(before.errors) + Counter(now.errors)),
        streamed_s=before.streamed_s + now.streamed_s,
        planner_dry_s=sum(dry) if dry else None,
        stream=replace(now.stream, resends=before.stream.resends + now.stream.resends),
    )
