"""Dialogs that fit any terminal, and that go when what they ask about has gone."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gbterm import events
from gbterm.jobs import Job
from gbterm.keymap import SCREENS
from gbterm.keymap.action import Action
from gbterm.model import Phase, StopReport
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import MemoryBackend

SMALL = (40, 12)
Show = Callable[[Console], Coroutine[Any, Any, None]]

LONG = "a-bracket-for-the-left-hand-side-of-the-shelf_0.2mm_PETG_5h12m.gcode"


async def _cancel(console: Console) -> None:
    await console.press("f4", "c")


async def _leave(console: Console) -> None:
    await console.press("ctrl+q")


async def _delete(console: Console) -> None:
    await console.press("f3", "d")


async def _upload(console: Console) -> None:
    await console.press("f3", "u")


async def _go(console: Console) -> None:
    await console.press("ctrl+g")


async def _ask(console: Console) -> None:
    text = "Nozzle parked. Push new filament in until it comes out of the nozzle in its colour."
    console.backend.ask(text, "Purge more", "Continue with the print from where it was")
    await console.until(lambda: console.top == "PromptScreen")


async def _stopped(console: Console) -> None:
    console.backend.stop_report = StopReport(False, "The board said nothing. " * 20)
    await console.press("ctrl+backslash")


SHOWN: dict[Show, tuple[str, ...]] = {
    _cancel: ("[ Keep printing ]", "[ Cancel the print ]", "Esc changes nothing."),
    _leave: ("[ Stay ]", "[ Leave ]", "Enter leaves, Esc stays."),
    _delete: ("[ Keep ]", "[ Delete ]", "Esc changes nothing."),
    _upload: ("path of the file", "Tab completes, Enter uploads, Esc leaves."),
    _go: ("d Dashboard", "f Files", "m Jog", "s Settings", "Esc stays here."),
    _ask: (
        "The printer asks",
        "[ 1 Purge more ]",
        "[ 2 Continue with the print from where it was ]",
        "[ Later ]",
        "A number answers, Esc answers later.",
    ),
    _stopped: ("NOT CONFIRMED: CUT THE POWER", "Switch the printer off", "Enter goes on."),
}


@pytest.mark.parametrize("dialog", SHOWN, ids=lambda dialog: dialog.__name__)
async def test_every_choice_of_a_dialog_is_in_sight_on_a_small_terminal(
    backend: MemoryBackend, dialog: Show
) -> None:
    async with opened(backend, size=SMALL) as console:
        await printing(console, LONG)
        await dialog(console)
        for text in SHOWN[dialog]:
            await console.shows(text)


async def test_who_stops_the_writing_of_a_file_is_not_asked_about_a_print(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        job = Job("a.gcode to SD:/A.GCO", on_card=True, is_written=True, started_at=1.0)
        backend.report(events.JobChanged(job))
        backend.report(events.PhaseChanged(Phase.EXECUTING))
        await console.press("f4", "c")
        await console.shows("Stop writing a.gcode to SD:/A.GCO to the printer's card?")
        await console.shows("[ Stop writing ]")


async def test_a_text_that_does_not_fit_scrolls_and_says_so(backend: MemoryBackend) -> None:
    async with opened(backend, size=SMALL) as console:
        backend.ask("First word. " + "More of it. " * 30 + "Last word.", "Continue")
        await console.shows("First word.")
        await console.shows("PgUp and PgDn: more")
        await console.shows("[ 1 Continue ]")
        for _ in range(6):
            await console.press("pagedown")
        await console.shows("Last word.")
        await console.press(*["pageup"] * 6)
        await console.shows("First word.")


async def test_more_choices_than_rows_can_still_be_reached(backend: MemoryBackend) -> None:
    async with opened(backend, size=SMALL) as console:
        backend.ask("Which?", *(f"Choice {number}" for number in range(20)))
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("up")
        await console.shows("[ 20 Choice 19 ]")
        await console.press("enter")
        assert backend.answers == [19]


async def test_many_files_to_upload_leave_room_for_the_line_to_type_in(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    for number in range(30):
        (tmp_path / f"part-{number:02}.gcode").touch()
    async with opened(backend, size=SMALL) as console:
        await console.press("f3", "u")
        await console.paste(f"{tmp_path}/")
        await console.shows("part-00.gcode")
        await console.shows("Esc leaves.")
        await console.shows("PgUp and PgDn: more")
        await console.press("pagedown", "pagedown", "pagedown")
        await console.shows("and 22 more")


PAGES_AND_LINES = [(screen, "pagedown", 12) for screen in SCREENS] + [(SCREENS[0], "down", 120)]


@pytest.mark.parametrize(("screen", "key", "times"), PAGES_AND_LINES)
async def test_help_scrolls_to_its_end_where_it_does_not_fit(
    backend: MemoryBackend, screen: Action, key: str, times: int
) -> None:
    async with opened(backend, size=SMALL) as console:
        await console.press(screen.keys, "f1")
        await console.shows("Esc closes this.")
        await console.shows("PgUp and PgDn: more")
        await console.press(*[key] * times)
        await console.shows("marks the nozzle in use.")


# Overtaken


async def test_a_print_that_ends_takes_its_cancel_question_along(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c")
        backend.advance(4)
        await console.until(lambda: console.top == "JobScreen")
        why = "box.gcode is finished: nothing is being printed, so nothing was cancelled."
        await console.says(why)
        await console.shows(f"WARNING: {why}")
        await console.press("f2")
        await console.shows(f"WARNING: {why}")
        assert "cancel" not in backend.calls


async def test_a_failed_print_takes_its_cancel_question_along(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c")
        backend.fail("Heating failed.")
        await console.shows("WARNING: box.gcode has failed: nothing is being printed")
        assert console.top == "JobScreen"


async def test_the_question_about_a_print_never_cancels_the_next(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c")
        next_one = backend.add_file("cone.gcode")
        backend.advance(4)
        await backend.print_file(next_one.id)
        await console.until(lambda: console.top == "JobScreen")
        await console.shows("That print is over, so nothing was cancelled.")
        await console.press("right", "enter")
        assert backend.state.phase is Phase.EXECUTING


async def test_a_pause_leaves_the_cancel_question_open(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c")
        await backend.pause()
        backend.report(events.WaitBegan("somebody"))
        await console.rest()
        assert console.top == "ConfirmScreen"
        await console.press("right", "enter")
        await console.shows("Cancelled after")


async def test_a_printer_that_fails_takes_the_question_before_a_start_along(
    backend: MemoryBackend,
) -> None:
    backend.add_file("tune.gcode", b"G28\nM500\n")
    async with opened(backend) as console:
        await console.press("f3", "enter")
        await console.shows("ask: line 2, M500 which overwrites stored settings.")
        backend.fail("Heating failed.")
        await console.until(lambda: console.top == "FilesScreen")
        await console.says("The printer is not ready any more, so nothing was begun.")
        await console.press("f4")
        await console.shows("The printer is not ready any more, so nothing was begun.")
        assert "print_file" not in backend.calls


async def test_a_print_that_ends_takes_the_question_before_leaving_along(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("ctrl+q")
        backend.advance(4)
        await console.until(lambda: console.top == "JobScreen")
        await console.says("the console stayed open; Ctrl+Q leaves it at once.")
        assert console.app.is_running


async def test_a_question_under_the_stop_is_gone_when_the_stop_is_read(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c", "ctrl+backslash")
        await console.shows("STOPPED")
        await console.press("enter")
        await console.until(lambda: console.top == "JobScreen")
        await console.shows("nothing was cancelled.")


@pytest.mark.parametrize(("screen", "keys"), [("f7", "G1 X10"), ("f5", "1234")])
async def test_numbers_that_are_just_typed_answer_no_question(
    backend: MemoryBackend, screen: str, keys: str
) -> None:
    async with opened(backend) as console:
        await console.press(screen)
        backend.ask("Continue without filament?", "Continue", "Stop")
        await console.says("The printer asks: Continue without filament?")
        await console.press(*keys.replace(" ", ""))
        assert backend.answers == []
        await console.press("f2", "a")
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("2")
        await console.until(lambda: backend.answers == [1])
