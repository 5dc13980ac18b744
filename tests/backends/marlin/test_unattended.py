"""Heaters of a whole backend that nobody looks after, on a clock that is a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.backends.marlin.heaters import BED, heated
from gbterm.config import Heaters
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

HEAD = ["M140 S50", "M104 S200", "M190 S50", "M109 S200", "G28", "G92 E0"]
MOVES = [f"G1X{x}F6000" for x in range(10)]
AFTER = [f"G1Y{y}F6000" for y in range(1, 40)]
OFF = {"M104 T0 S0", "M140 S0"}


class Story:
    """A print on a board without time, and what was turned off when, in s after a question."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, variant: str = "plain") -> None:
        self.house = VirtualHouse(monkeypatch, variant)
        self.backend, self._path = self.house.backend, path

    async def start(self, *lines: str) -> None:
        self._path.write_text("\n".join([*HEAD, *lines]) + "\n")
        await self.backend.connect()
        await self.backend.start_job(self._path, self._path.name)

    async def until(self, what: Callable[[], bool], limit_s: float = 900) -> float:
        """Let time pass until something is so; when that was."""
        await self.house.until(what, limit_s)
        return self.house.loop.time()

    async def reach(self, phase: Phase, limit_s: float = 900) -> float:
        return await self.until(lambda: self.backend.state.phase is phase, limit_s)

    async def off(self, name: str, limit_s: float = 2000) -> float:
        return await self.until(lambda: name not in self.on, limit_s)

    async def pass_time(self, seconds: float) -> None:
        end = self.house.loop.time() + seconds
        await self.until(lambda: self.house.loop.time() >= end, seconds + 1)

    @property
    def on(self) -> list[str]:
        return [heater.name for heater in heated(self.backend.state)]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.house.executed]

    def said(self, part: str) -> int:
        return sum(part in message.text for message in self.backend.state.messages)


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Story:
    return Story(monkeypatch, tmp_path / "j.gcode")


def test_a_question_without_an_answer_lets_the_heaters_cool_and_the_answer_heats_them_first(
    story: Story,
) -> None:
    async def tell() -> None:
        await story.start(*MOVES, "M0 Put the magnet in", *AFTER)
        asked = await story.reach(Phase.PAUSED)
        assert 600 <= await story.off("nozzle 1") - asked <= 605
        assert "the bed" in story.on
        assert 1800 <= await story.off("the bed") - asked <= 1805
        assert story.said("heaters go off unless you go on: nozzle 1 in 10 min, the bed in 30 min.")
        before = len(story.texts)
        await story.backend.answer_prompt(0)
        assert story.backend.state.phase is Phase.RESUMING
        await story.reach(Phase.READY, 3000)
        said = [text for text in story.texts[before:] if text[:4] not in ("M105", "M114")]
        assert said[:3] == ["M190 S50", "M104 T0 S200", "M109 T0 S200"]
        assert [text for text in said if text.startswith("G1")] == AFTER

    story.house.run(tell())


def test_whoever_answers_in_time_heats_nothing_anew(story: Story) -> None:
    async def tell() -> None:
        await story.start(*MOVES, "M0 Put the magnet in", *AFTER)
        await story.reach(Phase.PAUSED)
        await story.pass_time(590)
        await story.backend.answer_prompt(0)
        await story.reach(Phase.READY)
        assert OFF.isdisjoint(story.texts)
        assert sum(text.startswith("M109") for text in story.texts) == 1

    story.house.run(tell())


async def change_to_petg(story: Story) -> None:
    """In a change of filament that waits for somebody."""
    await story.start(*MOVES * 5, *AFTER)
    await story.until(lambda: "G1X5F6000" in story.texts)
    await story.backend.begin_swap()
    await story.reach(Phase.FILAMENT_SWAP)
    await story.backend.set_temperature(nozzles={0: 240}, bed=80)
    await story.until(lambda: heated(story.backend.state)[BED] == 80)


def heated_again(story: Story, before: int) -> list[str]:
    return [text for text in story.texts[before:] if text[:4] in ("M104", "M109", "M140", "M190")]


PETG = ["M190 S80", "M104 T0 S240", "M109 T0 S240"]


@pytest.mark.parametrize("by", ["nobody", "a person", "the board"])
def test_a_filament_that_was_changed_is_heated_as_it_was_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by: str
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "single")

    async def tell() -> None:
        await change_to_petg(story)
        if by == "a person":
            await story.backend.set_temperature(nozzles={0: 0}, bed=0)
        elif by == "the board":
            # What HOTEND_IDLE_TIMEOUT does.
            for heater in story.house.heaters:
                heater.set_target(0, story.house.loop.time())
        await story.until(lambda: not story.on, 2000)
        before = len(story.texts)
        await story.backend.complete_swap()
        await story.reach(Phase.READY, 3000)
        assert heated_again(story, before)[:3] == PETG
        assert [text for text in story.texts if text.startswith("G1Y")] == AFTER

    story.house.run(tell())


