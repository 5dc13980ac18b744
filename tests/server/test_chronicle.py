"""What the server's log says of a printer, line by line; the printer process is scripted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.jobs import Job
from gbterm.model import Phase, Prompt
from tests.server.running import Running, until

Lines = list[tuple[str, str]]
JOB = Job("cube.gcode", id="j1", byte=1, bytes=4)
OFF = "There is no port /dev/ttyUSB0: plug the printer in."


class Log:
    """What was written of the printer behind `running` since it was found READY."""

    def __init__(self, running: Running, caplog: pytest.LogCaptureFixture) -> None:
        self._running, self._caplog = running, caplog

    def lines(self) -> Lines:
        records = [one for one in self._caplog.records if one.name.endswith("chronicle")]
        return [(one.levelname, one.getMessage()) for one in records]

    async def after(self, *happened: events.Event) -> Lines:
        """All lines, once all of it was noted: a question is, each time."""
        for event in happened:
            self._running.device.publish(event)
        self._running.device.publish(events.PromptShown(Prompt("Is that all?")))
        await until(lambda: self.lines()[-1:] == [("INFO", "the printer asks: Is that all?")])
        return self.lines()[:-1]


@pytest.fixture
async def log(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Log]:
    caplog.set_level(logging.DEBUG, "gbterm.server.chronicle")
    async with Running() as running:
        await until(lambda: "READY" in caplog.messages)
        yield Log(running, caplog)


async def test_a_print_that_asks_and_fails(log: Log) -> None:
    lines = await log.after(
        events.PhaseChanged(Phase.STARTING),
        events.JobChanged(JOB),
        events.JobChanged(replace(JOB, byte=2)),
        events.PhaseChanged(Phase.EXECUTING),
        events.PhaseChanged(Phase.EXECUTING),
        events.PromptShown(Prompt("Is the bed clear?", ("Yes",))),
        events.PromptClosed(),
        events.ErrorReported("Heating failed"),
        events.JobChanged(replace(JOB, byte=2, outcome="failed", reason="Heating failed")),
        events.PhaseChanged(Phase.ERROR, "Heating failed"),
    )
    assert lines == [
        ("INFO", "STARTING"),
        ("INFO", "printing cube.gcode"),
        ("INFO", "EXECUTING"),
        ("INFO", "the printer asks: Is the bed clear?"),
        ("WARNING", "error: Heating failed"),
        ("WARNING", "the print of cube.gcode failed: Heating failed"),
        ("WARNING", "ERROR: Heating failed"),
    ]


@pytest.mark.parametrize(
    ("outcome", "said"), [("finished", "finished"), ("cancelled", "was cancelled")]
)
async def test_a_print_that_ends_well_enough(log: Log, outcome: str, said: str) -> None:
    ended = events.JobChanged(replace(JOB, outcome=outcome))
    again = events.JobChanged(replace(JOB, id="j2"))
    assert await log.after(events.JobChanged(JOB), ended, ended, again) == [
        ("INFO", "printing cube.gcode"),
        ("INFO", f"the print of cube.gcode {said}"),
        ("INFO", "printing cube.gcode"),
    ]


TRIED = (
    events.PhaseChanged(Phase.CONNECTING, "opening /dev/ttyUSB0"),
    events.PhaseChanged(Phase.DISCONNECTED, OFF),
)


async def test_a_printer_that_is_off_fills_no_log(log: Log) -> None:
    silent = "The board on /dev/ttyUSB0 does not answer."
    other = (TRIED[0], events.PhaseChanged(Phase.DISCONNECTED, silent))
    assert await log.after(*TRIED * 50, *other * 50, *TRIED * 50) == [
        ("INFO", "CONNECTING: opening /dev/ttyUSB0"),
        ("INFO", f"DISCONNECTED: {OFF}"),
        ("INFO", f"DISCONNECTED: {silent}"),
    ]


async def test_each_time_that_a_printer_goes_off_is_written(log: Log) -> None:
    ready = events.PhaseChanged(Phase.READY)
    once = [
        ("INFO", "CONNECTING: opening /dev/ttyUSB0"),
        ("INFO", f"DISCONNECTED: {OFF}"),
        ("INFO", "READY"),
    ]
    assert await log.after(*TRIED, *TRIED, ready, *TRIED, *TRIED, ready) == 2 * once
