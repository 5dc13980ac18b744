"""The console remembers temperatures, draws them and sets them."""

from __future__ import annotations

import pytest

from gbterm import events
from gbterm.model import Temperature
from tests.console.conftest import opened
from tests.memory_backend import MemoryBackend


async def test_what_the_printer_reports_is_remembered_by_the_clock(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        now = console.app.clock()
        console.app.clock = lambda: now
        for degrees in (30.0, 40.0, 50.0):
            now += 10
            backend.report(events.TemperaturesReported({0: Temperature(degrees, 210.0)}))
            await console.rest()
        assert console.app.temperatures.trend("nozzle1", now) == pytest.approx(60)
