"""Heaters with faults on a whole backend, on a clock that is a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.marlin.heaters import heated
from gbterm.config import Guards, Limits
from gbterm.errors import FileRefused, WrongState
from gbterm.model import Phase
from gbterm.simulator.control import parse_fault
from tests.backends.marlin.virtual import VirtualHouse

HEAD = ["M140 S50", "M104 S200", "M190 S50", "M109 S200", "G28", "G92 E0"]
MOVES = [f"G1X{x}F600" for x in range(100)] * 8


class Story:
    """A print on a board without thermal protection, whose heaters have faults."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        path: Path,
        guards: Guards | None = None,
        variant: str = "default",
        **board: Any,
    ) -> None:
        self.house = VirtualHouse(monkeypatch, variant, guards=guards, **board)
        self.backend, self._path = self.house.backend, path / "j.gcode"
        self.cut: list[float] = []
        self.fault("unprotected")

    async def cut_power(self) -> str:
        self.cut.append(self.house.loop.time())
        return ""

    def fault(self, text: str) -> None:
        fault = parse_fault(text)
        self.house.board.inject(fault)  # type: ignore[arg-type]

    async def start(self, *lines: str) -> None:
        self._path.write_text("\n".join([*HEAD, *(lines or MOVES)]) + "\n")
        await self.backend.connect()
        await self.backend.start_job(self._path, self._path.name)

    async def print_hot(self) -> None:
        await self.start()
        await self.house.until(lambda: "G1X5F600" in self.texts, 900)

    async def reach(self, phase: Phase, limit_s: float = 900) -> None:
        await self.house.until(lambda: self.backend.state.phase is phase, limit_s)

    async def pass_time(self, seconds: float) -> None:
        end = self.house.loop.time() + seconds
        await self.house.until(lambda: self.house.loop.time() >= end, seconds + 1)

    @property
    def on(self) -> list[str]:
        return [heater.name for heater in heated(self.backend.state)]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.house.executed]

    @property
    def errors(self) -> list[str]:
        return [m.text for m in self.backend.state.messages if m.level == "error"]


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Story:
    return Story(monkeypatch, tmp_path)


def test_a_thermistor_that_falls_out_pauses_the_print_cold_and_it_goes_on_once_it_is_in(
    story: Story,
) -> None:
    async def tell() -> None:
        await story.print_hot()
        story.fault("thermistor-loose E0")
        await story.reach(Phase.PAUSED, 90)
        assert story.on == []
        state = story.backend.state
        assert "no longer at its target of 200 °C. All heaters are turned off." in state.reason
        assert state.reason.startswith("Nozzle 1 is at ")
        assert len(story.errors) == 1
        await story.pass_time(120)
        assert len(story.errors) == 1
        story.fault("thermistor-tight E0")
        await story.backend.resume()
        await story.reach(Phase.EXECUTING)
        assert story.backend.state.last_error == ""
        assert story.on == ["nozzle 1", "the bed"]
        await story.reach(Phase.READY, 3000)
        assert [text for text in story.texts if text.startswith("G1X")] == MOVES

    story.house.run(tell())


def test_a_mistake_in_gbterm_itself_ends_no_watch_over_the_heaters(
    monkeypatch: pytest.MonkeyPatch, story: Story
) -> None:
    async def run() -> None:
        await story.print_hot()

        def broken(_now: float) -> None:
            raise ZeroDivisionError("what is left")

        monkeypatch.setattr(story.backend.meter, "measure", broken)
        await story.pass_time(10)
        assert [text for text in story.errors if "what is left" in text] == [
            "Internal error (ZeroDivisionError): what is left. Report it: gbterm report."
        ]
        story.fault("thermistor-loose E0")
        await story.reach(Phase.PAUSED, 90)
        assert story.on == []

    story.house.run(run())


def test_a_heater_without_current_is_turned_off_while_the_file_waits_for_it(story: Story) -> None:
    async def tell() -> None:
        story.fault("heater-disconnected E0")
        await story.start()
        await story.reach(Phase.PAUSED, 600)
        assert (
            "Nozzle 1 is at 22 °C and gained less than 2 °C in 2 min" in story.backend.state.reason
        )
        assert story.on == []
        assert story.texts.count("M112") == 0

    story.house.run(tell())


