"""A machine that shuts down in mid-print: heaters off within 5 s, on a clock that is a number."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.errors import PrinterError, WrongState
from gbterm.host.ending import Ending
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

OFF_WITHIN_S, CONFIRMED_S = 5.0, 1.5
HEAD = ["M140 S60", "M104 S210", "G28", "G92 E0"]
SHORT = [f"G1X{x % 50}F6000" for x in range(4000)]
LONG = [f"G1X{x % 2 * 100}F600" for x in range(100)]


class Shutdown:
    """A print on a board without time, and a signal in the middle of it."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        path: Path,
        variant: str = "default",
        *,
        answers_after_s: float = 0.5,
        is_stopping: bool = True,
    ) -> None:
        self.house = VirtualHouse(monkeypatch, variant)
        self.backend, self._path = self.house.backend, path
        self.ended_at: float | None = None

        async def ask() -> bool:
            await asyncio.sleep(answers_after_s)
            return is_stopping

        self.ending = Ending(self.backend, self._end, ask)

    def _end(self) -> None:
        self.ended_at = self.house.loop.time()

    async def start(self, *lines: str) -> None:
        self._path.write_text("\n".join([*HEAD, *lines]) + "\n")
        await self.backend.connect()
        await self.backend.start_job(self._path, self._path.name)
        await self.house.until(lambda: self.targets[-1] == 60, 60)

    async def until_sent(self, text: str) -> None:
        await self.house.until(lambda: text in self.texts, 900)

    async def signal(self) -> float:
        """Tell it to end; after how many seconds every heater of the board was off."""
        at = self.house.loop.time()
        self.ending.on_signal()
        await self.house.until(lambda: not any(self.targets), 60)
        off_after_s = self.house.loop.time() - at
        await self.house.until(lambda: self.ended_at is not None, 60)
        return off_after_s

    async def end(self) -> float:
        """Tell it to end; after how many seconds it did."""
        at = self.house.loop.time()
        self.ending.on_signal()
        await self.house.until(lambda: self.ended_at is not None, 60)
        assert self.ended_at is not None
        return self.ended_at - at

    @property
    def targets(self) -> list[float]:
        board = self.house.board
        return [*(hotend.target for hotend in board.heaters.hotends), board.heaters.bed.target]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.house.executed]

    @property
    def was_halted(self) -> bool:
        return any(b"M112" in data for _, data in self.house.sent)


@pytest.mark.parametrize("variant", ["default", "single"])
@pytest.mark.parametrize("answers_after_s", [0.0, 1.4])
def test_a_board_that_answers_is_not_halted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str, answers_after_s: float
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode", variant, answers_after_s=answers_after_s)

    async def tell() -> None:
        await story.start(*SHORT)
        await story.until_sent("G1X40F6000")
        assert await story.signal() <= OFF_WITHIN_S
        assert not story.was_halted
        assert story.backend.lost is not None

    story.house.run(tell())


ENDED = {
    "heating": ("M109 S210", SHORT),
    "long moves": ("G1X0F600", LONG),
    "a question": ("M0 Put the magnet in", SHORT),
}
HALTED = {
    "a dwell": ("G4 S600", SHORT),
    "a change of filament": ("M600", SHORT),
}


async def wait_in(story: Shutdown, line: str, after: list[str]) -> None:
    """Let the print come to `line`, which it waits in."""
    await story.start(*SHORT[:20], line, *after)
    if line.startswith("M0 "):
        await story.house.until(lambda: story.backend.state.phase is Phase.PAUSED, 900)
    else:
        await story.until_sent(line)


@pytest.mark.parametrize("what", ENDED)
def test_what_a_board_waits_for_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")

    async def tell() -> None:
        await wait_in(story, *ENDED[what])
        assert await story.signal() <= OFF_WITHIN_S
        assert not story.was_halted
        assert story.backend.lost is not None

    story.house.run(tell())


@pytest.mark.parametrize("what", HALTED)
def test_a_board_that_hears_nothing_else_is_halted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode", answers_after_s=1.4)

    async def tell() -> None:
        await wait_in(story, *HALTED[what])
        assert await story.signal() <= OFF_WITHIN_S
        assert story.backend.has_halted
        assert story.backend.lost is not None

    story.house.run(tell())


def test_a_print_that_is_being_cancelled_is_not_offered_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")
    story.backend.profile = replace(story.backend.profile, cancel_gcode=("G28", "G4 S90"))

    async def tell() -> None:
        await story.start(*SHORT)
        await story.backend.cancel()
        await story.until_sent("G28")
        await story.signal()
        assert story.backend.lost is None
        assert story.backend.state.job is not None
        assert story.backend.state.job.outcome == "cancelled"
        assert not any(story.targets)

    story.house.run(tell())


