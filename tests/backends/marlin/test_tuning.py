"""The tuning of a heater: followed to its end, refused, failed, and left at any point."""

from __future__ import annotations

import asyncio

import pytest

from gbterm.backends.capability import Capability
from gbterm.config import Guards, Limits
from gbterm.errors import NeedsConfirmation, NotSupported, OutOfRange, PrinterError, WrongState
from gbterm.model import Phase
from gbterm.pid_tuning import Gain, PidTuning
from tests.backends.marlin.virtual import VirtualHouse

BED_PID = {"bed_pid": True}
LONG_S = 4000.0


def listed(house: VirtualHouse) -> list[float]:
    return house.board.machine.settings.pid


def tuned(house: VirtualHouse) -> tuple[int | None, str]:
    return next(done for done in house.executed if done[1].startswith("M303"))


def commands(house: VirtualHouse, code: str) -> list[str]:
    return [text for _, text in house.executed if text.startswith(code)]


@pytest.mark.parametrize("variant", ["default", "single"])
def test_a_nozzle_is_tuned_and_nothing_is_changed_until_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    house = VirtualHouse(monkeypatch, variant)
    waits: set[str] = set()
    troubles: list[object] = []

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        backend.subscribe(lambda _event, state: waits.add(state.waiting_for))
        assert Capability.PID in backend.capabilities
        assert (await backend.pid_tuning()).state == "none"
        with pytest.raises(NeedsConfirmation, match="Nozzle 1 is heated to 200 °C"):
            await backend.tune_pid("nozzle1", 200)
        assert not commands(house, "M303")
        task = asyncio.get_running_loop().create_task(
            backend.tune_pid("nozzle1", 200, confirmed=True)
        )
        while not task.done():
            await asyncio.sleep(1)
            troubles.append(backend.core.trouble)
        told = await task
        assert (told.state, told.swings) == ("done", 5)
        assert [gain.setting for gain in told.gains] == ["M301 P", "M301 I", "M301 D"]
        assert [gain.before for gain in told.gains] == ["22.20", "1.08", "114.00"]
        assert 5 < float(told.gains[0].found) < 60
        assert await backend.pid_tuning() == told
        assert "the tuning of nozzle 1, swing 3 of 5" in waits
        # A board that tells nothing but temperatures for minutes is no silent one.
        assert set(troubles) == {None}
        await backend.send_gcode("M400")
        assert commands(house, "M303") == ["M303 E0 S200 C5"]
        after = [text for _, text in house.executed[house.executed.index(tuned(house)) :]]
        assert [text for text in after if text.startswith("M104")] == ["M104 T0 S0"]
        assert all(heater.target == 0 and not heater.tuned_for for heater in house.heaters)
        # Nothing is changed by that, and set like any other setting, which is verified.
        assert listed(house) == [22.2, 1.08, 114.0]
        assert not commands(house, "M500")
        settings = await backend.set_board_settings(told.changes, confirmed=True)
        assert listed(house)[0] == float(told.gains[0].found)
        now = {setting.name: setting.value for setting in settings.settings}
        assert told.changes.items() <= now.items()
        assert not [m for m in backend.state.messages if " K" in m.text[:3] or "bias" in m.text]
        await backend.close()

    house.run(story())


def test_a_bed_is_tuned_where_its_board_drives_it_by_a_pid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default", build=BED_PID)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        told = await backend.tune_pid("bed", 60, 4, confirmed=True)
        assert commands(house, "M303") == ["M303 E-1 S60 C4"]
        assert told.gains[1].setting == "M304 I"
        assert told.gains[1].before == "0.02"
        assert all(gain.found for gain in told.gains)
        await backend.send_gcode("M400")
        assert commands(house, "M140") == ["M140 S0"]
        await backend.close()

    house.run(story())


def test_what_can_not_be_tuned_is_refused_before_anything_is_heated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "single", limits=Limits(nozzle_max=260, bed_max=100))

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        for heater, target in (("nozzle1", 246), ("nozzle1", 60), ("bed", 90), ("nozzle2", 200)):
            with pytest.raises(OutOfRange):
                await backend.tune_pid(heater, target, confirmed=True)
        for cycles in (2, 13):
            with pytest.raises(OutOfRange, match="3 to 12 swings"):
                await backend.tune_pid("nozzle1", 200, cycles, confirmed=True)
        with pytest.raises(NotSupported, match="lists no PID values of it"):
            await backend.tune_pid("bed", 60, confirmed=True)
        assert not commands(house, "M303")
        await backend.close()

    house.run(story())


async def begun(house: VirtualHouse) -> asyncio.Task[object]:
    await house.backend.connect()
    tune = house.backend.tune_pid("nozzle1", 200, 12, confirmed=True)
    task = asyncio.get_running_loop().create_task(tune)
    await house.until(lambda: house.heaters[0].reading > 150, LONG_S)
    return task


