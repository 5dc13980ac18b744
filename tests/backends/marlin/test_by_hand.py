"""Whatever is done by hand in the pauses of a print, it ends as if it had not been paused."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gbterm.model import Phase
from tests.backends.marlin.paused import PRINTS, Pause

Act = Callable[[Pause, random.Random], Awaitable[None]]
PAUSES = 2


async def _jog(pause: Pause, chance: random.Random) -> None:
    axes = {axis: round(chance.uniform(-40, 40), 2) for axis in chance.sample("xyz", 2)}
    await pause.backend.move(**axes)  # type: ignore[arg-type]


async def _travel(pause: Pause, chance: random.Random) -> None:
    x, z = chance.uniform(0, 200), chance.uniform(1, 60)
    await pause.backend.move(x=round(x, 2), z=round(z, 2), relative=False)


async def _home(pause: Pause, chance: random.Random) -> None:
    await pause.backend.home(chance.choice(["x", "y", "xy"]))


async def _push(pause: Pause, chance: random.Random) -> None:
    await pause.backend.extrude(chance.choice([-30.0, -2.5, 7.0, 40.0]), rate_mm_s=5)


async def _heat(pause: Pause, chance: random.Random) -> None:
    await pause.backend.set_temperature(nozzles={0: chance.choice([0, 190, 215])})


async def _type(pause: Pause, chance: random.Random) -> None:
    texts = ["G91", "G90", "M82", "M83", "G92 E0", "G92 E-7.5", "G92 X3 Y-4", "G1 X30 Y20 F555"]
    texts += ["G1 E-1", "M106 S80", "M107", "G28 X Y", "G0 Z2", "M17", "G4 P200"]
    if pause.house.board.variant.name == "default":
        texts += ["G20", "G21", "T0", "T1", "T1 S1", "G20\nG1 X1"]
    await pause.backend.send_gcode(chance.choice(texts))


ACTS: tuple[Act, ...] = (_jog, _travel, _home, _push, _heat, _type, _type, _type)


def ended(
    monkeypatch: pytest.MonkeyPatch, folder: Path, kind: str, variant: str, seed: int | None
) -> tuple[list[tuple[Any, ...]], list[float], list[float]]:
    """What was drawn, and where the head and the coordinates are at the end; with pauses, if there
    is a `seed`."""
    pause = Pause(monkeypatch, folder, PRINTS[kind], variant)
    chance = random.Random(seed)

    async def story() -> None:
        await pause.print_until(chance.randrange(1, 20))
        for _ in range(PAUSES if seed is not None else 0):
            await pause.backend.pause()
            await pause.reach(Phase.PAUSED)
            for _ in range(chance.randrange(1, 8)):
                await chance.choice(ACTS)(pause, chance)
            printed = len(pause.drawn)
            await pause.backend.resume()
            await pause.reach(Phase.EXECUTING)
            more = chance.randrange(15)
            await pause.house.until(lambda: len(pause.drawn) >= printed + more, 60)  # noqa: B023
        await pause.reach(Phase.READY)

    pause.house.run(story())
    machine = pause.house.board.machine
    return pause.drawn, machine.planner.position, machine.shift


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("variant", ["default", "single"])
def test_nothing_by_hand_leaves_a_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str, seed: int
) -> None:
    kinds = [kind for kind in PRINTS if variant == "default" or kind != "two tools"]
    kind = kinds[seed % len(kinds)]
    wanted = ended(monkeypatch, tmp_path, kind, variant, None)
    came = ended(monkeypatch, tmp_path, kind, variant, seed)
    drawn = [move for move in came[0] if move[5] == 0.4 and move[6] == 0.1]
    assert len(drawn) == len(wanted[0])
    for move, want in zip(drawn, wanted[0], strict=True):
        assert move == pytest.approx(want, abs=0.011)
    assert came[1] == pytest.approx(wanted[1], abs=0.011)
    assert came[2] == pytest.approx(wanted[2], abs=0.011)
