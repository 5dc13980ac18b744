"""The layer that a print is in, and pauses before layers that are named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm.errors import GbtermError, OutOfRange, UsageError, WrongState
from gbterm.model import Phase
from tests.backends.marlin.test_whole_backend import Print
from tests.backends.marlin.virtual import VirtualHouse
from tests.independent_gcode import Canonical, canonical, commands_of_file

HEAD = ["M302 P1", "G28", "M83"]
BODY = [
    line
    for z in range(1, 7)
    for line in (
        *(";LAYER_CHANGE", f";Z:{z / 5}", f"G1 Z{z / 5} F900"),
        *(f"G1 X{20 + (n + z) % 17} Y{40 + n} E0.1 F3000" for n in range(12)),
    )
]
"""Six layers of 13 commands each."""


class Story:
    """One print on a board without time."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, path: Path, variant: str = "default"
    ) -> None:
        self.house = VirtualHouse(monkeypatch, variant)
        self.backend, self.path = self.house.backend, path
        path.write_text("\n".join([*HEAD, *BODY, "M400"]) + "\n")

    async def start(self) -> None:
        await self.backend.connect()
        await self.house.until(lambda: self.backend.core.is_drained, 10)
        self.house.executed.clear()
        self.house.own.clear()
        await self.backend.start_job(self.path, self.path.name)

    async def reach(self, phase: Phase) -> None:
        await self.house.until(lambda: self.backend.state.phase is phase, 600)

    def printed(self) -> list[Canonical]:
        """What the board executed for the job."""
        own, executed = self.house.own, self.house.executed
        return [canonical(text) for n, text in executed if (n, text[:4]) not in own]

    def layers(self) -> tuple[int | None, int | None, tuple[int, ...]]:
        job = self.backend.state.job
        assert job is not None
        return job.layer, job.layers, job.pause_layers


@pytest.mark.parametrize("variant", ["default", "single", "big", "plain"])
def test_what_comes_before_the_layer_is_done_first_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", variant)

    async def run() -> None:
        wanted = list(commands_of_file(story.path))
        await story.start()
        await story.backend.set_pause_layers([5, 3, 5])
        assert story.layers() == (0, 6, (3, 5))
        for layer, left in ((3, (5,)), (5, ())):
            await story.reach(Phase.PAUSED)
            assert story.backend.state.reason == f"Paused before layer {layer}, as asked."
            # A question of the beat's own counts as the host's once it has its ok.
            await story.house.until(lambda: story.backend.core.is_drained, 10)
            assert story.printed() == wanted[: len(HEAD) + 13 * (layer - 1)]
            assert story.layers() == (layer - 1, 6, left)
            await story.backend.resume()
        await story.reach(Phase.READY)
        assert story.layers() == (6, 6, ())
        assert story.printed() == wanted

    story.house.run(run())
    assert [phase for phase, _ in story.house.phases].count(Phase.PAUSED) == 2


def test_pauses_can_be_named_while_paused_and_taken_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode")

    async def run() -> None:
        await story.start()
        await story.backend.set_pause_layers([2, 6])
        await story.reach(Phase.PAUSED)
        await story.backend.set_pause_layers([4])
        await story.backend.resume()
        await story.reach(Phase.PAUSED)
        assert story.layers() == (3, 6, ())
        await story.backend.set_pause_layers([5])
        await story.backend.set_pause_layers([])
        await story.backend.resume()
        await story.reach(Phase.READY)
        assert story.printed() == list(commands_of_file(story.path))

    story.house.run(run())


def test_a_pause_that_is_taken_back_as_it_is_reached_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode")

    async def run() -> None:
        await story.start()
        await story.backend.set_pause_layers([3])
        while not story.backend.core.is_job_stopped:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        assert story.backend.state.phase is Phase.EXECUTING
        await story.backend.set_pause_layers([])
        await story.reach(Phase.READY)
        assert story.printed() == list(commands_of_file(story.path))

    story.house.run(run())
    assert Phase.PAUSED not in [phase for phase, _ in story.house.phases]


def test_layers_that_can_not_be_paused_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode")
    backend = story.backend

    async def refused(kind: type[GbtermError], words: str, layers: list[int]) -> None:
        with pytest.raises(kind, match=words):
            await backend.set_pause_layers(layers)

    async def run() -> None:
        await backend.connect()
        await refused(WrongState, "it has no job", [2])
        await story.start()
        await backend.set_pause_layers([4])
        await refused(OutOfRange, "layers 1 to 6, and no layer 7", [5, 7])
        await refused(OutOfRange, "no layer 0", [0])
        assert story.layers() == (0, 6, (4,))
        await story.reach(Phase.PAUSED)
        await refused(WrongState, "Layer 4 has begun already: name one from 5", [4, 6])
        await backend.cancel()
        await refused(WrongState, "it is cancelling", [6])
        await story.reach(Phase.READY)
        await refused(WrongState, "it has no job", [6])
        assert story.layers()[2] == ()

    story.house.run(run())


def test_a_file_without_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode")
    story.path.write_text("G28\n" + "G1 X10\nG1 X20\n" * 50)

    async def run() -> None:
        await story.start()
        assert story.layers() == (None, None, ())
        with pytest.raises(UsageError, match="shows no layers"):
            await story.backend.set_pause_layers([1])
        await story.backend.set_pause_layers([])
        await story.reach(Phase.READY)

    story.house.run(run())


class LayeredPrint(Print):
    """A print with layers, some of which it pauses before, while something goes wrong."""

    def mark(self) -> None:
        lines = self.file.read_text().splitlines()
        for number in range(8, len(lines), 9):
            lines[number] = f";LAYER:{number // 9}\n{lines[number]}"
        self.file.write_text("\n".join(lines) + "\n")
        self.meanwhile = "layers"

    async def _do(self, what: str) -> None:
        await self.backend.set_pause_layers([1, 2, 4])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "fault",
    [
        *("change to the board", "change to the host", "lost ok", "doubled ok", "false ok"),
        *("false resend -1", "late oks", "lose tail to the board"),
    ],
)
def test_faults_around_a_pause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str, seed: int
) -> None:
    one = LayeredPrint(monkeypatch, tmp_path / "j.gcode", fault, seed)
    one.mark()
    one.house.run(one.story())
    one.check()
    reasons = [reason for _, reason in one.house.phases]
    assert "Paused before layer 1, as asked." in reasons