def test_a_pause_at_an_unknown_place_is_heated_again_before_it_goes_on(story: Story) -> None:
    async def tell() -> None:
        await story.start(*MOVES * 5, *AFTER)
        await story.until(lambda: "G1X5F6000" in story.texts)
        assert story.backend.job is not None
        story.backend.job.pause("A damaged line may have run.", is_place_sure=False)
        paused = await story.reach(Phase.PAUSED)
        assert story.backend.job.rest is None
        assert 600 <= await story.off("nozzle 1") - paused <= 605
        await story.off("the bed")
        before = len(story.texts)
        await story.backend.resume()
        await story.reach(Phase.READY, 3000)
        assert heated_again(story, before)[:3] == ["M190 S50", "M104 T0 S200", "M109 T0 S200"]

    story.house.run(tell())


def test_a_file_that_turned_a_heater_off_finds_it_off_after_a_pause(story: Story) -> None:
    async def tell() -> None:
        await story.start(*MOVES, "M140 S0", "M0 Take it off", *AFTER)
        await story.reach(Phase.PAUSED)
        await story.off("nozzle 1")
        before = len(story.texts)
        await story.backend.answer_prompt(0)
        await story.reach(Phase.READY, 3000)
        assert heated_again(story, before)[:2] == ["M104 T0 S200", "M109 T0 S200"]

    story.house.run(tell())


def test_a_board_is_told_to_halt_when_idle_only_where_that_is_configured(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        assert not any(text.startswith("M85") for text in story.texts)
        halts = Heaters(board_halts_idle_after_min=45)
        story.backend.profile = replace(story.backend.profile, heaters=halts)
        await story.backend.reconnect()
        assert "M85 S2700" in story.texts

    story.house.run(tell())


@pytest.mark.parametrize("is_there", [True, False])
def test_a_pause_that_its_user_wished_counts_while_nobody_is_connected(
    story: Story, is_there: bool
) -> None:
    """From its begin on, though they may have left hours before, as who pauses by a script."""

    async def tell() -> None:
        await story.start(*MOVES * 50)
        await story.until(lambda: "G1X5F6000" in story.texts)
        await story.backend.pause()
        await story.reach(Phase.PAUSED)
        story.backend.unattended.alone_since = lambda: None if is_there else -7200.0
        await story.pass_time(590)
        assert story.on == ["nozzle 1", "the bed"]
        await story.pass_time(30)
        assert ("nozzle 1" in story.on) is is_there
        await story.backend.resume()
        await story.reach(Phase.EXECUTING)
        assert sum(text.startswith("M109") for text in story.texts) == 1 + (not is_there)

    story.house.run(tell())


def test_a_printer_that_is_hot_and_all_alone_cools(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        story.backend.unattended.alone_since = lambda: 0.0
        await story.backend.set_temperature(nozzles={0: 200}, bed=60)
        began = await story.until(lambda: len(story.on) == 2)
        assert 599 <= await story.off("nozzle 1") - began <= 605
        assert 1799 <= await story.off("the bed") - began <= 1805
        assert story.said("Nobody is connected: nozzle 1 was turned off, its target was 200 °C.")

    story.house.run(tell())


@pytest.mark.parametrize("variant", ["plain", "default"])
@pytest.mark.parametrize("was_restarted", [False, True])
def test_a_printer_that_a_display_moves_by_itself_stays_hot_until_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str, was_restarted: bool
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", variant)

    async def tell() -> None:
        await story.backend.connect()
        story.backend.unattended.alone_since = lambda: 0.0
        story.house.board.display("M104 S200")
        await story.until(lambda: story.on == ["nozzle 1"])
        if was_restarted:
            story.backend.unattended.left_hot_at = story.house.loop.time()
        for x in range(60):
            story.house.board.display(f"G1 X{x} F6000")
            await story.pass_time(30)
        stands = story.house.loop.time()
        assert story.on == ["nozzle 1"]
        assert story.said("heaters go off unless") <= 1
        assert 560 <= await story.off("nozzle 1") - stands <= 605

    story.house.run(tell())


def test_a_print_that_is_all_alone_is_left_alone(story: Story) -> None:
    async def tell() -> None:
        story.backend.unattended.alone_since = lambda: 0.0
        await story.start(*["G4 S200", "G1X5", "G1X6"] * 6)
        await story.until(lambda: story.texts.count("G1X6") == 5, 3000)
        assert story.on == ["nozzle 1", "the bed"]

    story.house.run(tell())


def test_a_board_that_changes_filament_itself_is_told_nothing_behind_its_question(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "default")

    async def tell() -> None:
        await story.start(*MOVES, "M600", *AFTER)
        await story.reach(Phase.FILAMENT_SWAP)
        await story.until(lambda: story.said("can't be turned off while the board waits") > 0, 2500)
        assert OFF.isdisjoint(story.texts)
        sent = b"".join(data for _, data in story.house.sent)
        assert b"M140 S0" not in sent

    story.house.run(tell())


def test_giving_up_a_print_that_a_crash_ended_turns_off_what_it_left_on(story: Story) -> None:
    async def tell() -> None:
        await story.start(*MOVES * 50)
        await story.until(lambda: "G1X5F6000" in story.texts)
        story.backend.job_failed("It was lost.")
        await story.backend.reconnect()
        await story.backend.set_temperature(nozzles={0: 200}, bed=60)
        await story.until(lambda: len(story.on) == 2)
        story.backend.unattended.left_hot_at = story.house.loop.time()
        await story.backend.cancel()
        await story.until(lambda: story.on == [], 5)

    story.house.run(tell())
