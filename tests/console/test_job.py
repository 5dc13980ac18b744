"""The job: progress, pause, resume, cancel, and the firmware's questions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm.backends.capability import Capability
from gbterm.errors import PrinterError
from gbterm.events import FileSelected, JobChanged
from gbterm.files import SelectedFile
from gbterm.model import Phase
from tests.console.conftest import opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


async def test_without_a_job_it_says_how_to_get_one(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4")
        await console.shows("F3 shows the files: select one and press Enter")


async def test_progress_is_shown(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.shows("Line 0 of 4")
        backend.advance(2)
        await console.shows("50 %")
        await console.shows("Line 2 of 4")
        await console.shows("Read 11 B of 22 B")
        await console.shows("Elapsed 0:00:02")
        await console.shows("Left 0:00:02")


@pytest.mark.parametrize("width", [80, 100, 120])
async def test_no_fact_of_the_print_is_cut(backend: MemoryBackend, width: int) -> None:
    async with opened(backend, size=(width, 40)) as console:
        await printing(console)
        job = backend.state.job
        assert job is not None
        far = replace(job, byte=123_456_789, bytes=987_654_321, left_s=4000.0, left_from="progress")
        backend.report(JobChanged(far))
        await console.shows("123.5 MB of 987.7 MB")
        await console.shows("Left 1:06:00")
        await console.shows("By progress")
        far = replace(far, left_low_s=3600.0, left_high_s=36061.0, left_from="moves+history")
        backend.report(JobChanged(far))
        await console.shows("Done at ")
        await console.shows("Between 1:00 to 10:02 h")
        await console.shows("By moves and past prints")
        await console.shows("e types")


async def test_the_layer_is_shown_where_it_is_known(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        assert "Layer" not in console.text
        job = backend.state.job
        assert job is not None
        backend.report(JobChanged(replace(job, layer=12, layers=240)))
        await console.shows("Layer 12 of 240")
        await backend.set_pause_layers([40, 20])
        await console.shows("Pauses before 20, 40")


async def test_pause_and_resume(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        assert "(r Resume)" in console.text
        await console.press("p")
        await console.shows("PAUSED")
        await console.shows("(p Pause)")
        await console.press("r")
        await console.shows("EXECUTING")
        assert [call for call in backend.calls if call in ("pause", "resume")] == [
            "pause",
            "resume",
        ]


async def test_a_greyed_key_does_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4", "p", "r", "c")
        assert console.top == "JobScreen"
        assert {"pause", "resume", "cancel"}.isdisjoint(backend.calls)


async def test_a_backend_without_jobs_greys_their_keys() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.JOB)
    async with opened(backend) as console:
        await printing(console)
        await console.press("p", "c")
        assert console.top == "JobScreen"
        assert "(p Pause)(r Resume)(c Cancel)" in console.text


async def test_cancel_asks_and_enter_keeps_printing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c")
        await console.shows("Cancel box.gcode? It can't be taken up again.")
        await console.press("enter")
        assert console.top == "JobScreen"
        assert "cancel" not in backend.calls


async def test_no_letter_and_no_escape_cancels(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c", "y", "c", "escape")
        assert console.top == "JobScreen"
        await console.press("c", "ctrl+c", "ctrl+x", "space", "escape")
        assert "cancel" not in backend.calls
        assert backend.state.phase is Phase.EXECUTING


async def test_what_a_start_would_print_is_named_before_it_is_printed(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f4")
        assert "Start" not in console.text
        backend.report(FileSelected(SelectedFile("gears/sun.gcode", 12_300, 5400.0)))
        await console.shows("Selected gears/sun.gcode, 12.3 kB, prints for 1:30:00")
        await console.press("t")
        await console.shows("Print gears/sun.gcode, which is selected at memory?")
        backend.report(FileSelected(SelectedFile("box.gcode")))
        await console.shows("gears/sun.gcode is not selected any more, so nothing was begun.")
        assert backend.state.phase is Phase.READY


async def test_cancel_with_agreement(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.advance(1)
        await console.press("c", "right", "enter")
        await console.shows("Cancelled after 0:00:01, at line 1 of 4.")
        assert backend.state.phase is Phase.READY


async def test_the_heaters_are_said_to_be_off_only_where_they_are(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c", "right", "enter")
        await backend.set_temperature(nozzles={0: 0.0}, bed=60)
        await console.shows("Cancelled after")
        await console.rest()
        assert "heaters are off" not in console.text
        await backend.set_temperature(nozzles={0: 0.0}, bed=0)
        await console.shows("The heaters are off.")


async def test_a_cancel_that_comes_too_late_is_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c")
        backend.advance(4)
        await console.press("tab", "enter")
        await console.says("nothing is being printed")


async def test_a_finished_job_says_so(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.advance(4)
        await console.shows("Finished after 0:00:04: all 4 lines were printed.")
        await console.shows("100 %")


async def test_a_failed_job_says_so(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.advance(3)
        backend.fail("Heating failed.")
        await console.shows("Failed after 0:00:03, at line 3 of 4.")
        await console.shows("ERROR Heating failed.")


async def test_a_refused_command_is_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.refuse = PrinterError("The printer does not answer.")
        await console.press("p")
        await console.says("The printer does not answer.")
        assert backend.state.phase is Phase.EXECUTING


async def test_a_mistake_of_ours_does_not_end_the_console(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.refuse = ValueError("oops")  # type: ignore[assignment]
        await console.press("p")
        await console.says("Internal error (ValueError): oops")
        await console.press("p")
        await console.shows("PAUSED")


async def test_a_prompt_opens_and_a_number_answers(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.ask("Change the filament.", "Continue", "Purge more")
        await console.until(lambda: console.top == "PromptScreen")
        await console.shows("Change the filament.")
        await console.shows("[ 2 Purge more ]")
        await console.press("2")
        assert backend.answers == [1]
        assert console.top == "JobScreen"


async def test_a_key_typed_as_a_prompt_appears_does_not_answer_it(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Change the filament.", "Continue")
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("enter")
        assert backend.answers == []
        await console.shows("The printer asks: Change the filament. a answers, then: 1 Continue")
        await console.press("a", "up", "enter")
        assert backend.answers == [0]


async def test_a_prompt_can_be_put_off_with_escape(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Change the filament.", "Continue")
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("9", "escape")
        assert console.top == "DashboardScreen"
        assert backend.answers == []


async def test_a_prompt_that_somebody_else_answered_goes_away(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Change the filament.", "Continue")
        await console.until(lambda: console.top == "PromptScreen")
        await backend.answer_prompt(0)
        await console.until(lambda: console.top == "DashboardScreen")


async def test_the_next_prompt_takes_the_place_of_the_last(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("First?", "Yes")
        await console.until(lambda: console.top == "PromptScreen")
        await console.rest()
        backend.ask("Second?", "Yes")
        await console.shows("Second?")
        await console.press("1")
        assert console.top == "DashboardScreen"
        assert backend.answers == [0]


async def test_a_prompt_does_not_open_over_somebody_who_types(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f3", "u", "b", "o")
        backend.ask("Change the filament.", "Continue")
        await console.says("The printer asks: Change the filament.")
        assert console.top == "PathScreen"


async def test_a_prompt_under_a_stop_goes_away_with_its_question(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Change the filament.", "Continue")
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("ctrl+backslash")
        await console.shows("STOPPED")
        await backend.reconnect()
        await backend.answer_prompt(0)
        await console.press("enter")
        await console.until(lambda: console.top == "DashboardScreen")


async def test_without_the_ability_a_prompt_is_only_told() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.PROMPTS)
    async with opened(backend) as console:
        backend.ask("Change the filament.", "Continue")
        await console.says("The printer asks: Change the filament.")
        await console.press("a")
        assert console.top == "DashboardScreen"


async def test_a_prompt_without_choices_is_only_closed(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.ask("Remove the print.")
        await console.until(lambda: console.top == "PromptScreen")
        await console.shows("[ Close ]")
        await console.press("1", "enter")
        assert console.top == "DashboardScreen"
        assert backend.answers == []


async def test_a_question_about_one_print_does_not_end_the_next_one_of_the_same_file(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        job = backend.state.job
        assert job is not None
        backend.report(JobChanged(replace(job, id="monday")))
        await console.press("c", "right")
        backend.report(JobChanged(replace(job, id="tuesday")))
        await console.until(lambda: console.top == "JobScreen")
        await console.press("enter")
        await console.says("That print is over, so nothing was cancelled.")
        assert "cancel" not in backend.calls
