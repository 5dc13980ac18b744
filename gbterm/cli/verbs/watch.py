"""`gbterm watch`: how a printer is, on one line."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from gbterm import wire
from gbterm.backends.base import Backend
from gbterm.cli.verbs import ongoing
from gbterm.cli.verbs.reach import reached
from gbterm.cli.verbs.readings import as_data, heaters
from gbterm.cli.verbs.verb import Answer, Asked
from gbterm.freshness import Freshness
from gbterm.model import PrinterState
from gbterm.overview import Overview, of_state
from gbterm.terminal import size
from gbterm.text import scrub
from gbterm.widgets.words import PHASES, SILENT, clock

TICK_S = 1.0
LINES_S = 0.5
"""After that the next line may come."""
AGAIN_S = 60.0
"""So often a line comes where only readings and times are others."""
LEAST_TEXT = 8
"""Characters; a shorter piece of a sentence says nothing."""
_NUMBERS = re.compile(r"\d[\d.,]*")


def watch(asked: Asked) -> AsyncGenerator[Answer, None]:
    """A line whenever something is otherwise, on a terminal whatever it is."""
    return _drawn(asked) if ongoing.is_drawn(asked.args) else _told(asked)


async def _drawn(asked: Asked) -> AsyncGenerator[Answer, None]:
    pause_s, last = ongoing.shown_on(asked.args).readings_s, ""
    async with aclosing(reached(asked.backend, every_s=TICK_S)) as seen:
        async for state in seen:
            line = fitted(state, asked.backend.freshness(), size()[0] - 1)
            if line != last:
                last = line
                yield Answer((line,))
                await asyncio.sleep(pause_s)


async def _told(asked: Asked) -> AsyncGenerator[Answer, None]:
    backend = asked.backend
    matter, last, last_at = None, "", 0.0
    async with aclosing(reached(backend, every_s=TICK_S)) as seen:
        async for state in seen:
            fresh, now = backend.freshness(), time.monotonic()
            line, matters = "  ".join(pieces(state, fresh)), _what_matters(state, fresh)
            if matters != matter or (line != last and now - last_at >= AGAIN_S):
                matter, last, last_at = matters, line, now
                at = time.time()
                data = {"at": round(at, 3), "printer": asked.target.name, **_data(state, backend)}
                yield Answer((f"{clock(at)}  {line}",), data)
                await asyncio.sleep(LINES_S)


def fitted(state: PrinterState, fresh: Freshness, columns: int) -> str:
    """The line in so many columns: in words where they have room, and cut at its end."""
    shown = of_state(state, is_old=fresh.is_old)
    line = "  ".join(_in_words(shown))
    if len(line) > columns:
        return " ".join(_briefly(shown))[:columns]
    for text in _sentences(state, fresh):
        room = columns - len(line) - 2
        if room >= min(LEAST_TEXT, len(text)):
            line += f"  {scrub(text, room)}"
    return line


def pieces(state: PrinterState, fresh: Freshness) -> Iterator[str]:
    """The whole of it."""
    yield from _in_words(of_state(state, is_old=fresh.is_old))
    yield from map(scrub, _sentences(state, fresh))


def _in_words(shown: Overview) -> Iterator[str]:
    left = f"{shown.left} left" if shown.left else ""
    nozzle = f"nozzle {shown.nozzle} °C" if shown.nozzle else ""
    bed = f"bed {shown.bed} °C" if shown.bed else ""
    yield from filter(None, (shown.now, shown.progress, left, nozzle, bed))


def _briefly(shown: Overview) -> Iterator[str]:
    nozzle = f"T{shown.nozzle}" if shown.nozzle else ""
    bed = f"B{shown.bed}" if shown.bed else ""
    yield from filter(None, (shown.now, shown.progress.replace(" ", ""), shown.left, nozzle, bed))


def _sentences(state: PrinterState, fresh: Freshness) -> Iterator[str]:
    """Why it is so, and what is printed; the most important first."""
    if state.prompt is not None and state.prompt.choices:
        yield state.prompt.text
    if state.reason or state.phase in SILENT:
        yield state.reason or PHASES[state.phase]
    if state.waiting_for:
        yield f"waiting for {state.waiting_for}"
    if fresh.heard:
        yield fresh.heard
    if state.job is not None:
        yield state.job.name


def _what_matters(state: PrinterState, fresh: Freshness) -> object:
    """What a line is due for at once."""
    job = state.job
    print_ = (job.name, job.outcome, int(job.fraction * 100)) if job is not None else None
    targets = [heater.target for _, heater in heaters(state)]
    said = _NUMBERS.sub("#", f"{state.reason} / {state.waiting_for}")
    return state.phase, said, state.prompt, print_, targets, fresh.is_old


def _data(state: PrinterState, backend: Backend) -> dict[str, Any]:
    job = state.job
    return {
        "state": state.state.value,
        "phase": state.phase.value,
        "reason": state.reason,
        "waiting_for": state.waiting_for,
        "prompt": wire.to_json(state.prompt),
        "heard_s": wire.age_s(backend.heard_at, backend.clock()),
        "is_old": backend.freshness().is_old,
        "job": job.name if job is not None else None,
        "outcome": job.outcome if job is not None else None,
        "progress": round(job.fraction * 100, 1) if job is not None else None,
        "left_s": job.left_s if job is not None and not job.outcome else None,
        "left_low_s": job.left_low_s if job is not None and not job.outcome else None,
        "left_high_s": job.left_high_s if job is not None and not job.outcome else None,
        "temperatures": {name: as_data(heater) for name, heater in heaters(state)},
    }
