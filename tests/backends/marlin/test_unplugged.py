"""A cable that is pulled and put in again, whatever the printer is doing then."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.marlin.unplugged import STOPPED_AWAY
from gbterm.errors import WrongState
from gbterm.model import Phase
from gbterm.serial_names import device_of
from tests.backends.marlin.printing import board, inject, printer
from tests.backends.marlin.virtual import VirtualHouse

MOVES = [f"G1X{x}Y{x}F1200" for x in range(1, 121)]


class Story:
    """A print whose cable is pulled; `run` what happens then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, **house: Any) -> None:
        self.house = VirtualHouse(monkeypatch, "default", heat_speed=10.0, **house)
        self.backend = self.house.backend
        self._path = path / "j.gcode"

    async def start(self, *commands: str) -> None:
        """Print `commands`, or else the moves."""
        await self.backend.connect()
        self._path.write_text("\n".join(commands or MOVES) + "\n")
        await self.backend.start_job(self._path, self._path.name)

    async def under_way(self) -> None:
        """Print some moves."""
        await self.start()
        await self.house.until(lambda: len(self.moves()) > 20, 400)

    async def out_for(self, seconds: float) -> None:
        """Pull the cable for so long."""
        self.house.unplug()
        await self.passes(seconds)
        self.house.plug_in()

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        end = self.house.loop.time() + seconds
        await self.house.until(lambda: self.house.loop.time() >= end, seconds + 1)

    async def reach(self, phase: Phase, limit_s: float = 400.0) -> None:
        """Wait until the printer is in `phase`."""
        try:
            await self.house.until(lambda: self.backend.state.phase is phase, limit_s)
        except TimeoutError:
            raise AssertionError(f"{self.house.phases[-6:]}") from None

    def run(self, tell: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Tell it, and close the port."""

        async def story() -> None:
            await tell()
            await self.backend.close()

        self.house.run(story())

    def moves(self) -> list[str]:
        """What the board executed of MOVES."""
        return [text for _, text in self.house.executed if text in MOVES]

    @property
    def entered(self) -> list[Phase]:
        """The phases, one after the other."""
        return [phase for phase, _ in self.house.phases]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Story:
    return Story(monkeypatch, tmp_path)


def test_a_print_waits_for_its_cable_and_pauses_when_the_board_is_alive(told: Story) -> None:
    async def story() -> None:
        await told.under_way()
        told.house.unplug()
        await told.passes(12)
        state = told.backend.state
        assert state.phase is Phase.DISCONNECTED
        assert "j.gcode waits for it" in state.reason
        assert "nobody can turn its heaters off" in state.reason
        assert "it was unplugged" in state.reason
        assert state.waiting_for in ("/dev/none to come back, 11 s", "/dev/none to come back, 12 s")
        assert state.job is not None
        assert state.job.outcome == ""
        told.house.plug_in()
        await told.reach(Phase.PAUSED)
        assert "The cable was out for 1" in told.backend.state.reason
        assert "alive: resume or cancel" in told.backend.state.reason
        assert Phase.CONNECTING in told.entered
        printed = told.moves()
        await told.passes(30)
        assert told.moves() == printed
        await told.backend.resume()
        await told.reach(Phase.READY)
        assert told.moves() == MOVES
        job = told.backend.state.job
        assert job is not None
        assert job.outcome == "finished"

    told.run(story)


def test_a_mistake_while_the_port_is_opened_leaves_no_print_there_for_good(
    told: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, tries = told.backend.port, 0
    reopen = port.reopen

    async def fails_once() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise KeyError("nobody thought of that")
        await reopen()

    async def story() -> None:
        await told.under_way()
        monkeypatch.setattr(port, "reopen", fails_once)
        await told.out_for(12)
        await told.reach(Phase.PAUSED)
        await told.backend.resume()
        await told.reach(Phase.READY)
        assert (told.moves(), tries) == (MOVES, 2)

    told.run(story)


def test_a_print_goes_on_by_itself_where_the_profile_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = Story(monkeypatch, tmp_path, after_replug="go_on")

    async def story() -> None:
        await told.under_way()
        await told.out_for(12)
        await told.reach(Phase.READY)
        assert told.moves() == MOVES
        assert Phase.PAUSED not in told.entered
        said = [message.text for message in told.backend.state.messages]
        assert any("and the board is alive" in text for text in said)

    told.run(story)


@pytest.mark.parametrize("banner", [True, False])
def test_a_board_that_restarted_meanwhile_ends_the_print_which_can_go_on(
    told: Story, banner: bool
) -> None:
    async def story() -> None:
        await told.under_way()
        await told.backend.set_temperature(nozzles={0: 100})
        told.house.unplug()
        told.house.board.reset(banner=banner)
        await told.passes(5)
        told.house.plug_in()
        await told.reach(Phase.ERROR)
        assert "restarted while its cable was out" in told.backend.state.reason
        printed = told.moves()
        await told.passes(5)
        assert told.moves() == printed == MOVES[: len(printed)]
        assert [heater.target for heater in told.house.heaters] == [0, 0, 0]
        assert told.backend.state.lost_print == "j.gcode"

    told.run(story)


def test_a_cancel_while_the_cable_is_out_ends_the_print_and_then_the_heat(told: Story) -> None:
    async def story() -> None:
        await told.under_way()
        await told.backend.set_temperature(nozzles={0: 100}, bed=50)
        await told.passes(2)
        told.house.unplug()
        await told.passes(5)
        for refused in (told.backend.pause, told.backend.resume, told.backend.connect):
            with pytest.raises(WrongState):
                await refused()
        await told.backend.cancel()
        state = told.backend.state
        assert state.phase is Phase.DISCONNECTED
        assert "Its heaters may be on" in state.reason
        assert state.job is not None
        assert state.job.outcome == "cancelled"
        assert told.house.heaters[0].target == 100
        await told.passes(5)
        told.house.plug_in()
        await told.reach(Phase.READY)
        await told.passes(5)
        assert [heater.target for heater in told.house.heaters] == [0, 0, 0]
        assert len(told.moves()) < len(MOVES)
        assert told.backend.lost is None

    told.run(story)


def test_an_emergency_stop_while_the_cable_is_out_is_not_forgotten_when_it_is_in(
    told: Story,
) -> None:
    async def story() -> None:
        await told.under_way()
        await told.backend.set_temperature(nozzles={0: 100})
        await told.passes(2)
        told.house.unplug()
        await told.passes(5)
        report = await told.backend.emergency_stop()
        assert not report.confirmed
        assert "CUT THE POWER" in report.text
        assert told.backend.state.phase is Phase.ERROR
        printed = told.moves()
        told.house.plug_in()
        await told.reach(Phase.CONNECTING)
        await told.reach(Phase.ERROR)
        await told.passes(10)
        assert told.backend.state.phase is Phase.ERROR
        assert told.backend.state.reason == STOPPED_AWAY
        assert told.house.heaters[0].target == 0
        # What its planner and its queue held.
        assert len(told.moves()) - len(printed) <= 20

    told.run(story)


def test_a_paused_print_stays_paused_for_what_it_was_paused_for(told: Story) -> None:
    async def story() -> None:
        await told.start("M0 look here", *MOVES)
        await told.reach(Phase.PAUSED)
        before = told.backend.state
        await told.out_for(90)
        await told.reach(Phase.DISCONNECTED)
        assert told.backend.state.prompt is None
        await told.reach(Phase.PAUSED)
        assert told.backend.state.reason == before.reason
        assert told.backend.state.prompt == before.prompt
        await told.backend.answer_prompt(0)
        await told.reach(Phase.READY)
        assert told.moves() == MOVES

    told.run(story)


@pytest.mark.parametrize("seconds", [0.0, 3.0, 60.0])
def test_a_pull_while_it_heats_neither_loses_nor_repeats_a_line(
    told: Story, seconds: float
) -> None:
    async def story() -> None:
        await told.start(*MOVES[:5], "M109 S120", *MOVES[5:])
        await told.house.until(lambda: told.backend.core.asking == b"M109 S120", 60)
        await told.passes(1)
        await told.out_for(seconds)
        await told.reach(Phase.PAUSED)
        await told.backend.resume()
        await told.reach(Phase.READY)
        assert told.moves() == MOVES
        assert [text for _, text in told.house.executed].count("M109 S120") == 1

    told.run(story)


def test_a_cancel_that_was_begun_comes_to_its_end(told: Story) -> None:
    async def story() -> None:
        await told.under_way()
        await told.backend.cancel()
        told.house.unplug()
        await told.passes(5)
        told.house.plug_in()
        await told.reach(Phase.READY)
        job = told.backend.state.job
        assert job is not None
        assert job.outcome == "cancelled"

    told.run(story)


def test_a_print_whose_last_moves_are_made_is_finished_after_the_return(told: Story) -> None:
    async def story() -> None:
        await told.start()
        await told.reach(Phase.FINISHING)
        await told.out_for(20)
        await told.reach(Phase.READY)
        assert told.moves() == MOVES
        assert Phase.PAUSED not in told.entered

    told.run(story)


def test_a_change_of_filament_by_the_board_asks_again_after_the_return(told: Story) -> None:
    async def story() -> None:
        await told.start("M302 P1", "G28", *MOVES[:5], "M600", *MOVES[5:])
        await told.house.until(lambda: told.backend.state.prompt is not None, 200)
        await told.out_for(10)
        await told.reach(Phase.DISCONNECTED)
        await told.reach(Phase.FILAMENT_SWAP)
        assert told.backend.state.prompt is not None
        # Whoever answers is there, and says so: the pause that was to come is taken back.
        for _ in range(2):
            await told.house.until(lambda: told.backend.state.prompt is not None, 60)
            await told.backend.resume()
            await told.passes(1)
        await told.reach(Phase.READY)
        assert told.moves() == MOVES
        assert [text for _, text in told.house.executed].count("M600") == 1

    told.run(story)


def test_an_idle_printer_is_reached_again_by_itself(told: Story) -> None:
    async def story() -> None:
        await told.backend.connect()
        await told.backend.set_temperature(bed=50)
        await told.passes(1)
        await told.out_for(3600)
        assert told.backend.state.phase is Phase.DISCONNECTED
        assert told.backend.state.waiting_for == "/dev/none to come back, 60 min"
        await told.reach(Phase.READY, 30)
        assert told.house.heaters[-1].target == 50

    told.run(story)


def test_a_printer_that_somebody_disconnects_is_looked_for_no_longer(told: Story) -> None:
    async def story() -> None:
        await told.backend.connect()
        told.house.unplug()
        await told.passes(5)
        await told.backend.disconnect_printer()
        told.house.plug_in()
        await told.passes(60)
        assert told.backend.state.phase is Phase.DISCONNECTED
        assert "Somebody disconnected it" in told.backend.state.reason

    told.run(story)


def test_a_cable_that_comes_and_goes_loses_nothing(told: Story) -> None:
    async def story() -> None:
        await told.under_way()
        for seconds in (0.1, 1.3, 2.5, 0.7):
            await told.out_for(2.0)
            await told.passes(seconds)
        await told.reach(Phase.PAUSED)
        await told.backend.resume()
        await told.reach(Phase.READY)
        assert told.moves() == MOVES

    told.run(story)


def test_a_board_that_stays_silent_has_lost_the_print(told: Story) -> None:
    async def story() -> None:
        await told.under_way()
        told.house.tamper = lambda towards, data: b"" if towards == "host" else data
        await told.out_for(5)
        await told.reach(Phase.ERROR, 100)
        assert "does not answer" in told.backend.state.reason
        assert told.backend.lost is not None

    told.run(story)


def test_a_print_that_finds_back_is_lost_again_and_can_be_gone_anew(told: Story) -> None:
    async def story() -> None:
        await told.start("G28", "G90", "M82", "G92 E0", "M104 S100", "M109 S100", "G1 Z1", *MOVES)
        await told.house.until(lambda: len(told.moves()) > 20, 400)
        told.house.board.reset()
        await told.reach(Phase.ERROR)
        await told.backend.reconnect()
        await told.backend.resume_job(confirmed=True)
        await told.reach(Phase.RESUMING)
        told.house.unplug()
        assert told.backend.state.phase is Phase.ERROR
        await told.passes(5)
        told.house.plug_in()
        await told.house.until(lambda: told.house.heaters[0].target == 0, 60)
        await told.reach(Phase.ERROR)
        await told.backend.reconnect()
        assert told.backend.state.lost_print == "j.gcode"
        await told.backend.resume_job(confirmed=True)
        await told.reach(Phase.EXECUTING)
        await told.reach(Phase.READY)
        assert told.moves()[-1] == MOVES[-1]

    told.run(story)


def test_a_question_goes_on_while_the_cable_is_out_and_the_time_of_its_heaters_with_it(
    told: Story,
) -> None:
    async def story() -> None:
        await told.start("M104 S100", "M109 S100", "M0 look here", *MOVES)
        await told.reach(Phase.PAUSED)
        await told.passes(300)
        assert told.house.heaters[0].target == 100
        silent_until = told.house.loop.time() + 403
        told.house.tamper = lambda towards, data: (
            b"" if towards == "host" and told.house.loop.time() < silent_until else data
        )
        await told.out_for(400)
        await told.reach(Phase.CONNECTING)
        await told.passes(1)
        await told.reach(Phase.PAUSED)
        await told.passes(5)
        assert told.house.heaters[0].target == 0
        assert told.backend.state.prompt is not None

    told.run(story)


def test_an_emergency_stop_of_an_idle_printer_that_is_out_of_reach_ends_its_heat_later(
    told: Story,
) -> None:
    async def story() -> None:
        await told.backend.connect()
        await told.backend.set_temperature(bed=50)
        await told.passes(1)
        told.house.unplug()
        assert "CUT THE POWER" in (await told.backend.emergency_stop()).text
        told.house.plug_in()
        await told.reach(Phase.READY)
        await told.passes(1)
        assert told.house.heaters[-1].target == 0

    told.run(story)


async def test_a_print_on_a_port_without_a_stable_name_is_followed_by_the_one_that_it_has(
    tmp_path: Path,
) -> None:
    control, links = tmp_path / "control", tmp_path / "serial"
    (links / "by-id").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    link = links / "by-id/usb-board"
    options = ("--link", str(link), "--control", str(control), "--speed", "5")
    async with board(tmp_path, *options):
        device = device_of(str(link))
        async with printer(device, tmp_path / "executed", links=links) as printing:
            await printing.start("\n".join(MOVES))
            await printing.until(lambda state: state.job and state.job.command > 5)
            inject(control, "unplug")
            await printing.until(lambda state: state.waiting_for.startswith(f"{link} to come"))
            # The first name that is free is the one that it had.
            async with board(tmp_path / "other"):
                inject(control, "unplug 0")
                await printing.reach(Phase.PAUSED)
            now = device_of(str(link))
            assert now != device
            assert f"is alive, as {now} now: resume or cancel." in printing.backend.state.reason
            await printing.backend.resume()
            await printing.reach(Phase.READY)
            await printing.executed(lambda lines: [t for t in lines if t in MOVES] == MOVES)
    assert not (tmp_path / "other/executed").read_text()


async def test_on_a_board_that_restarts_as_its_port_is_opened_a_replug_is_a_reset(
    tmp_path: Path,
) -> None:
    control = tmp_path / "control"
    async with (
        board(tmp_path, "--reset-on-open", "--control", str(control), "--speed", "5") as port,
        printer(str(port), tmp_path / "executed") as printing,
    ):
        await printing.start("\n".join(MOVES))
        await printing.until(lambda state: state.job and state.job.command > 5)
        inject(control, "unplug 0.1")
        await printing.reach(Phase.ERROR)
        assert "restarted while its cable was out" in printing.backend.state.reason
        assert printing.backend.state.lost_print == "job.gcode"
