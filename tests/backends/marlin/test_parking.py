"""A pause takes the head aside, and a resume brings it back, whatever was done meanwhile."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
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
Act = Callable[["Pause"], Awaitable[None]]


def printed(
    monkeypatch: pytest.MonkeyPatch, folder: Path, lines: list[str], act: Act | None, variant: str
) -> list[tuple[Any, ...]]:
    """What the print drew, with a pause in which `act` was done, or without one."""
    pause = Pause(monkeypatch, folder, lines, variant)

    async def story() -> None:
        if act is None:
            await pause.backend.connect()
            await pause.backend.start_job(folder / "job.gcode", "job.gcode")
            await pause.reach(Phase.EXECUTING)
            await pause.reach(Phase.READY)
            return
        await pause.begin()
        await act(pause)
        pause.moves.clear()
        await pause.go_on()
        came = pause.moves[: next(i for i, move in enumerate(pause.moves) if move[1][2] == 0.4)]
        travels = [move for move in came if move[0][:2] != move[1][:2]]
        assert travels
        assert all(start[2] > 20 and end[2] > 20 for start, end in travels), travels

    pause.house.run(story())
    return pause.drawn


async def _nothing(_: Pause) -> None:
    """A pause alone."""


async def _jog(pause: Pause) -> None:
    await pause.backend.move(x=50, y=-30, z=-15)
    await pause.backend.move(x=100, y=100, z=1, relative=False)
    await pause.backend.extrude(10, rate_mm_s=5)


async def _home(pause: Pause) -> None:
    await pause.backend.move(z=-15)
    await pause.backend.home("xy")
    await pause.backend.send_gcode("G1 Z3\nG28 Y\nM83\nG1 E-4")
    heights = [round(end[2], 3) for start, end in pause.moves if start[2] != end[2]]
    assert heights[-4:] == [5.4, 20.4, 3.0, 20.4]


async def _type(pause: Pause) -> None:
    await pause.backend.send_gcode(
        "G91\nM83\nG1 X7 Y-20 F777\nG1 E3\nG20\nG1 Z0.1\nM107\nM106 P0 S9"
    )


async def _shift(pause: Pause) -> None:
    await pause.backend.send_gcode("G92 X3 Y-12 E99\nG1 X20\nG28 Y")


async def _change_tool(pause: Pause) -> None:
    await pause.backend.send_gcode("T1\nG1 X30\nT0\nT1")


async def _swap(pause: Pause) -> None:
    await pause.backend.set_temperature(nozzles={0: 0})
    await pause.house.until(lambda: pause.house.heaters[0].reading < 150, 3600)
    await pause.backend.begin_swap()
    await pause.house.until(lambda: pause.backend.state.prompt is not None, 900)
    await pause.house.until(lambda: pause.backend.state.phase is Phase.FILAMENT_SWAP, 900)


HAND = [_jog, _home, _type, _shift]


@pytest.mark.parametrize("lines", PRINTS)
@pytest.mark.parametrize("variant", ["single", "default"])
def test_a_pause_leaves_no_trace_in_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, variant: str
) -> None:
    if lines == "two tools" and variant == "single":
        lines = "absolute E"
    told = [printed(monkeypatch, tmp_path, PRINTS[lines], act, variant) for act in (_nothing, None)]
    assert told[0] == told[1]


@pytest.mark.parametrize("lines", ["absolute E", "shifted"])
@pytest.mark.parametrize(
    ("act", "variant"),
    [
        *((act, "default") for act in [*HAND, _change_tool, _swap]),
        *((act, "single") for act in [*HAND[:2], HAND[3], _swap]),
    ],
)
def test_nothing_that_is_done_by_hand_in_a_pause_leaves_a_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, act: Act, variant: str
) -> None:
    told = [printed(monkeypatch, tmp_path, PRINTS[lines], done, variant) for done in (act, None)]
    assert told[0] == told[1]


def test_what_would_lose_the_place_is_refused_in_a_pause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        backend = pause.backend
        await pause.begin()
        for call, words in (
            (backend.home(), "Home X and Y alone"),
            (backend.home("z"), "Z is not homed while a print is paused"),
            (backend.send_gcode("G28"), "Z is not homed"),
            (backend.send_gcode("G28 X Z"), "Z is not homed"),
            (backend.send_gcode("G92 Z1"), "would shift where the print goes on"),
            (backend.send_gcode("G92"), "would shift where the print goes on"),
            (backend.set_steppers(enabled=False), "has a paused print"),
            *(
                (backend.send_gcode(text), "would come between the lines")
                for text in ("M84", "M18 Z", "G29", "G30", "M206 X5", "M600", "G10", "G1.1 X5")
            ),
        ):
            with pytest.raises(WrongState, match=words):
                await call
        await pause.go_on()

    pause.house.run(story())
    assert not {"M84", "M18 Z", "G29", "M600"} & set(pause.texts())


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


@pytest.mark.parametrize(
    ("lines", "x", "e"),
    [("absolute E", 1.0, 3.0), ("relative E", 1.0, 6.0), ("all relative", 12.0, 6.0)],
)
def test_a_cancel_of_a_pause_leaves_the_head_aside_and_the_modes_as_they_were(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str, x: float, e: float
) -> None:
    pause = Pause(monkeypatch, tmp_path, PRINTS[lines])

    async def story() -> None:
        backend = pause.backend
        await pause.begin()
        pause.moves.clear()
        await backend.cancel()
        await pause.reach(Phase.READY)
        assert not any(heater.target for heater in pause.house.heaters)
        assert not [move for move in pause.moves if move[0] != move[1]]
        await backend.send_gcode("M302 P1\nG92 E0\nG1 X1 E3\nG1 X1 E3\nM114")
        at = backend.state.position
        assert (at.x, at.e) == (x, e)

    pause.house.run(story())


def test_a_cancel_runs_what_was_configured_between_heaters_that_are_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pause = Pause(monkeypatch, tmp_path, PRINTS["all relative"])
    own = ("G1 X0 Y0 F6000", "G91", "G1 Z7", "M104 S99", "M106 S255")
    pause.backend.profile = replace(pause.backend.profile, cancel_gcode=own)

    async def story() -> None:
        await pause.begin()
        pause.moves.clear()
        await pause.backend.cancel()
        await pause.reach(Phase.READY)
        assert pause.house.board.machine.planner.position[:3] == [0.0, 0.0, 27.4]
        assert not any(heater.target for heater in pause.house.heaters)
        assert not any(pause.backend.state.fans.values())

    pause.house.run(story())
    texts = pause.texts()
    begins = texts.index(own[0])
    assert texts.index("M104 T0 S0") < begins
    assert [text for text in texts[begins:] if text in own] == list(own)


@pytest.mark.parametrize(
    ("modes", "x", "e"),
    [
        ("M82", 2.0, 3.0),
        ("M83", 2.0, 6.0),
        ("G91\nG90", 2.0, 3.0),
        ("G91", 8.0, 6.0),
        ("G91\nM82", 8.0, 3.0),
        ("G20\nM83", 50.8, 152.4),
        ("G20\nG91", 56.8, 152.4),
    ],
)
@pytest.mark.parametrize("is_paused", [False, True], ids=["ready", "paused"])
def test_what_moves_by_hand_leaves_how_places_lengths_and_e_are_taken(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    modes: str,
    x: float,
    e: float,
    is_paused: bool,
) -> None:
    pause = Pause(monkeypatch, tmp_path, LOW)

    async def story() -> None:
        backend = pause.backend
        if is_paused:
            await pause.begin()
        else:
            await backend.connect()
            await backend.send_gcode("G28\nM302 P1")
        await backend.send_gcode("G21\nG90\nM82\nG1 X0 Y0 F9000\nG92 E0")
        await backend.send_gcode(modes)
        for _ in range(3):
            await backend.move(x=2)
        await backend.move(x=6, relative=False)
        await backend.extrude(4, rate_mm_s=5)
        await backend.home("y")
        machine = pause.house.board.machine
        await pause.house.until(lambda: backend.core.is_drained, 60)
        pushed = sum(b[3] - a[3] for a, b in pause.moves if b[:3] == a[:3])
        assert machine.planner.position[0] == 6.0
        assert pushed == pytest.approx(4.0 + (-2.0 if is_paused else 0.0))
        await backend.send_gcode("G1 X2 E3\nG1 E3\nM114")
        assert backend.state.position.x == pytest.approx(x, abs=0.011)
        assert backend.state.position.e == pytest.approx(e, abs=0.011)
        if is_paused:
            await pause.go_on()

    pause.house.run(story())


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
