"""A print on a board without time that is paused somewhere in its middle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gbterm.config import Pausing
from gbterm.model import Phase
from gbterm.simulator.planner import Planner
from tests.backends.marlin.virtual import VirtualHouse

HEAD = ["M104 S200", "M140 S60", "M109 S200", "G28", "G90"]
LOW = ["M82", "G92 E0", *[f"G1 X{20 + n} Y40 Z0.4 E{n / 10} F1200" for n in range(60)]]
PRINTS = {
    "absolute E": LOW,
    "relative E": ["M83", "G1 X20 Y40 Z0.4 F1500", *[f"G1 X{20 + n} E0.1" for n in range(60)]],
    "all relative": ["G1 X20 Y40 Z0.4 F1500", "G91", "M83", *["G1 X1 E0.1"] * 60],
    "shifted": ["G1 X20 Y40 Z0.4 F1500", "M83", "G92 X0", *[f"G1 X{n} E0.1" for n in range(60)]],
    "two tools": ["M109 T1 S200", "T1", *LOW],
}


class Pause:
    """A print that is paused somewhere in its middle; `moves` is how the head went since then."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        folder: Path,
        lines: list[str],
        variant: str = "default",
        pausing: Pausing | None = None,
    ) -> None:
        self.house = VirtualHouse(monkeypatch, variant, heat_speed=4.0)
        self.backend = self.house.backend
        if pausing is not None:
            self.backend.profile = replace(self.backend.profile, pausing=pausing)
        self._path = folder / "job.gcode"
        self._path.write_text("\n".join([*HEAD, *lines, "M400"]) + "\n")
        self.moves: list[tuple[list[float], list[float]]] = []
        self.drawn: list[tuple[Any, ...]] = []
        self._watch(monkeypatch)

    def _watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        add = Planner.add

        def record(planner: Planner, target: list[float], feed: float, now: float) -> None:
            if planner is self.house.board.machine.planner:
                self._see(planner.position, target, feed)
            add(planner, target, feed, now)

        monkeypatch.setattr(Planner, "add", record)

    def _see(self, start: list[float], target: list[float], feed: float) -> None:
        self.moves.append((list(start), list(target)))
        if target[:2] != start[:2] and target[3] > start[3]:
            pushed = target[3] - start[3]
            drawn = (*start[:3], *target[:3], pushed, feed, self.house.board.machine.tool)
            self.drawn.append(tuple(round(value, 3) for value in drawn))
        self.on_move(start[2], target[2])

    def on_move(self, _from_mm: float, _to_mm: float) -> None:
        """A move was planned between these heights."""

    async def reach(self, phase: Phase) -> None:
        await self.house.until(lambda: self.backend.state.phase is phase, 900)

    async def print_until(self, moves: int = 20) -> None:
        """Print until so many moves of it were executed."""
        await self.backend.connect()
        await self.backend.start_job(self._path, self._path.name)
        await self.house.until(lambda: len(self.drawn) > moves, 600)

    async def begin(self, moves: int = 20) -> None:
        """Print until so many moves of it were executed, then pause."""
        await self.print_until(moves)
        self.moves.clear()
        await self.backend.pause()
        await self.reach(Phase.PAUSED)

    async def go_on(self) -> None:
        """Resume, to the end."""
        await self.backend.resume()
        await self.reach(Phase.READY)
        job = self.backend.state.job
        assert job is not None
        assert job.outcome == "finished"

    def texts(self) -> list[str]:
        return [text for _, text in self.house.executed]
