"""A pause takes the head aside, and a resume brings it back from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.marlin.packet import numbered
from gbterm.config import Pausing
from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.backends.marlin.damage import LINE, PushesMore
from tests.backends.marlin.paused import LOW, PRINTS, Pause

TAKEN_BACK = [Phase.PAUSING, Phase.RESUMING, Phase.EXECUTING]


def test_the_head_stays_and_is_left_alone_where_it_may_not_be_where_the_file_leads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moves = [f"G1 X{x % 60} Y{x % 50} E.1 F1200" for x in range(400)]
    pause = Pause(monkeypatch, tmp_path, ["M83", "G92 E0", "G1 X20 Y40 Z0.4 F1200", *moves])
    pause.house.tamper = PushesMore()

    async def story() -> None:
        backend = pause.backend
        await backend.connect()
        await backend.start_job(tmp_path / "job.gcode", "job.gcode")
        await pause.reach(Phase.PAUSED)
        assert "not where the file leads" in backend.state.reason
        assert pause.house.board.machine.planner.position[2] == 0.4
        with pytest.raises(WrongState, match="not certain where the head would have to come back"):
            await backend.move(x=1)
        with pytest.raises(WrongState, match="would come between"):
            await backend.send_gcode("G1 X1")
        await pause.go_on()

    pause.house.run(story())
    assert "G27" not in pause.texts()


@pytest.mark.parametrize("lines", PRINTS)
def test_the_head_goes_up_aside_and_comes_back_from_above(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str
) -> None:
    pause = Pause(monkeypatch, tmp_path, PRINTS[lines])

    async def story() -> None:
        await pause.begin()
        at = pause.backend.state.position
        assert (at.x, at.y, at.z) == (-10.0 if lines == "shifted" else 10.0, 190.0, 20.4)
        assert all(heater.target for heater in pause.house.heaters[::2])
        await pause.go_on()

    pause.house.run(story())
    across = [(a, b) for a, b in pause.moves if a[:2] != b[:2] and b[3] <= a[3]]
    assert across
    assert all(a[2] >= 20.4 and b[2] >= 20.4 for a, b in across), across


def test_the_head_is_lifted_above_what_was_printed_before_and_higher(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tall = [f"G1 X150 Y{n} Z70 E0.1 F6000" for n in range(100, 110)]
    pause = Pause(monkeypatch, tmp_path, ["M83", *tall, *PRINTS["relative E"]])

    async def story() -> None:
        await pause.begin(30)
        assert pause.backend.state.position.z == 90.0
        await pause.go_on()

    pause.house.run(story())
    across = [(a, b) for a, b in pause.moves if a[:2] != b[:2] and b[3] <= a[3]]
    assert across
    assert all(a[2] >= 90 and b[2] >= 90 for a, b in across), across


def test_the_place_and_the_lift_are_as_configured_and_within_the_endstops(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = Pausing(lift_mm=5, retract_mm=0.5, x=999, y=-7)
    pause = Pause(monkeypatch, tmp_path, LOW, pausing=asked)

    async def story() -> None:
        await pause.begin()
        at = pause.backend.state.position
        assert (at.x, at.y, at.z) == (200.0, 0.0, 5.4)
        await pause.go_on()

    pause.house.run(story())
    assert "G1 E-0.5 F2400" in pause.texts()
    assert "G27" not in pause.texts()


def test_where_nobody_wants_it_the_head_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW, pausing=Pausing(park=False))

    async def story() -> None:
        await pause.begin()
        stood = list(pause.house.board.machine.planner.position)
        assert stood[2] == 0.4
        await pause.backend.resume()
        await pause.reach(Phase.EXECUTING)
        assert pause.house.board.machine.planner.position[2] == 0.4
        await pause.reach(Phase.READY)

    pause.house.run(story())
    assert not [move for move in pause.moves if move[1][2] > 1 or move[1][3] < move[0][3]]


def test_a_pause_before_anything_was_homed_moves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, [])
    file = tmp_path / "cold.gcode"
    file.write_text("M83\n" + "G4 P500\n" * 20 + "G28\nG1 X5 F6000\n")

    async def story() -> None:
        await pause.backend.connect()
        await pause.backend.start_job(file, file.name)
        await pause.house.until(lambda: pause.texts().count("G4 P500") > 3, 60)
        await pause.backend.pause()
        await pause.reach(Phase.PAUSED)
        assert pause.moves == []
        await pause.go_on()

    pause.house.run(story())
    assert pause.texts().count("G4 P500") == 20


def test_what_was_turned_off_in_a_pause_is_heated_again_before_anything_moves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        await pause.begin()
        await pause.backend.set_temperature(nozzles={0: 0}, bed=0)
        await pause.backend.set_fan(0, 40)
        await pause.house.until(lambda: pause.house.heaters[0].reading < 60, 3600)
        pause.moves.clear()
        await pause.backend.resume()
        await pause.house.until(lambda: bool(pause.moves), 600)
        nozzle, bed = pause.house.heaters[0], pause.house.heaters[-1]
        assert nozzle.reading > 193
        assert (nozzle.target, bed.target) == (200, 60)
        await pause.reach(Phase.READY)

    pause.house.run(story())


def test_a_target_that_was_changed_in_a_pause_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        await pause.begin()
        await pause.backend.set_temperature(nozzles={0: 215})
        await pause.backend.resume()
        await pause.reach(Phase.EXECUTING)
        assert pause.house.heaters[0].target == 215
        await pause.reach(Phase.READY)

    pause.house.run(story())


def test_a_resume_while_the_head_goes_aside_brings_it_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        await pause.backend.connect()
        await pause.backend.start_job(tmp_path / "job.gcode", "job.gcode")
        await pause.house.until(lambda: len(pause.drawn) > 20, 600)
        await pause.backend.pause()
        await pause.house.until(lambda: "G1 E-2 F2400" in pause.texts(), 60)
        assert pause.backend.state.phase is Phase.PAUSING
        await pause.go_on()

    pause.house.run(story())
    assert Phase.PAUSED not in [phase for phase, _ in pause.house.phases]
    assert len([text for text in pause.texts() if text.startswith("G1X")]) == 60


@pytest.mark.parametrize(("lines", "last"), [("relative E", 79), ("all relative", 80)])
def test_a_pause_that_is_taken_back_and_asked_for_again_at_once_comes_back_to_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, last: int
) -> None:
    pause = Pause(monkeypatch, tmp_path, PRINTS[lines])

    async def story() -> None:
        backend = pause.backend
        await pause.print_until()
        await backend.pause()
        # The end of the moves is waited for.
        await pause.house.until(lambda: any(b"M400" in data for _, data in pause.house.sent), 10)
        await backend.resume()
        assert [phase for phase, _ in pause.house.phases[-3:]] == TAKEN_BACK
        printed = len(pause.drawn)
        await pause.house.until(lambda: len(pause.drawn) > printed + 3, 60)
        assert "G27" not in pause.texts()
        await backend.pause()
        await pause.reach(Phase.PAUSED)
        await backend.resume()
        await pause.reach(Phase.EXECUTING)
        await pause.reach(Phase.READY)

    pause.house.run(story())
    assert [move[3] for move in pause.drawn] == [float(x) for x in range(21, last + 1)]


def test_a_print_whose_coordinates_stay_shifted_stays_aside_until_they_are_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    def deaf(towards: str, data: bytes) -> bytes:
        """The board does not hear the G92 of gbterm."""
        match = re.search(rb"N(\d+) ?G92 ?X[^*]*\*\d+\n", data) if towards == "board" else None
        return data if match is None else data.replace(match[0], numbered(int(match[1]), b"M105"))

    async def story() -> None:
        backend = pause.backend
        await pause.begin()
        await backend.send_gcode("G92 X3")
        pause.house.tamper = deaf
        await backend.resume()
        await pause.house.until(lambda: "home X and Y" in backend.state.reason, 60)
        assert backend.state.phase is Phase.PAUSED
        assert backend.state.position.z == 20.4
        pause.house.tamper = lambda _towards, data: data
        await pause.go_on()

    pause.house.run(story())
    assert [move[3] for move in pause.drawn] == [float(x) for x in range(21, 80)]


def test_a_move_that_leads_elsewhere_soon_after_a_pause_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moves = [f"G1 X{x % 2} E.1" for x in range(200)]
    steps = [move.replace("X0", "X-1") for move in moves]
    pause = Pause(monkeypatch, tmp_path, ["M83", "G1 X20 Y40 Z0.4 F1200", "G91", "M83", *steps])
    changed = False

    def change(towards: str, data: bytes) -> bytes:
        nonlocal changed
        match = LINE.search(data)
        if changed or towards == "host" or not match or b"X1E" not in match[2]:
            return data
        changed = True
        return data.replace(match[0], numbered(int(match[1]), match[2].replace(b"X1", b"X2")))

    async def story() -> None:
        backend = pause.backend
        await pause.begin()
        pause.house.tamper = change
        await backend.resume()
        await pause.reach(Phase.EXECUTING)
        began = pause.house.loop.time()
        await pause.reach(Phase.PAUSED)
        assert changed
        assert "X is at" in backend.state.reason
        assert pause.house.loop.time() - began < 5

    pause.house.run(story())


def test_a_file_that_waits_for_somebody_parks_and_goes_on_as_if_it_had_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def drawn(waits: list[str]) -> list[tuple[Any, ...]]:
        pause = Pause(monkeypatch, tmp_path, [*LOW[:30], *waits, *LOW[30:]])

        async def story() -> None:
            await pause.backend.connect()
            await pause.backend.start_job(tmp_path / "job.gcode", "job.gcode")
            for _ in waits:
                await pause.reach(Phase.PAUSED)
                assert pause.backend.state.position.z == 20.4
                await pause.backend.answer_prompt(0)
                assert pause.backend.state.prompt is None
                await pause.house.until(lambda: pause.backend.state.phase is not Phase.PAUSED, 10)
            await pause.reach(Phase.READY)

        pause.house.run(story())
        return pause.drawn

    assert drawn(["M0 Put the magnet in", "M1"]) == drawn([])


def test_a_print_lost_in_a_pause_tells_where_the_nozzle_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        await pause.begin()
        kept = pause.backend.kept
        assert kept is not None
        assert kept.trail is not None
        assert set(kept.trail.stands_mm) == {20.4}
        await pause.backend.move(z=-5)
        await pause.house.until(lambda: pause.backend.core.is_drained, 60)
        kept = pause.backend.kept
        assert kept is not None
        assert kept.trail is not None
        assert set(kept.trail.stands_mm) == {15.4, 20.4}
        await pause.backend.resume()
        await pause.reach(Phase.EXECUTING)
        kept = pause.backend.kept
        assert kept is not None
        assert kept.trail is not None
        assert kept.trail.stands_mm == ()
        await pause.reach(Phase.READY)

    pause.house.run(story())