def test_a_board_that_is_dead_does_not_hold_up_the_shutdown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")

    async def tell() -> None:
        await wait_in(story, "G1X0F600", LONG)
        story.house.tamper = lambda _towards, _data: b""
        assert await story.end() <= OFF_WITHIN_S + CONFIRMED_S
        assert story.backend.lost is not None

    story.house.run(tell())


def test_a_cable_that_is_out_does_not_hold_up_the_shutdown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")

    async def tell() -> None:
        await wait_in(story, "G1X0F600", LONG)
        story.house.unplug()
        assert await story.end() <= OFF_WITHIN_S
        assert story.backend.lost is not None

    story.house.run(tell())


def test_systemd_that_answers_late_still_stops_the_print_and_halts_no_board(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode", answers_after_s=12)

    async def tell() -> None:
        await wait_in(story, "G1X0F600", LONG)
        assert await story.signal() <= 12 + OFF_WITHIN_S
        assert not story.was_halted

    story.house.run(tell())


def test_the_end_of_a_service_leaves_the_print_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode", is_stopping=False)

    async def tell() -> None:
        await story.start(*SHORT)
        story.ending.on_signal()
        await story.house.until(lambda: story.backend.state.phase is Phase.READY, 900)
        assert [text for text in story.texts if text.startswith("G1")] == SHORT
        assert story.ended_at is None

    story.house.run(tell())


@pytest.mark.parametrize("variant", ["default", "plain"])
@pytest.mark.parametrize("does", ["M109 S250", "G4 S600"])
def test_a_board_that_is_too_busy_to_be_greeted_is_left_with_its_heaters_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str, does: str
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode", variant)

    async def tell() -> None:
        connecting = await greeted_while_it(story, does)
        # As of a process before this one, by its journal.
        story.backend.unattended.left_hot_at = story.house.loop.time()
        assert await story.signal() <= OFF_WITHIN_S
        assert story.was_halted == (does == "G4 S600")
        connecting.cancel()

    story.house.run(tell())


def test_a_board_that_is_just_being_greeted_is_left_with_its_heaters_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")

    async def tell() -> None:
        for line in ("M104 S210", "M140 S60"):
            story.house.board.display(line)
        connecting = asyncio.create_task(story.backend.connect())
        await asyncio.sleep(0.1)
        assert story.backend.state.phase is Phase.CONNECTING
        assert await story.signal() <= OFF_WITHIN_S
        assert not story.was_halted
        await connecting

    story.house.run(tell())


def test_a_silent_board_is_not_halted_where_nothing_tells_that_it_is_hot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")

    async def tell() -> None:
        story.house.tamper = lambda towards, data: b"" if towards == "host" else data
        connecting = asyncio.create_task(story.backend.connect())
        await asyncio.sleep(5)
        assert await story.end() <= OFF_WITHIN_S
        assert not story.was_halted
        connecting.cancel()

    story.house.run(tell())


async def greeted_while_it(story: Shutdown, does: str) -> asyncio.Task[None]:
    """Begin to connect to a board that is hot and busy, as a print that was lost leaves it."""
    for line in ("M140 S60", "M104 S210", does):
        story.house.board.display(line)
    connecting = asyncio.create_task(story.backend.connect())
    await asyncio.sleep(6)
    assert story.backend.state.phase is Phase.CONNECTING
    assert (story.targets[0] >= 210, story.targets[-1]) == (True, 60)
    return connecting


async def tuned(story: Shutdown) -> asyncio.Task[object]:
    await story.backend.connect()
    task = asyncio.create_task(story.backend.tune_pid("nozzle1", 200, 12, confirmed=True))
    await story.house.until(lambda: story.house.heaters[0].reading > 150, 900)
    return task


@pytest.mark.parametrize("by", ["signal", "order"])
def test_a_heater_that_is_tuned_is_off_before_the_process_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by: str
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode")

    async def tell() -> None:
        await tuned(story)
        if by == "signal":
            assert await story.end() <= OFF_WITHIN_S
        else:
            await story.ending.shut_down(force=False)
        assert not story.house.heaters[0].tuned_for
        assert not story.was_halted

    story.house.run(tell())


def test_a_board_that_can_not_end_a_tuning_is_left_by_force_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Shutdown(monkeypatch, tmp_path / "j.gcode", "single")

    async def tell() -> None:
        task = await tuned(story)
        with pytest.raises(WrongState, match="did not confirm that its heaters are off"):
            await story.ending.shut_down(force=False)
        with pytest.raises(PrinterError, match="CUT THE POWER"):
            await story.ending.shut_down(force=True)
        with pytest.raises(PrinterError, match="Emergency stop"):
            await task

    story.house.run(tell())
