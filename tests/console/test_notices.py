"""What a person has to hear of is said once, and rings where somebody is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm import events
from gbterm.app import GbtermApp
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Prompt
from gbterm.notices import notices
from gbterm.terminal import Terminal
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend

JOB = Job("box.gcode", lines=4)
PRINTS = PrinterState(phase=Phase.EXECUTING, job=JOB)
READY = replace(PRINTS, phase=Phase.READY)


def said(old: PrinterState, new: PrinterState) -> list[tuple[str, bool]]:
    """The sentences, and whether each calls somebody."""
    return [(notice.text, notice.calls) for notice in notices(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "text", "calls"),
    [
        (PRINTS, replace(READY, job=replace(JOB, outcome="finished")), "is finished.", True),
        (PRINTS, replace(READY, job=replace(JOB, outcome="cancelled")), "was cancelled.", False),
        (PRINTS, replace(PRINTS, phase=Phase.ERROR, reason="Heating failed."), "Heating", True),
        (PRINTS, replace(PRINTS, phase=Phase.ERROR, last_error="It fell."), "It fell.", True),
        (PRINTS, replace(PRINTS, phase=Phase.PAUSED, reason="Damaged lines."), "Damaged", True),
        (PRINTS, replace(PRINTS, phase=Phase.DISCONNECTED, reason="Gone."), "lost: Gone.", True),
        (READY, replace(READY, phase=Phase.DISCONNECTED), "The connection is lost.", False),
        (PrinterState(), READY, "The printer is connected.", False),
        (
            replace(READY, phase=Phase.ERROR),
            replace(READY, lost_print="box.gcode"),
            "The print of box.gcode can go on",
            False,
        ),
    ],
)
def test_what_happened_is_said(
    old: PrinterState, new: PrinterState, text: str, calls: bool
) -> None:
    ((sentence, called),) = said(old, new)
    assert text in sentence
    assert called is calls
    assert said(new, new) == []
    assert said(new, replace(new, speed_percent=90.0)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (READY, PRINTS),
        (PRINTS, replace(PRINTS, phase=Phase.PAUSED)),
        (PRINTS, replace(PRINTS, phase=Phase.PAUSED, reason="M0", prompt=Prompt("M0", ("Go",)))),
        (PrinterState(), replace(PRINTS, phase=Phase.CONNECTING)),
        (READY, replace(READY, job=None)),
        (replace(READY, job=replace(JOB, outcome="finished")), PRINTS),
    ],
)
def test_what_somebody_did_or_is_asked_is_not_said(old: PrinterState, new: PrinterState) -> None:
    assert said(old, new) == []


def _bells(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the terminal rings."""
    rung: list[int] = []
    monkeypatch.setattr(GbtermApp, "bell", lambda _: rung.append(1))
    return rung


async def test_the_end_of_a_print_rings_once(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = _bells(monkeypatch)
    async with opened(backend) as console:
        await printing(console)
        await console.press("f3")
        backend.advance(4)
        await console.says("box.gcode is finished.")
        backend.report(events.SpeedChanged(90.0))
        await console.rest()
        assert console.notices.count("box.gcode is finished.") == 1
        assert rung == [1]


async def test_a_question_rings_unless_nothing_shall(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = _bells(monkeypatch)
    async with opened(backend) as console:
        backend.ask("Load it.", "Done")
        await console.until(lambda: console.top == "PromptScreen")
        assert rung == [1]
        await backend.answer_prompt(0)
        await console.until(lambda: console.top == "DashboardScreen")
        console.app.terminal = Terminal(bell=False)
        backend.ask("Load it again.", "Done")
        await console.until(lambda: console.top == "PromptScreen")
        assert rung == [1]


async def test_nothing_is_said_over_a_stop(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        console.app.say("Something else.", "warning")
        await console.press("ctrl+backslash")
        await console.shows("STOPPED: the printer confirmed that it halted")
        backend.ask("Load it.", "Done")
        backend.lose()
        await console.until(lambda: console.app.state is backend.state)
        await console.rest()
        assert console.notices == []


async def test_a_connection_that_goes_and_comes_is_said(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        assert console.notices == []
        backend.lose("The server closed the connection.")
        await console.says("The connection is lost: The server closed the connection.")
        backend.come_back()
        await console.says("The printer is connected.")
