"""A change of filament that somebody asks for in the middle of a print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.rest import Rest, remember
from gbterm.config import Pausing
from gbterm.errors import WrongState
from gbterm.gcode.whereabouts import Whereabouts
from gbterm.model import Firmware, Phase, Position, PrinterState
from tests.backends.marlin.virtual import VirtualHouse

HEAD = ["M302 P1", "M104 S200", "G28", "G90"]
DRAWN = {
    "absolute E": ["M82", "G92 E0", *[f"G1 X{20 + n} Y40 Z0.4 E{n / 10} F1200" for n in range(60)]],
    "relative E": ["M83", "G1 X20 Y40 Z0.4 F1500", *[f"G1 X{20 + n} E0.1" for n in range(60)]],
    "all relative": ["G1 X20 Y40 Z0.4 F1500", "G91", "M83", *["G1 X1 E0.1"] * 60],
    "inches": ["G20", "G1 X1 Y1 Z0.02 F60", *[f"G1 X{1 + n / 50:.2f}" for n in range(60)]],
}
# The board that leaves the change to the host knows no inches.
BOARDS = [(variant, name) for variant in ("single", "default") for name in DRAWN]
BOARDS.remove(("single", "inches"))


class Story:
    """One print on a board without time; `seen` is how it stood before each line of the file."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, path: Path, variant: str, lines: list[str]
    ) -> None:
        self.house = VirtualHouse(monkeypatch, variant, heat_speed=10.0)
        self.backend, self._path = self.house.backend, path
        path.write_text("\n".join([*HEAD, *lines, "M400"]) + "\n")

    async def start(self, moves: int) -> None:
        """Print until so many moves of the file were executed."""
        await self.backend.connect()
        await self.backend.start_job(self._path, self._path.name)
        await self.house.until(lambda: len(self.house.executed) > moves + 15, 300)

    async def reach(self, phase: Phase) -> None:
        await self.house.until(lambda: self.backend.state.phase is phase, 600)

    def texts(self) -> list[str]:
        return [text for _, text in self.house.executed]


