"""`gbterm temps`: temperatures as they are read, or every so often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

from gbterm.cli.verbs.reach import reached
from gbterm.cli.verbs.readings import as_data, heaters
from gbterm.cli.verbs.verb import Answer, Asked
from gbterm.errors import UsageError
from gbterm.events import Event, TemperaturesReported
from gbterm.model import PrinterState, Temperature

WIDTH = 9
"""As `210.0/210`."""
Readings = dict[str, Temperature]


async def temps(asked: Asked) -> AsyncGenerator[Answer, None]:
    """A row each. Which heaters there are is known from the first reading on."""
    args = asked.args
    if args.csv and args.json:
        raise UsageError("Give only one of --csv and --json.")
    names: tuple[str, ...] = ()
    rows = aclosing(_each(asked) if args.every is None else _every(asked, args.every))
    async with rows as seen:
        async for read in seen:
            is_first = not names
            names = names or tuple(read)
            yield _row(names, read, is_first=is_first, as_csv=args.csv)


async def _each(asked: Asked) -> AsyncGenerator[Readings, None]:
    """Those of each report."""
    backend, is_new = asked.backend, True

    def heard(event: Event, _: object) -> None:
        nonlocal is_new
        is_new |= isinstance(event, TemperaturesReported)

    stop = backend.subscribe(heard)
    try:
        async with aclosing(reached(backend, says=True)) as seen:
            async for state in seen:
                if backend.freshness().is_old:
                    is_new = False  # what is known from before is no reading of now
                elif is_new and is_read(state):
                    is_new = False
                    yield dict(heaters(state))
    finally:
        stop()


async def _every(asked: Asked, every_s: float) -> AsyncGenerator[Readings, None]:
    """Those of now, again and again; empty ones while nobody knows."""
    backend, loop, came = asked.backend, asyncio.get_running_loop(), asyncio.Event()
    due = loop.time()
    async with aclosing(reached(backend, came, says=True)) as seen:
        async for state in seen:
            if loop.time() < due or not is_read(state):
                continue
            is_old = backend.freshness().is_old
            yield {name: Temperature() if is_old else heater for name, heater in heaters(state)}
            due = max(due + every_s, loop.time())
            loop.call_at(due, came.set)


def is_read(state: PrinterState) -> bool:
    """Whether its board has told of a heater."""
    return any(heater.current is not None for _, heater in heaters(state))


def _row(names: Sequence[str], read: Readings, *, is_first: bool, as_csv: bool) -> Answer:
    now = datetime.now().astimezone()
    shown = {name: read.get(name, Temperature()) for name in names}
    data: dict[str, Any] = {"time": now.isoformat(timespec="milliseconds")}
    if as_csv:
        header = ["time", *(f"{name}_{what}" for name in names for what in ("actual", "target"))]
        values = [number for heater in shown.values() for number in (heater.current, heater.target)]
        row = ",".join([data["time"], *map(_plain, values)])
        return Answer((",".join(header), row) if is_first else (row,))
    header = ["time    ", *(f"{name:<{WIDTH}}" for name in names)]
    cells = [now.strftime("%H:%M:%S"), *(f"{_shown(heater):<{WIDTH}}" for heater in shown.values())]
    table = [" ".join(cells).rstrip()]
    if is_first:
        table.insert(0, " ".join(header).rstrip())
    return Answer(tuple(table), data | {name: as_data(heater) for name, heater in shown.items()})


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _shown(heater: Temperature) -> str:
    if heater.current is None:
        return "-"
    return f"{heater.current:.1f}" + (f"/{heater.target:.0f}" if heater.target else "")
