"""A print that was lost: every screen says that it waits, and it goes on or is given up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.errors import FileRefused
from gbterm.model import Phase
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


async def lost(console: Console) -> None:
    """A print that stopped at its second line of four."""
    await printing(console)
    console.backend.advance(2)
    console.backend.lose_print()
    await console.shows("READY the print of box.gcode stopped before its end")


async def asked(console: Console) -> None:
    """The same, with the question on show."""
    await lost(console)
    await console.press("g")
    await console.until(lambda: console.top == "LostPrintScreen")


@pytest.mark.parametrize(
    ("screen", "keys"), [("f4", "; g goes on with it, x gives it up"), ("f2", "; F4, then g goes")]
)
async def test_it_is_offered_where_nothing_else_is_to_do(
    backend: MemoryBackend, screen: str, keys: str
) -> None:
    async with opened(backend) as console:
        await lost(console)
        await console.press(screen)
        await console.shows(f"stopped before its end{keys}")
        assert "nothing to do" not in console.text


async def test_it_is_offered_to_who_comes_later(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await lost(console)
    async with opened(backend, connect=False) as console:
        await console.shows("READY the print of box.gcode stopped before its end")


async def test_an_error_says_that_it_can_go_on_once_that_is_cleared(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await lost(console)
        backend.report(events.PhaseChanged(Phase.ERROR, "The board restarted."))
        await console.shows("to reconnect and clear the error. box.gcode can go on after that.")
        assert "g Go on" not in console.text


async def test_a_print_that_began_takes_its_place(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await lost(console)
        backend.report(events.PrintLost(""))
        await console.shows("READY nothing to do")
        assert "g Go on" not in console.text


async def test_what_is_known_of_it_is_shown_and_enter_changes_nothing(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await asked(console)
        await console.shows("Go on with box.gcode?")
        await console.shows("line 3 of 4; nozzle 210 °C, bed 60 °C")
        await console.shows("box.gcode goes on at line 3. Go on?")
        await console.press("enter")
        assert console.top == "JobScreen"
        assert "resume_job" not in backend.calls
        assert backend.went_on is None


async def test_it_goes_on_where_it_stopped(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await asked(console)
        await console.press("right", "enter")
        await console.shows("EXECUTING")
        assert backend.went_on == (None, None)


async def test_it_goes_on_where_its_user_says(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await asked(console)
        # Enter in a field only goes on to the next.
        await console.press("up", "up", "2", "enter", *"4,3", "enter", "enter")
        assert backend.went_on is None
        await console.press("g", "up", "up", "2", "enter", *"4,3", "tab", "tab", "enter")
        await console.shows("EXECUTING")
        assert backend.went_on == (2, 4.3)


@pytest.mark.parametrize(
    ("line", "height", "why"),
    [("5", "", "a number from 1 to 4"), ("x", "", "from 1 to 4"), ("", "-1", "0 to 10000 mm")],
)
async def test_what_was_typed_wrongly_is_said_and_begins_nothing(
    backend: MemoryBackend, line: str, height: str, why: str
) -> None:
    async with opened(backend) as console:
        await asked(console)
        await console.press("up", "up", *line, "tab", *height, "tab", "tab", "enter")
        await console.shows(why)
        assert console.top == "LostPrintScreen"
        assert backend.went_on is None


async def test_the_question_goes_where_somebody_else_went_on(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await asked(console)
        await backend.resume_job(confirmed=True)
        await console.until(lambda: console.top == "JobScreen")


async def test_one_that_can_not_go_on_says_why_and_can_be_given_up(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await lost(console)
        backend.refuse = FileRefused("box.gcode was changed since its print stopped.")
        await console.press("g")
        await console.says("was changed since its print stopped")
        await console.press("x", "enter")
        assert "cancel" not in backend.calls
        await console.press("x", "right", "enter")
        await console.shows("READY nothing to do")


async def test_a_backend_that_can_not_go_on_offers_nothing() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.RESUME_JOB)
    async with opened(backend) as console:
        backend.report_all(replace(backend.state, lost_print="box.gcode", phase=Phase.READY))
        await console.press("f4", "g", "x")
        await console.shows("READY nothing to do")
        assert console.top == "JobScreen"


@pytest.mark.parametrize("line", ["9" * 5000, "-1", "0", "1e3", "２", "5"])
async def test_a_line_that_there_is_not_begins_nothing(backend: MemoryBackend, line: str) -> None:
    async with opened(backend) as console:
        await asked(console)
        console.app.screen.query_one("#line", Input).value = line
        await console.press("right", "enter")
        await console.shows("The line is a number from 1 to 4.")
        assert "resume_job" not in backend.calls