def drawn_by(house: VirtualHouse, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every move of the board that pushes filament on the way, and how quick: what is printed."""
    moves: list[tuple[Any, ...]] = []
    planner = house.board.machine.planner
    add = planner.add

    def record(target: list[float], feed: float, now: float) -> None:
        start = planner.position
        if target[:2] != start[:2] and target[2] < 5:
            pushed = target[3] - start[3]
            moves.append(tuple(round(v, 3) for v in (*start[:3], *target[:3], pushed, feed)))
        add(target, feed, now)

    monkeypatch.setattr(planner, "add", record)
    return moves


@pytest.mark.parametrize(("variant", "drawn"), BOARDS)
@pytest.mark.parametrize("is_paused", [False, True], ids=["while it prints", "while it is paused"])
def test_a_swap_leaves_no_trace_in_what_is_printed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variant: str,
    drawn: str,
    is_paused: bool,
) -> None:
    def told(swap: bool) -> list[tuple[Any, ...]]:
        story = Story(monkeypatch, tmp_path / "j.gcode", variant, DRAWN[drawn])
        moves = drawn_by(story.house, monkeypatch)

        async def run() -> None:
            await story.start(20)
            if swap:
                if is_paused:
                    await story.backend.pause()
                    await story.reach(Phase.PAUSED)
                await story.backend.begin_swap()
                await story.reach(Phase.FILAMENT_SWAP)
                await story.house.until(lambda: story.backend.state.prompt is not None, 300)
                await story.backend.complete_swap()
            await story.reach(Phase.READY)
            job = story.backend.state.job
            assert job is not None
            assert job.outcome == "finished"

        story.house.run(run())
        return moves

    assert told(swap=True) == told(swap=False)


@pytest.mark.parametrize("variant", ["single", "default"])
def test_a_change_that_a_sensor_began_says_so_and_the_next_one_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variant: str
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", variant, DRAWN["relative E"])

    async def run() -> None:
        await story.start(20)
        for ran_out in (True, False):
            await story.backend.begin_swap(ran_out=ran_out)
            await story.reach(Phase.FILAMENT_SWAP)
            said = story.backend.state.reason.startswith("The filament has run out: ")
            assert said is ran_out
            await story.house.until(lambda: story.backend.state.prompt is not None, 300)
            await story.backend.complete_swap()
            await story.reach(Phase.EXECUTING)

    story.house.run(run())


BETWEEN = {"apart": ["G1 X20 F1200", "M400", "G1 X30"], "one behind the other": []}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_a_change_that_was_completed_answers_nothing_of_the_next_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, between: list[str]
) -> None:
    lines = ["M600", *between, "M600", *between, "M600"]
    story = Story(monkeypatch, tmp_path / "j.gcode", "default", lines)
    house, backend = story.house, story.backend

    async def run() -> None:
        await story.start(-15)
        for number in range(1, 4):
            await house.until(lambda: story.texts().count("M600") == number, 300)  # noqa: B023
            await house.until(lambda: backend.state.prompt is not None, 300)
            asked, since = backend.state.prompt, house.loop.time()
            await house.until(lambda: house.loop.time() > since + 30, 60)  # noqa: B023
            assert (backend.state.phase, backend.state.prompt) == (Phase.FILAMENT_SWAP, asked)
            await backend.complete_swap()
        await story.reach(Phase.READY)

    house.run(run())


async def _begun(story: Story) -> None:
    await story.start(20)
    await story.backend.begin_swap()
    await story.reach(Phase.FILAMENT_SWAP)


def test_a_board_that_can_not_change_filament_is_parked_unloaded_and_primed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "single", DRAWN["relative E"])

    async def run() -> None:
        await _begun(story)
        state = story.backend.state
        assert state.prompt is not None
        assert state.prompt.choices == ("Continue",)
        await story.backend.extrude(-50.0, rate_mm_s=10.0)
        await story.backend.extrude(50.0, rate_mm_s=5.0)
        await story.backend.answer_prompt(0)
        await story.reach(Phase.READY)

    story.house.run(run())
    texts = story.texts()
    leaving, out = texts.index("G1 E-2 F2400"), texts.index("G1 E-100 F600")
    assert [text for text in texts[leaving : out + 1] if text.startswith("G")] == [
        *("G1 E-2 F2400", "G1 Z20.400 F600", "G27", "G1 X10.000 Y190.000 F6000", "G1 E-100 F600"),
    ]
    assert "G1 E-50 F600" in texts
    assert texts.index("G1 E50 F300") < texts.index("G1 E50 F180")
    assert "M600" not in texts


def test_a_cancel_in_a_swap_ends_the_print_cold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "single", DRAWN["relative E"])

    async def run() -> None:
        await _begun(story)
        await story.backend.cancel()
        await story.reach(Phase.READY)
        assert story.backend.state.prompt is None
        assert not any(heater.target for heater in story.house.heaters)
        with pytest.raises(WrongState, match="has no job"):
            await story.backend.begin_swap()
        with pytest.raises(WrongState, match="not changing filament"):
            await story.backend.complete_swap()

    story.house.run(run())


def test_a_resume_while_the_head_makes_way_is_refused_and_nothing_runs_in_between(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "single", DRAWN["relative E"])

    async def run() -> None:
        await story.start(20)
        await story.backend.begin_swap()
        await story.house.until(lambda: "G1 E-2 F2400" in story.texts(), 60)
        with pytest.raises(WrongState, match="wait a moment"):
            await story.backend.resume()
        with pytest.raises(WrongState, match="wait a moment"):
            await story.backend.begin_swap()
        await story.reach(Phase.FILAMENT_SWAP)
        await story.backend.resume()
        await story.reach(Phase.READY)

    story.house.run(run())
    moves = [text for text in story.texts() if text.startswith("G1X")]
    assert len(moves) == len(DRAWN["relative E"]) - 1


def test_a_pause_on_the_way_back_from_a_swap_comes_once_the_head_is_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "single", DRAWN["relative E"])

    async def run() -> None:
        await _begun(story)
        await story.backend.complete_swap()
        assert story.backend.state.phase is Phase.RESUMING
        await story.backend.pause()
        await story.reach(Phase.PAUSED)
        assert story.texts().count("G1 E50 F180") == 1
        at = len([text for text in story.texts() if text.startswith("G1X")])
        assert at < len(DRAWN["relative E"]) - 1
        await story.backend.resume()
        await story.reach(Phase.READY)
        assert story.texts().count("G1 E50 F180") == 1

    story.house.run(run())


def test_a_swap_that_is_asked_for_twice_is_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, tmp_path / "j.gcode", "default", DRAWN["relative E"])

    async def run() -> None:
        await story.start(20)
        await story.backend.begin_swap()
        with pytest.raises(WrongState, match="wait a moment"):
            await story.backend.begin_swap()
        await story.house.until(lambda: story.backend.state.prompt is not None, 300)
        await story.backend.complete_swap()
        await story.reach(Phase.READY)

    story.house.run(run())
    assert story.texts().count("M600") == 1


def _rest(
    commands: tuple[bytes, ...], firmware: str = "Marlin 2.0.9", e: float = 7.5
) -> Rest | None:
    where = Whereabouts(Firmware(firmware))
    lines = [Outgoing(text, leads_to=where.follow(text), modes=where.modes) for text in commands]
    state = PrinterState(position=Position(e=7.5))
    return remember(lines[-1] if lines else None, state, None, Pausing(), 100.0)


def test_inches_relative_moves_and_the_feed_rate_are_set_again_after_the_head_is_back() -> None:
    rest = _rest((b"G28", b"G90", b"G20", b"G1 X1 Y2 Z1 F60", b"G91", b"M82"))
    assert rest is not None
    assert rest.lifting == ("G21", "G90", "M83", "G1 Z45.400 F600")
    assert rest.returning(PrinterState()) == (
        *("G21", "G90", "M83"),
        *("G1 Z45.400 F600", "G1 X25.400 Y50.800 F6000", "G1 Z25.400 F600", "M400"),
        *("G92 E7.50000", "G20", "G91", "M82", "G1 F60"),
    )


@pytest.mark.parametrize(
    "before",
    [
        *((), (b"G28",), (b"G91", b"G1 X1")),
        (b"G28", b"G1 X1 Y1 Z1"),
    ],
    ids=["nothing yet", "homed", "never homed", "E is absolute or not"],
)
def test_nothing_moves_where_the_way_back_is_unknown(before: tuple[bytes, ...]) -> None:
    assert _rest(before) is None
