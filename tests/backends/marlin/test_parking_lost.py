"""A print that is lost while its head is aside, on its way there, or on its way back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm import events
from gbterm.errors import NeedsConfirmation, WrongState
from gbterm.host.journal import Entry
from gbterm.host.noting import Noting
from gbterm.model import Phase, PrinterState, Prompt
from tests.backends.marlin.paused import LOW, Pause

PURGE = Prompt("Paused", ("PurgeMore", "Continue"))


class Lost(Pause):
    """Its board may be reset; `lost_mm` is by how much the nozzle is higher than it says then."""

    lost_mm = 0.0

    @property
    def nozzle_mm(self) -> float:
        now = self.house.loop.time()
        return self.house.board.machine.planner.where(now)[2] + self.lost_mm

    async def lose_and_reconnect(self) -> None:
        self.lost_mm = self.nozzle_mm
        self.house.board.reset()
        await self.reach(Phase.ERROR)
        await self.backend.reconnect()

    def on_move(self, _from_mm: float, to_mm: float) -> None:
        if self.lost_mm:
            assert to_mm + self.lost_mm > 0.39

    async def come_to(self, moment: str) -> None:
        backend, texts = self.backend, self.texts
        if moment == "on the way aside":
            await backend.pause()
            await self.house.until(lambda: self.nozzle_mm > 5, 60)
            return
        await backend.pause()
        await self.reach(Phase.PAUSED)
        if moment == "on the way back":
            await backend.resume()
            await self.house.until(lambda: self.nozzle_mm < 15, 60)
            assert "G1 Z0.400 F600" in texts()


@pytest.mark.parametrize("moment", ["on the way aside", "aside", "on the way back"])
def test_a_print_whose_board_was_reset_goes_on_at_its_height_and_may_be_paused_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str
) -> None:
    pause = Lost(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        backend = pause.backend
        await pause.print_until()
        await pause.come_to(moment)
        stood = pause.nozzle_mm
        await pause.lose_and_reconnect()
        point = await backend.resume_point()
        assert point.z_mm - 0.01 <= stood <= point.highest_mm + 0.01
        with pytest.raises(NeedsConfirmation, match="measure and give its height"):
            await backend.resume_job()
        if moment == "aside":
            assert point.z_mm == point.highest_mm == 20.4
            await backend.resume_job(confirmed=True)
        else:
            await backend.resume_job(z_mm=round(stood, 3))
        assert backend.state.phase is Phase.RESUMING
        await backend.pause()
        await pause.reach(Phase.PAUSED)
        at = backend.state.position
        assert (at.x, at.y) == (10.0, 190.0)
        # The board wants Z homed before it parks by itself: that asks nothing of a person.
        assert "G27" in pause.texts()
        assert backend.state.homing_demanded == ""
        assert pause.nozzle_mm == pytest.approx(20.4, abs=0.01)
        await pause.go_on()

    before = len(pause.drawn)
    pause.house.run(story())
    assert before == 0
    homings = [text for text in pause.texts() if text.startswith("G28")]
    assert homings == ["G28", "G28 X Y"]
    wanted = [(float(x), 0.4) for x in range(21, 80)]
    drawn = [move for move in pause.drawn if move[6] == pytest.approx(0.1)]
    since = next(i for i, move in enumerate(drawn) if move[2] != 0.4)
    heights = [move[5] + (pause.lost_mm if i >= since else 0) for i, move in enumerate(drawn)]
    assert [move[3] for move in drawn] == [x for x, _ in wanted]
    assert heights == pytest.approx([z for _, z in wanted], abs=0.01)


class Journaled(Pause):
    """Its journal is on the disk after `disk_s`; `wrong` is where it was not true of the nozzle.

    Who goes up by hand, or beside a hot part on a slow disk, does not wait for it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, disk_s: float) -> None:
        super().__init__(monkeypatch, folder, LOW)
        self.on_disk = Entry()
        self.wrong: list[str] = []
        self.seen = 0
        self._disk_s = disk_s

    @property
    def stands_mm(self) -> tuple[float, ...]:
        """Between which heights the journal has the nozzle."""
        return (self.on_disk.trail.stands_mm if self.on_disk.trail else ()) or (0.4,)

    def on_move(self, from_mm: float, to_mm: float) -> None:
        phase = self.backend.state.phase
        if from_mm == to_mm or phase is Phase.EXECUTING or not self.drawn:
            return
        self.seen += 1
        is_low = min(from_mm, to_mm) < min(self.stands_mm) - 0.001
        is_high = max(from_mm, to_mm) > max(self.stands_mm)
        if is_low or (is_high and self._disk_s < 2 and phase is not Phase.PAUSED):
            self.wrong.append(f"{from_mm} to {to_mm}, noted {self.stands_mm}")

    def keep_journal(self) -> None:
        """From now on, as a printer process does."""
        noting = Noting(self.backend, Entry())

        def write(entry: Entry) -> None:
            self.on_disk = entry
            noting.written(entry)

        def put(event: events.Event, state: PrinterState) -> None:
            if isinstance(event, events.JobChanged):
                self.house.loop.call_later(self._disk_s, write, noting.entry(state))

        self.backend.subscribe(put)


@pytest.mark.parametrize("disk_s", [0.5, 5.0])
def test_the_nozzle_is_never_lower_than_the_journal_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, disk_s: float
) -> None:
    pause = Journaled(monkeypatch, tmp_path, disk_s)

    async def story() -> None:
        pause.keep_journal()
        await pause.begin()
        await pause.house.until(lambda: pause.stands_mm == (20.4, 20.4), 60)
        await pause.go_on()

    pause.house.run(story())
    assert pause.wrong == []
    assert pause.seen >= 2