def test_who_goes_on_with_a_heater_that_is_broken_still_has_a_print_to_go_on_with_later(
    story: Story,
) -> None:
    async def tell() -> None:
        await story.print_hot()
        story.fault("heater-disconnected E0")
        await story.reach(Phase.PAUSED, 120)
        await story.backend.resume()
        await story.house.until(lambda: story.on == ["nozzle 1", "the bed"], 10)
        await story.reach(Phase.ERROR, 400)
        assert "Nozzle 1 is at " in story.backend.state.reason
        assert story.backend.state.lost_print == "j.gcode"
        await story.house.until(lambda: story.on == [], 10)
        assert not story.house.board.halted
        assert len(story.errors) == 2

    story.house.run(tell())


def test_a_board_that_does_something_else_for_too_long_is_halted(story: Story) -> None:
    async def tell() -> None:
        await story.start("G1X5F600", "G4 S900", *MOVES)
        await story.house.until(lambda: "G4 S900" in story.texts, 900)
        story.fault("thermistor-loose E0")
        await story.reach(Phase.PAUSING, 90)
        paused = story.house.loop.time()
        await story.reach(Phase.ERROR, 65)
        assert story.house.loop.time() - paused >= 60
        await story.house.until(lambda: story.house.board.halted, 5)
        await story.pass_time(5)
        assert story.backend.state.reason.endswith(
            " °C and no longer at its target of 200 °C. p did not turn its heaters off within 60 s."
            " p confirmed that it halted."
        )

    story.house.run(tell())


def test_a_heater_that_is_stuck_on_is_turned_off_then_halted_then_without_power(
    story: Story,
) -> None:
    async def tell() -> None:
        story.backend.guarding.cut_power = story.cut_power
        await story.print_hot()
        story.fault("heater-weak E0 0.4")
        story.fault("heater-stuck E0")
        await story.house.until(lambda: story.on == [], 120)
        assert story.backend.state.phase in (Phase.PAUSING, Phase.PAUSED)
        await story.house.until(lambda: len(story.cut) > 0, 300)
        await story.pass_time(60)
        state = story.backend.state
        assert state.phase is Phase.ERROR
        assert "Nozzle 1 is off and gets hotter all the same" in state.reason
        assert "p confirmed that it halted. Its power was cut." in state.reason
        assert state.job is not None
        assert state.job.outcome == "failed"
        assert "is off and gets hotter" in state.job.reason
        assert len(story.cut) == 1
        assert state.lost_print == "j.gcode"

    story.house.run(tell())


def test_a_heater_that_is_stuck_on_at_full_power_is_halted_over_the_cap(story: Story) -> None:
    async def tell() -> None:
        await story.print_hot()
        story.fault("heater-stuck E0")
        await story.reach(Phase.ERROR, 60)
        await story.pass_time(5)
        assert story.house.board.halted
        assert "and must not be over 300 °C. p confirmed" in story.backend.state.reason
        assert story.backend.state.last_error == story.backend.state.reason

    story.house.run(tell())


def test_a_heater_that_no_command_ends_is_said_to_need_a_hand(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        story.fault("heater-stuck bed")
        await story.reach(Phase.ERROR, 300)
        await story.pass_time(5)
        assert story.errors[0].startswith("The bed is off and gets hotter all the same: ")
        assert " No command ends that: CUT THE POWER. p confirmed" in story.backend.state.reason

    story.house.run(tell())


def test_a_bed_that_does_not_heat_beside_no_print_leaves_an_error_until_somebody_reconnects(
    story: Story,
) -> None:
    async def tell() -> None:
        await story.backend.connect()
        story.fault("heater-weak bed 0.05")
        await story.backend.set_temperature(bed=60)
        await story.reach(Phase.ERROR, 2000)
        assert "The bed is at 3" in story.backend.state.reason
        await story.pass_time(5)
        assert story.on == []
        with pytest.raises(WrongState):
            await story.backend.set_temperature(bed=60)
        await story.backend.reconnect()
        assert story.backend.state.phase is Phase.READY

    story.house.run(tell())


@pytest.mark.parametrize("action", ["none", "warn", "pause", "halt"])
def test_each_action_does_what_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, action: str
) -> None:
    story = Story(monkeypatch, tmp_path, Guards(drifting=action))

    async def tell() -> None:
        await story.print_hot()
        story.fault("thermistor-loose E0")
        await story.pass_time(75)
        phase = {"pause": Phase.PAUSED, "halt": Phase.ERROR}.get(action, Phase.EXECUTING)
        assert story.backend.state.phase is phase
        assert len(story.errors) == {"none": 0, "halt": 2}.get(action, 1)
        assert story.house.board.halted is (action == "halt")
        if action == "pause":
            assert story.on == ["nozzle 1", "the bed"]

    story.house.run(tell())