def test_it_is_left_at_any_point_and_its_heater_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        with pytest.raises(WrongState, match="it tunes nozzle 1"):
            await backend.set_temperature(nozzles={0: 210})
        with pytest.raises(WrongState, match="it tunes nozzle 1"):
            await backend.tune_pid("nozzle1", 200, confirmed=True)
        with pytest.raises(WrongState, match="can't list settings now"):
            await backend.board_settings()
        stopped = await backend.stop_tuning()
        assert stopped.state == "stopped"
        assert await task == stopped
        assert stopped.changes == {}
        assert not house.heaters[0].tuned_for
        await backend.send_gcode("M400")
        assert listed(house) == [22.2, 1.08, 114.0]
        assert backend.state.phase is Phase.READY
        # Once more is no mistake.
        assert await backend.stop_tuning() == stopped
        await backend.close()

    house.run(story())


def test_a_board_that_reads_nothing_meanwhile_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "single")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        with pytest.raises(NeedsConfirmation, match="not even an emergency stop"):
            await backend.tune_pid("nozzle1", 200)
        task = asyncio.get_running_loop().create_task(
            backend.tune_pid("nozzle1", 200, confirmed=True)
        )
        await house.until(lambda: house.heaters[0].reading > 150, LONG_S)
        with pytest.raises(WrongState, match="After 5 swings it ends by itself"):
            await backend.stop_tuning()
        assert (await task).state == "done"
        await backend.close()

    house.run(story())


def test_who_goes_away_leaves_a_tuning_that_ends_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        task.cancel()
        await asyncio.sleep(1)
        assert (await backend.pid_tuning()).is_running
        await house.until(lambda: not backend.tuning.told.is_running, LONG_S)
        await backend.send_gcode("M400")
        assert backend.tuning.told.state == "done"
        assert commands(house, "M104") == ["M104 T0 S0"]
        await backend.close()

    house.run(story())


@pytest.mark.parametrize(
    ("protected", "says", "phase"),
    [(False, "20 minutes a swing", Phase.READY), (True, "Heating failed", Phase.ERROR)],
)
def test_a_heater_that_does_not_follow_fails_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, protected: bool, says: str, phase: Phase
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        house.heaters[0].strength, house.board.heaters.protected = 0.3, protected
        with pytest.raises(PrinterError, match=says):
            await backend.tune_pid("nozzle1", 240, confirmed=True)
        told = await backend.pid_tuning()
        assert (told.state, told.changes) == ("failed", {})
        assert backend.state.phase is phase
        assert house.heaters[0].power == 0
        await backend.close()

    house.run(story())


def test_an_emergency_stop_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        assert (await backend.emergency_stop()).confirmed
        with pytest.raises(PrinterError, match="Emergency stop"):
            await task
        assert house.board.halted
        await backend.close()

    house.run(story())


def test_what_was_found_is_told_row_by_row() -> None:
    gains = (Gain("M304 P", "10.00", "35.88"), Gain("M304 I", "0.02", "7.06"))
    told = PidTuning("bed", 60, 5, "done", 5, gains)
    assert list(told.words) == [
        "The bed at 60 °C is tuned; nothing was changed by that.",
        "M304 P  now 10.00  found 35.88",
        "M304 I  now 0.02  found 7.06",
    ]


def test_a_board_that_was_unplugged_meanwhile_is_told_to_end_once_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        house.unplug()
        with pytest.raises(PrinterError, match="The board tunes nozzle 1, and heats it until that"):
            await task
        assert "cut its power" in backend.state.reason
        await asyncio.sleep(10)
        house.board.tick(house.loop.time())
        assert house.heaters[0].tuned_for
        house.plug_in()
        # Its own end would come minutes later.
        await house.until(lambda: backend.state.phase is Phase.READY, 15)
        assert not house.heaters[0].tuned_for
        await backend.send_gcode("M400")
        assert "M104 T0 S0" in commands(house, "M104")
        await backend.close()

    house.run(story())


def test_the_power_of_a_printer_that_was_unplugged_meanwhile_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guards = Guards(out_of_reach="power_off", out_of_reach_min=1)
    house = VirtualHouse(monkeypatch, "default", guards=guards)
    cuts: list[float] = []

    async def cut() -> str:
        cuts.append(house.loop.time())
        return ""

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        backend.guarding.cut_power = cut
        house.unplug()
        with pytest.raises(PrinterError):
            await task
        for _ in range(90):
            backend.guarding.look_away(house.loop.time())
            await asyncio.sleep(1)
        assert len(cuts) == 1
        await backend.close()

    house.run(story())


@pytest.mark.parametrize("variant", ["default", "single"])
def test_a_reset_of_the_board_ends_it(monkeypatch: pytest.MonkeyPatch, variant: str) -> None:
    house = VirtualHouse(monkeypatch, variant)
    house.has_dtr = True

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        await backend.reset_board()
        told = await task
        assert isinstance(told, PidTuning)
        assert (told.state, told.changes) == ("stopped", {})
        assert backend.state.phase is Phase.READY
        assert not house.heaters[0].tuned_for
        await backend.close()

    house.run(story())


def test_who_disconnects_the_printer_ends_it_before(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        backend, task = house.backend, await begun(house)
        await backend.disconnect_printer()
        told = await task
        assert isinstance(told, PidTuning)
        assert told.state == "stopped"
        assert not house.heaters[0].tuned_for
        await backend.close()

    house.run(story())
