"""A pause that is cancelled, and what moves by hand: the modes stay as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.model import Phase
from tests.backends.marlin.paused import LOW, PRINTS, Pause


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
