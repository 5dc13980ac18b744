"""A pause, and what is done by hand in it, leave no trace in what is printed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.backends.marlin.paused import LOW, PRINTS, Pause

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
