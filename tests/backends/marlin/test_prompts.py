"""Questions of a change of filament while M600 has no ok yet, on each kind of board."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.model import Phase
from gbterm.simulator.variants import DEFAULT, VARIANTS
from tests.backends.marlin.virtual import VirtualHouse

ASKS_ITSELF = ("default", "big", "plain")
"""With an emergency parser and host prompts: M600 is the board's."""
PARSER_ONLY = replace(DEFAULT, name="parser only", host_prompts=False)
PROMPTS_ONLY = replace(DEFAULT, name="prompts only", emergency_parser=False)
HOST_ASKS = (PARSER_ONLY.name, PROMPTS_ONLY.name, "single")
"""Nothing could be answered there while M600 waits, so that the host holds it."""

BEFORE = [f"G1X{x}F6000" for x in range(10)]
AFTER = [f"G1Y{y}F6000" for y in range(1, 40)]
QUESTIONS = {"default": ("Nozzle Parked", "Paused"), "held": ("M600",)}


class Swap:
    """A print with a change of filament in it, on a board without time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variant: str, path: Path) -> None:
        for made in (PARSER_ONLY, PROMPTS_ONLY):
            monkeypatch.setitem(VARIANTS, made.name, made)
        self.house = VirtualHouse(monkeypatch, variant, heat_speed=10.0)
        self.backend, self._path = self.house.backend, path
        self.questions = QUESTIONS["default" if variant in ASKS_ITSELF else "held"]
        self.by_board = variant in ASKS_ITSELF

    async def start(self) -> None:
        lines = ["M302 P1", "M104 S200", "M140 S50", "G28", *BEFORE, "M600", *AFTER]
        self._path.write_text("\n".join(lines) + "\n")
        await self.backend.connect()
        await self.backend.start_job(self._path, self._path.name)

    async def asked(self, text: str) -> None:
        """Let time pass until that is asked, and see that M600 is still open."""

        def is_asked() -> bool:
            state = self.backend.state
            asked = state.prompt is not None and text in state.prompt.text
            return asked and state.phase is Phase.FILAMENT_SWAP

        await self.house.until(is_asked, 300)
        assert self.backend.core.is_changing_filament is self.by_board
        assert self.moves()[len(BEFORE) :] == []

    async def answered_up_to(self, question: str) -> None:
        """Go on at every question before that one."""
        for text in self.questions[: self.questions.index(question)]:
            await self.asked(text)
            await self.go_on()
        await self.asked(question)

    async def go_on(self) -> None:
        prompt = self.backend.state.prompt
        assert prompt is not None
        await self.backend.answer_prompt(prompt.choices.index("Continue"))

    async def ended(self) -> str:
        """Let the print end in READY; how it did."""
        await self.house.until(lambda: self.backend.state.phase is Phase.READY, 300)
        job = self.backend.state.job
        assert job is not None
        assert self.backend.state.prompt is None
        return job.outcome

    def moves(self) -> list[str]:
        return [text for _, text in self.house.executed if text.startswith("G1")]

    def sent(self, word: bytes) -> int:
        return sum(data.count(word) for _, data in self.house.sent)


boards = pytest.mark.parametrize("variant", [*ASKS_ITSELF, *HOST_ASKS])
questions = pytest.mark.parametrize("nth", [0, -1], ids=["first question", "last question"])


@pytest.fixture
def swap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str) -> Swap:
    return Swap(monkeypatch, variant, tmp_path / "j.gcode")


@boards
def test_its_questions_are_shown_and_answered_past_the_queue_and_the_print_goes_on_whole(
    swap: Swap, variant: str
) -> None:
    async def story() -> None:
        await swap.start()
        await swap.answered_up_to(swap.questions[-1])
        await swap.go_on()
        assert await swap.ended() == "finished"

    swap.house.run(story())
    assert swap.moves() == BEFORE + AFTER
    executed = [text for _, text in swap.house.executed]
    assert executed.count("M600") == (variant in ASKS_ITSELF)
    assert bool(swap.sent(b"M876")) is (variant in ASKS_ITSELF)


@boards
@questions
def test_a_cancel_at_a_question_ends_the_print_cold_and_without_another_move(
    swap: Swap, variant: str, nth: int
) -> None:
    async def story() -> None:
        await swap.start()
        await swap.answered_up_to(swap.questions[nth])
        await swap.backend.cancel()
        assert await swap.ended() == "cancelled"

    swap.house.run(story())
    assert swap.moves() == BEFORE
    assert not any(heater.target for heater in swap.house.heaters)


@boards
@questions
def test_an_emergency_stop_at_a_question_is_confirmed_and_takes_the_question_back(
    swap: Swap, variant: str, nth: int
) -> None:
    async def story() -> None:
        await swap.start()
        await swap.answered_up_to(swap.questions[nth])
        assert (await swap.backend.emergency_stop()).confirmed
        assert swap.backend.state.phase is Phase.ERROR
        assert swap.backend.state.prompt is None

    swap.house.run(story())
    assert swap.moves() == BEFORE


@pytest.mark.parametrize("variant", ASKS_ITSELF)
@questions
def test_an_answer_that_was_lost_on_the_cable_is_given_again_and_costs_no_line(
    swap: Swap, variant: str, nth: int
) -> None:
    async def story() -> None:
        await swap.start()
        await swap.answered_up_to(swap.questions[nth])
        swap.house.tamper = lambda towards, data: b"" if b"M876" in data else data
        await swap.go_on()
        await swap.asked(swap.questions[nth])
        swap.house.tamper = lambda _towards, data: data
        for text in swap.questions[nth:]:
            await swap.asked(text)
            await swap.go_on()
        assert await swap.ended() == "finished"

    swap.house.run(story())
    assert swap.moves() == BEFORE + AFTER


@pytest.mark.parametrize("variant", ASKS_ITSELF)
def test_an_m108_from_somebody_else_answers_the_first_question_and_costs_no_line(
    swap: Swap, variant: str
) -> None:
    async def story() -> None:
        await swap.start()
        await swap.asked(swap.questions[0])
        swap.house.board.receive(b"M108\n", swap.house.loop.time())
        await swap.asked(swap.questions[-1])
        await swap.go_on()
        assert await swap.ended() == "finished"

    swap.house.run(story())
    assert swap.moves() == BEFORE + AFTER
