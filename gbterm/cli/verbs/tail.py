"""`gbterm tail`: what goes over the printer's cable, as it comes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from gbterm.cli.verbs.reach import reached
from gbterm.cli.verbs.verb import Answer, Asked
from gbterm.console_lines import KEPT, LONGEST, ConsoleLine, ConsoleLines, Filter, command
from gbterm.text import scrub
from gbterm.widgets.words import clock

SIGNS = {"out": ">", "in": "<"}


async def tail(asked: Asked) -> AsyncGenerator[Answer, None]:
    """A line each; those that come back over a broken connection, or what was left out, too."""
    args = asked.args
    came = asyncio.Event()
    waiting = _Waiting(came)
    hidden = Filter(frozenset(args.hide))
    stop = await asked.backend.watch_console(waiting.add, hidden, min(args.last, KEPT))
    try:
        async with aclosing(reached(asked.backend, came, says=True)) as seen:
            async for _ in seen:
                for answer in waiting.taken(is_raw=args.raw):
                    yield answer
    finally:
        stop()


class _Waiting:
    """Lines that came and are not printed yet; too many of them are counted alone."""

    def __init__(self, came: asyncio.Event) -> None:
        self._came = came
        self._lines: deque[ConsoleLine] = deque()
        self._left_out = 0

    def add(self, batch: ConsoleLines) -> None:
        """These came."""
        self._lines.extend(batch.lines)
        excess = max(0, len(self._lines) - KEPT)
        for _ in range(excess):
            self._lines.popleft()
        self._left_out += batch.skipped + excess
        self._came.set()

    def taken(self, *, is_raw: bool) -> list[Answer]:
        """What came since the last time."""
        answers = [_told(line, is_raw=is_raw) for line in self._lines]
        if answers and self._left_out:
            answers[0] = replace(answers[0], left_out=self._left_out)
            self._left_out = 0
        self._lines.clear()
        return answers


def _told(line: ConsoleLine, *, is_raw: bool) -> Answer:
    text = line.text if is_raw or line.direction == "in" else command(line.text)
    text = scrub(text, LONGEST)
    at = f"{clock(line.at) or '--:--:--'}.{int(line.at % 1 * 1000):03}"
    sign = SIGNS.get(line.direction, "?")
    return Answer(
        (f"{at} {sign} {text}",), {"at": line.at, "direction": line.direction, "text": text}
    )
