"""A print that waits for a person: paused, at a held command, or at a change of filament."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gbterm.errors import WrongState
from gbterm.model import Phase, State
from tests.backends.marlin.printing import Printing, board, inject, printer

SWAP = "M302 P1\nG28\nG1 X10 F6000\nM600\nG1 X20 F6000\n"
PATIENT = ("--nozzle-timeout", "1e6")
QUICK, SLOW = "speed 20", "speed 0.2"
"""Nothing comes of the board while a test does something before its question."""


@pytest.fixture
def control(tmp_path: Path) -> Path:
    """Where the board takes its speed."""
    return tmp_path / "control"


@pytest.fixture
async def printing(tmp_path: Path, control: Path) -> AsyncIterator[Printing]:
    """A board that changes filament itself."""
    async with (
        board(tmp_path, *PATIENT, "--speed", "20", "--control", str(control)) as port,
        printer(str(port), tmp_path / "executed") as printing,
    ):
        yield printing


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Printing]:
    """A board that knows no M600."""
    async with (
        board(tmp_path, "--speed", "20", "--variant", "single") as port,
        printer(str(port), tmp_path / "executed") as printing,
    ):
        yield printing


async def test_a_filament_change_is_shown_from_its_begin_to_its_end(printing: Printing) -> None:
    await printing.start(SWAP)
    for question in ("Nozzle Parked", "Paused"):
        await printing.asked(question)
        state = printing.backend.state
        assert state.state is State.FILAMENT_SWAP
        assert state.reason
        await printing.backend.resume()
    await printing.reach(Phase.READY)
    assert printing.phases[-4:] == [
        *(Phase.FILAMENT_SWAP, Phase.EXECUTING, Phase.FINISHING, Phase.READY),
    ]
    assert printing.backend.state.prompt is None
    lines = await printing.executed(lambda lines: "G1X20F6000" in lines)
    assert lines.count("M600") == 1


async def test_the_questions_of_a_filament_change_are_answered_one_by_one(
    printing: Printing,
) -> None:
    await printing.start(SWAP)
    await printing.asked("Nozzle Parked")
    await printing.backend.answer_prompt(0)
    await printing.asked("Paused")
    await printing.backend.answer_prompt(0)  # PurgeMore
    await printing.until(lambda state: state.prompt is None and not state.waiting_for)
    await printing.asked("Paused")
    assert printing.backend.state.phase is Phase.FILAMENT_SWAP
    await printing.backend.answer_prompt(1)
    await printing.reach(Phase.READY)


async def test_resume_before_the_first_question_says_what_to_do(
    printing: Printing, control: Path
) -> None:
    inject(control, SLOW)
    await printing.start("M302 P1\nM600\n")
    await printing.reach(Phase.FILAMENT_SWAP)
    with pytest.raises(WrongState, match="wait for its question"):
        await printing.backend.resume()


async def test_a_swap_begun_in_a_pause_is_not_completed_before_the_question(
    printing: Printing, control: Path
) -> None:
    await printing.start("M302 P1\nG28\n" + "G1 X10 F6000\nG1 X20\n" * 300)
    await printing.until(lambda state: state.job is not None and state.job.command > 9)
    await printing.backend.pause()
    await printing.reach(Phase.PAUSED)
    inject(control, SLOW)
    await printing.backend.begin_swap()
    await printing.reach(Phase.FILAMENT_SWAP)
    with pytest.raises(WrongState, match="wait for its question"):
        await printing.backend.complete_swap()
    inject(control, QUICK)
    await printing.asked("Nozzle Parked")
    await printing.backend.complete_swap()
    await printing.reach(Phase.READY)


async def test_a_filament_change_that_a_cold_board_leaves_out_is_told(printing: Printing) -> None:
    await printing.start("G28\nM600\nG1 X20 F6000\n")
    await printing.reach(Phase.READY)
    told = [(message.text, message.level) for message in printing.backend.state.messages]
    assert ("Hotend too cold", "warning") in told


async def test_a_pause_in_a_filament_change_comes_after_it(printing: Printing) -> None:
    await printing.start(SWAP)
    await printing.asked("Nozzle Parked")
    await printing.backend.pause()
    await printing.backend.answer_prompt(0)
    await printing.asked("Paused")
    assert printing.backend.state.phase is Phase.FILAMENT_SWAP
    await printing.backend.answer_prompt(1)
    await printing.reach(Phase.PAUSED)
    await printing.backend.resume()
    await printing.reach(Phase.READY)
    lines = await printing.executed(lambda lines: "G1X20F6000" in lines)
    assert lines.index("M600") < lines.index("M400") < lines.index("G1X20F6000")


async def test_resume_takes_back_a_pause_that_was_to_come(
    printing: Printing, control: Path
) -> None:
    inject(control, SLOW)
    await printing.start("M302 P1\nM600\nG1 X20 F6000\n")
    await printing.reach(Phase.FILAMENT_SWAP)
    await printing.backend.pause()
    await printing.backend.resume()
    inject(control, QUICK)
    for question in ("Nozzle Parked", "Paused"):
        await printing.asked(question)
        await printing.backend.resume()
    await printing.reach(Phase.READY)
    assert Phase.PAUSED not in printing.phases


@pytest.mark.parametrize("question", ["", "Nozzle Parked", "Paused"])
async def test_cancel_ends_a_filament_change(printing: Printing, question: str) -> None:
    await cancelled_at(printing, question)


async def test_cancel_ends_a_filament_change_at_which_the_nozzle_has_cooled(tmp_path: Path) -> None:
    async with (
        board(tmp_path, "--speed", "20") as port,
        printer(str(port), tmp_path / "executed") as printing,
    ):
        await cancelled_at(printing, "Heater Timeout")


async def cancelled_at(printing: Printing, question: str) -> None:
    """Cancel a print in its change of filament, where the board asks that."""
    await printing.start(SWAP)
    await printing.reach(Phase.FILAMENT_SWAP)
    if question == "Paused":
        await printing.asked("Nozzle Parked")
        await printing.backend.resume()
    if question:
        await printing.asked(question)
    await printing.backend.cancel()
    await printing.reach(Phase.READY)
    job = printing.backend.state.job
    assert job is not None
    assert job.outcome == "cancelled"
    assert printing.backend.state.prompt is None


async def test_the_emergency_stop_passes_a_filament_change(printing: Printing) -> None:
    await printing.start(SWAP)
    await printing.asked("Nozzle Parked")
    assert (await printing.backend.emergency_stop()).confirmed
    assert printing.backend.state.phase is Phase.ERROR


async def test_a_held_filament_change_is_shown_as_one_and_resumed_from(plain: Printing) -> None:
    await plain.start(SWAP)
    await plain.asked("M600")
    await plain.reach(Phase.FILAMENT_SWAP)
    assert Phase.PAUSED not in plain.phases
    await plain.backend.resume()
    assert plain.backend.state.prompt is None
    await plain.reach(Phase.READY)
    lines = await plain.executed(lambda lines: lines.count("M400") == 2)
    assert "G1X20F6000" in lines
    assert "M600" not in lines


async def test_a_held_filament_change_can_be_cancelled(plain: Printing) -> None:
    await plain.start(SWAP)
    await plain.reach(Phase.FILAMENT_SWAP)
    await plain.backend.cancel()
    await plain.reach(Phase.READY)
    lines = await plain.executed(lambda lines: "M107" in lines)
    assert "G1X20F6000" not in lines


async def test_a_held_command_behind_a_pause_waits_for_its_own_resume(plain: Printing) -> None:
    await plain.start("G4 S20\nM0 look here\nG1 X20 F6000\n")
    await plain.reach(Phase.EXECUTING)
    await plain.backend.pause()
    await plain.reach(Phase.PAUSED)
    assert plain.backend.state.prompt is None
    await plain.backend.resume()
    await plain.asked("look here")
    await plain.reach(Phase.PAUSED)
    await plain.backend.resume()
    await plain.reach(Phase.READY)


FILE = """; made by hand

M302 P1
;LAYER:0
M0 look here
G1 X10 F6000

; the end
"""


async def test_progress_names_the_lines_that_an_editor_shows(plain: Printing) -> None:
    await plain.start(FILE)
    await plain.reach(Phase.PAUSED)
    assert progress(plain) == (3, 8, 1, 3)
    await plain.backend.resume()
    await plain.reach(Phase.READY)
    assert progress(plain) == (8, 8, 3, 3)


def progress(printing: Printing) -> tuple[int, int, int, int]:
    job = printing.backend.state.job
    assert job is not None
    return job.line, job.lines, job.command, job.commands