@pytest.mark.parametrize("disk_s", [0.5, 5.0])
def test_nor_where_somebody_moves_it_down_in_a_pause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, disk_s: float
) -> None:
    pause = Journaled(monkeypatch, tmp_path, disk_s)

    async def story() -> None:
        backend = pause.backend
        pause.keep_journal()
        await pause.begin()
        await backend.move(z=-15, rate_mm_s=2)
        await backend.move(x=5, z=-2)
        await backend.move(z=1, relative=False)
        assert min(pause.stands_mm) == 1
        await backend.send_gcode("G1 Z60\nG91\nG1 Z-3\nG0 X1")
        await backend.home("x")
        await backend.send_gcode("G90\nG1 Z50\nG20\nG1 X1 Z0.1", wait=False)
        await backend.move(x=1)
        await pause.house.until(lambda: backend.core.is_drained, 900)
        assert backend.state.position.z == 2.54
        assert pause.seen == 9
        await pause.go_on()

    pause.house.run(story())
    assert pause.wrong == []
    assert [move[3] for move in pause.drawn] == [float(x) for x in range(21, 80)]


def test_who_moves_it_down_just_as_the_print_goes_on_moves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Journaled(monkeypatch, tmp_path, 5.0)

    async def story() -> None:
        backend = pause.backend
        pause.keep_journal()
        await pause.begin()
        await pause.house.until(lambda: pause.stands_mm == (20.4, 20.4), 60)
        move = asyncio.ensure_future(backend.move(z=-15))
        await asyncio.sleep(1)
        await backend.resume()
        with pytest.raises(WrongState, match="can't move"):
            await move
        await pause.reach(Phase.READY)

    pause.house.run(story())
    assert pause.wrong == []
    assert not [move for move in pause.moves if move[1][2] == pytest.approx(5.4)]


@pytest.mark.parametrize("ending", ["reset", "stopped and reconnected"])
@pytest.mark.parametrize("moment", ["aside", "back", "back to a lost one"])
def test_a_way_that_waits_for_the_journal_ends_with_its_print(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str, ending: str
) -> None:
    """The board does not know where it is any more: a move would go anywhere."""
    pause = Journaled(monkeypatch, tmp_path, 5.0)
    asked: list[float] = []

    async def slow(within_s: float) -> None:
        asked.append(within_s)
        await asyncio.sleep(within_s)

    async def story() -> None:
        backend = pause.backend
        await pause.print_until()
        if moment == "back to a lost one":
            pause.house.board.reset()
            await pause.reach(Phase.ERROR)
            await backend.reconnect()
            backend.journal = slow
            await backend.resume_job(confirmed=True)
        elif moment == "back":
            await backend.pause()
            await pause.reach(Phase.PAUSED)
            backend.journal = slow
            await backend.resume()
        else:
            backend.journal = slow
            await backend.pause()
        await pause.house.until(lambda: bool(asked), 900)
        pause.moves.clear()
        phase = Phase.ERROR
        if ending == "reset":
            pause.house.board.reset()
            await pause.reach(Phase.ERROR)
        else:
            await backend.emergency_stop()
            pause.house.board.reset()
            await backend.reconnect()
            phase = Phase.READY
        await asyncio.sleep(60)
        assert backend.state.phase is phase
        assert pause.moves == []
        assert backend.state.nozzles[0].target == 0

    pause.house.run(story())


def test_what_the_pause_pulled_back_is_pushed_again_with_what_primes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where it is lost once more before that."""
    pause = Lost(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        backend = pause.backend
        await pause.print_until()
        await pause.come_to("aside")
        for _ in range(2):
            await pause.lose_and_reconnect()
            await backend.resume_job(confirmed=True)
            assert backend.state.phase is Phase.RESUMING
        await pause.reach(Phase.READY)

    pause.house.run(story())
    texts = pause.texts()
    assert "G1 E-2 F2400" in texts
    assert [text for text in texts if text.startswith("G1 E") and "F180" in text] == ["G1 E5 F180"]


def test_a_board_that_is_lost_in_its_own_change_of_filament_had_lifted_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Lost(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        backend = pause.backend
        await pause.print_until()
        await backend.begin_swap()
        await pause.house.until(lambda: backend.state.prompt is not None, 300)
        stood = pause.nozzle_mm
        assert stood > 19
        await pause.lose_and_reconnect()
        point = await backend.resume_point()
        assert point.z_mm == 0.4
        assert point.highest_mm > stood
        assert "measure and give its height" in point.question
        await backend.resume_job(z_mm=round(stood, 3))
        await pause.reach(Phase.READY)

    pause.house.run(story())
    heights = [move[5] + pause.lost_mm * (move[2] < 0) for move in pause.drawn]
    assert max(heights) < 1


@pytest.mark.parametrize("lost", [True, False])
def test_a_board_that_changed_the_filament_in_a_pause_puts_it_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lost: bool
) -> None:
    pause = Lost(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        backend = pause.backend
        await pause.print_until()
        await pause.come_to("aside")
        await backend.begin_swap()
        await pause.house.until(lambda: backend.state.prompt is not None, 300)
        stood = pause.nozzle_mm
        if not lost:
            await backend.answer_prompt(0)
            await pause.house.until(lambda: backend.state.prompt == PURGE, 300)
            await backend.answer_prompt(1)
            await pause.reach(Phase.PAUSED)
            stood = pause.nozzle_mm
        await pause.lose_and_reconnect()
        point = await backend.resume_point()
        assert point.z_mm - 0.01 <= stood <= point.highest_mm + 0.01
        assert (point.z_mm == point.highest_mm) is not lost

    pause.house.run(story())