def test_a_sound_print_with_a_long_change_of_filament_alarms_nobody(story: Story) -> None:
    async def tell() -> None:
        await story.start(*MOVES[:50], "M600", *MOVES[:50])
        await story.reach(Phase.FILAMENT_SWAP)
        await story.pass_time(300)
        await story.backend.resume()
        await story.reach(Phase.READY, 3000)
        assert story.errors == []

    story.house.run(tell())


@pytest.mark.parametrize("action", ["warn", "pause", "off", "halt", "power_off"])
def test_a_print_from_the_printers_card_is_warned_of_whatever_the_action(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, action: str
) -> None:
    file = "\n".join([*HEAD, *MOVES]).encode()
    story = Story(monkeypatch, tmp_path, Guards(drifting=action), sd_card={"A.GCO": file})

    async def tell() -> None:
        story.backend.guarding.cut_power = story.cut_power
        await story.backend.connect()
        for command in ("M23 A.GCO", "M24"):
            story.house.board.display(command)
        await story.house.until(lambda: "G1X5F600" in story.texts, 900)
        story.fault("thermistor-loose E0")
        await story.house.until(lambda: len(story.errors) > 0, 90)
        await story.pass_time(90)
        assert story.errors == [story.backend.state.last_error]
        assert "no longer at its target of 200 °C." in story.errors[0]
        assert story.backend.state.phase is Phase.EXECUTING
        assert story.on == ["nozzle 1", "the bed"]
        assert not story.house.board.halted
        assert story.cut == []
        sent = b"".join(data for _, data in story.house.sent)
        assert b"M25" not in sent

    story.house.run(tell())


@pytest.mark.parametrize("end", ["PID Autotune finished! Put the", "PID Autotune failed! timeout"])
def test_a_tuning_that_was_begun_at_the_display_is_no_fault_and_what_goes_on_after_it_is(
    story: Story, end: str
) -> None:
    async def tell() -> None:
        await story.backend.connect()
        for command in ("M118 PID Autotune start", "G4 S60", f"M118 {end}"):
            story.house.board.display(command)
        story.fault("heater-weak E0 0.4")
        story.fault("heater-stuck E0")
        await story.house.until(lambda: "G4 S60" in story.texts, 10)
        await story.pass_time(55)
        assert (story.backend.state.nozzles[0].current or 0) > 100
        assert story.errors == []
        await story.reach(Phase.ERROR, 90)
        assert "is off and gets hotter all the same" in story.errors[0]

    story.house.run(tell())


def test_a_file_that_heats_beyond_the_limit_is_refused_and_one_up_to_it_is_printed(
    story: Story,
) -> None:
    async def tell() -> None:
        with pytest.raises(FileRefused) as refused:
            await story.start("G1X5", "M104 S330")
        assert str(refused.value) == (
            "j.gcode can't be printed: line 8, 'M104 S330', heats the nozzle beyond its limit of"
            " 300 °C. Slice it cooler; or, if the printer can bear that, raise its nozzle_max in"
            " the configuration, and start its host again."
        )
        assert story.backend.state.phase is Phase.READY
        assert story.on == []
        await story.backend.close()
        await story.start("M104 S300", *MOVES[:5], "M141 S200")
        await story.reach(Phase.READY)
        assert story.backend.state.job is not None
        assert story.backend.state.job.outcome == "finished"

    story.house.run(tell())


def test_who_heats_beyond_the_limit_at_the_display_keeps_the_print(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path, limits=Limits(nozzle_max=220))

    async def tell() -> None:
        await story.print_hot()
        story.house.board.display("M104 S255")
        await story.house.until(lambda: (story.backend.state.nozzles[0].current or 0) > 250, 300)
        assert story.house.phases[-1][0] is Phase.EXECUTING
        await story.reach(Phase.READY, 3000)
        assert len(story.errors) == 1
        assert "its target is 255 °C, over its limit of 220 °C" in story.errors[0]
        story.house.board.display("M104 S0")
        await story.pass_time(60)
        assert story.backend.state.phase is Phase.READY
        assert len(story.errors) == 1

    story.house.run(tell())


def test_a_board_out_of_reach_loses_its_power_only_where_somebody_wants_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path, Guards(out_of_reach="power_off", out_of_reach_min=5))

    async def tell() -> None:
        guarding, now = story.backend.guarding, story.house.loop.time
        guarding.cut_power = story.cut_power
        await story.print_hot()
        story.house.unplug()
        pulled = now()
        while now() < pulled + 900:
            guarding.look_away(now())
            await story.pass_time(1)
        assert [300 <= at - pulled <= 302 for at in story.cut] == [True]
        assert story.errors[-1] == (
            "p has been out of reach with its heaters on. Its power was cut."
        )

    story.house.run(tell())
