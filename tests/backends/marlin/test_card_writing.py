"""A file is put on the board's card line by line (M28): whole, or not at all with a sentence."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.marlin.card_writing import short_name
from gbterm.errors import FileRefused, WrongState
from gbterm.host.ending import Ending
from gbterm.model import Phase
from gbterm.simulator.faults import CardOut
from tests.backends.marlin.virtual import VirtualHouse

MOVES = [f"G1 X{x % 100} Y{x % 70}.5 E{x}" for x in range(1500)]
SOURCE = "; sliced\n" + "\r\n".join(["G28 ; home", "", *MOVES, "M117 N5 done"])
WHOLE = "".join(f"{line}\r\n" for line in ["G28", *MOVES, "M117 N5 done"]).encode()
MOVING = re.compile(r"G\d|M117")


class Story:
    """A connected board with an empty card, and a file."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        variant: str,
        folder: Path,
        build: dict[str, bool] | None = None,
    ) -> None:
        self.card: dict[str, bytes] = {"BOX.GCO": b"G28\n"}
        self.house = VirtualHouse(monkeypatch, variant, build=build, sd_card=self.card, baud=115200)
        self.backend = self.house.backend
        self.file = folder / "box.gcode"
        self.file.write_text(SOURCE, newline="")

    async def write(self) -> str:
        await self.backend.connect()
        return (await self.backend.write_card_file(self.file, "box.gcode")).path

    async def until(self, what: Callable[[], bool], limit_s: float = 2000) -> None:
        await self.house.until(what, limit_s)

    async def end(self) -> str:
        await self.until(lambda: bool(self.job.outcome))
        await self.until(lambda: not self.backend.is_writing)
        return str(self.job.outcome)

    @property
    def job(self):  # type: ignore[no-untyped-def]
        assert self.backend.state.job is not None
        return self.backend.state.job

    async def stop_unheard_at_first(self) -> None:
        """Whatever goes out as the stop begins is lost."""
        await self.write()
        await self.until(lambda: self.job.byte > 0)
        self.house.tamper = lambda towards, data: b"" if towards == "board" else data
        stop = asyncio.ensure_future(self.backend.emergency_stop())
        for _ in range(2):
            await asyncio.sleep(0)
        self.house.tamper = lambda _towards, data: data
        assert (await stop).confirmed

    def assert_nothing_was_executed(self) -> None:
        assert not [text for _, text in self.house.executed if MOVING.match(text)]


@pytest.fixture(params=["plain", "single", "default"])
def story(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Story:
    return Story(monkeypatch, request.param, tmp_path)


def test_every_line_is_on_the_card_and_none_was_executed(story: Story) -> None:
    async def tell() -> None:
        assert await story.write() == "/BOX~1.GCO"
        state = story.backend.state
        assert state.phase is Phase.EXECUTING
        assert "nothing is printed" in state.reason
        assert (story.job.on_card, story.job.is_written) == (True, True)
        for act in (
            lambda: story.backend.set_temperature(bed=50),
            lambda: story.backend.move(x=1),
            lambda: story.backend.pause(),
            lambda: story.backend.send_gcode("M105"),
            lambda: story.backend.print_card_file("/BOX.GCO"),
            lambda: story.backend.write_card_file(story.file, "b.gcode"),
            lambda: story.backend.reconnect(),
            lambda: story.backend.disconnect_printer(),
        ):
            with pytest.raises(WrongState, match="file"):
                await act()
        assert await story.end() == "finished"
        assert story.card["BOX~1.GCO"] == WHOLE
        assert story.backend.state.phase is Phase.READY
        story.assert_nothing_was_executed()
        # It is told temperatures again, and takes commands.
        assert (await story.backend.send_gcode("M105"))[0].lines
        await story.backend.print_card_file("/BOX~1.GCO", confirmed=True)

    story.house.run(tell())


@pytest.mark.parametrize("seed", range(6))
def test_noise_on_the_cable_leaves_it_whole_or_ends_it_with_a_sentence(
    story: Story, seed: int
) -> None:
    noise = random.Random(seed)

    def tamper(_towards: str, data: bytes) -> bytes:
        if not story.backend.is_writing:
            return data
        return bytes(noise.randrange(256) if noise.random() < 0.0003 else byte for byte in data)

    async def tell() -> None:
        await story.write()
        story.house.tamper = tamper
        outcome = await story.end()
        if outcome == "finished":
            assert story.card["BOX~1.GCO"] == WHOLE
        else:
            assert story.job.reason.endswith(".") or ":" in story.job.reason
        story.assert_nothing_was_executed()

    story.house.run(tell())


def test_it_is_cancelled_and_leaves_no_file(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: "BOX~1.GCO" in story.card)
        await story.backend.cancel()
        assert await story.end() == "cancelled"
        assert set(story.card) == {"BOX.GCO"}
        assert story.backend.state.phase is Phase.READY
        story.assert_nothing_was_executed()

    story.house.run(tell())


@pytest.mark.parametrize("cut", [3, 300, 900])
def test_a_cable_that_is_pulled_leaves_a_board_that_writes_no_command_of_the_next(
    story: Story, cut: int
) -> None:
    async def tell() -> None:
        await story.write()
        begun = len(story.house.sent)
        await story.until(lambda: len(story.house.sent) > begun + cut)
        story.house.unplug()
        assert story.job.outcome == "failed"
        assert story.backend.state.phase is Phase.DISCONNECTED
        board = story.house.board.machine.card
        assert board is not None
        assert board.writing
        story.house.plug_in()
        await story.until(lambda: story.backend.state.phase is Phase.READY)
        assert not board.writing
        assert story.backend.state.firmware.name.startswith("Marlin")
        assert (await story.backend.send_gcode("M105"))[0].lines
        story.assert_nothing_was_executed()

    story.house.run(tell())


def test_a_board_that_is_reset_meanwhile_executes_nothing_of_it(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        begun = len(story.house.sent)
        await story.until(lambda: len(story.house.sent) > begun + 50)
        story.house.board.reset()
        assert await story.end() == "failed"
        assert "reset" in story.job.reason
        story.assert_nothing_was_executed()
        assert story.backend.state.phase is Phase.READY
        assert (await story.backend.send_gcode("M105"))[0].lines

    story.house.run(tell())


def test_the_emergency_stop_reaches_a_board_that_writes(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        assert (await story.backend.emergency_stop()).confirmed
        assert story.job.outcome == "failed"
        assert story.backend.state.phase is Phase.ERROR

    story.house.run(tell())


def test_a_full_card_and_one_that_opens_no_file_are_told_of(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell() -> None:
        await story.backend.connect()
        board = story.house.board
        assert board.machine.card is not None
        monkeypatch.setattr(
            board.machine.card,
            "write",
            lambda _line: board.machine.say("Error:error writing to file"),
        )
        await story.write()
        assert await story.end() == "failed"
        assert "error writing to file" in story.job.reason
        assert set(story.card) == {"BOX.GCO"}

    story.house.run(tell())


def test_what_may_not_be_written_is_refused_before(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        await story.backend.set_temperature(bed=50)
        await story.until(lambda: bool(story.backend.state.bed.target))
        with pytest.raises(WrongState, match="turn its heaters off first"):
            await story.backend.write_card_file(story.file, "box.gcode")
        await story.backend.set_temperature(bed=0)
        await story.until(lambda: not story.backend.state.bed.target)
        story.file.write_text("G28\nM112\n")
        with pytest.raises(FileRefused, match="line 2"):
            await story.backend.write_card_file(story.file, "box.gcode")
        story.file.write_text("G28\nM117 M29 ends it\nG1 X5\n")
        await story.backend.write_card_file(story.file, "box.gcode")
        assert await story.end() == "failed"
        assert "Line 2 can't be written to a card" in story.job.reason
        assert set(story.card) == {"BOX.GCO"}
        story.assert_nothing_was_executed()

    story.house.run(tell())


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("box.gcode", "BOX.GCO"),
        ("A long name (v2).gcode", "ALONGNAM.GCO"),
        ("Würfel 20mm.g", "WRFEL20M.GCO"),
        ("…", "FILE.GCO"),
        ("taken.gcode", "TAKEN~2.GCO"),
        ("abcdefghij.gcode", "ABCDEF~1.GCO"),
        ("x\nM112.gcode", "XM112.GCO"),
    ],
)
def test_a_short_name_is_safe_and_free(name: str, short: str) -> None:
    assert short_name(name, {"TAKEN.GCO", "TAKEN~1.GCO", "ABCDEFGH.GCO"}) == short


def test_the_stop_ends_the_file_again_where_its_first_word_was_lost(story: Story) -> None:
    story.house.run(story.stop_unheard_at_first())


@pytest.fixture(params=["lines", "packets"])
def either(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Story:
    build = {"binary_transfer": request.param == "packets"}
    return Story(monkeypatch, "plain", tmp_path, build)


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.01])
def test_a_second_cancel_does_not_break_off_the_first(either: Story, after_s: float) -> None:
    async def tell() -> None:
        await either.write()
        await either.until(lambda: either.job.byte > 2000)
        await either.backend.cancel()
        await asyncio.sleep(after_s)
        await either.backend.cancel()
        assert await either.end() == "cancelled"
        assert set(either.card) == {"BOX.GCO"}
        assert either.backend.state.phase is Phase.READY

    either.house.run(tell())


def test_it_is_cancelled_before_anything_was_sent(either: Story) -> None:
    async def tell() -> None:
        await either.write()
        await either.backend.cancel()
        assert await either.end() == "cancelled"
        assert either.backend.state.phase is Phase.READY

    either.house.run(tell())


@pytest.mark.parametrize("later_s", [0.0, 2.0])
def test_nothing_is_written_where_somebody_heats_while_the_file_is_checked(
    either: Story, monkeypatch: pytest.MonkeyPatch, later_s: float
) -> None:
    async def tell() -> None:
        backend = either.backend
        checked = backend._checked

        async def slow(*what: Any) -> Any:
            found = await checked(*what)
            await backend.set_temperature(bed=60)
            await asyncio.sleep(later_s)
            return found

        monkeypatch.setattr(backend, "_checked", slow)
        with pytest.raises(WrongState, match="turn its heaters off first"):
            await either.write()
        assert backend.state.phase is Phase.READY
        await backend.set_temperature(bed=0)
        await either.until(lambda: not either.house.board.heaters.bed.target)

    either.house.run(tell())


def test_lines_that_end_with_cr_alone_are_never_cut(story: Story) -> None:
    moves = [f"G1 X{x % 100} E0.{x:04d}" for x in range(1200)]
    story.file.write_text("\r".join(f"{move} ;{' M104 S200' * 100}" for move in moves), newline="")

    async def tell() -> None:
        await story.write()
        assert await story.end() == "finished"
        assert story.card["BOX~1.GCO"].decode().splitlines() == moves

    story.house.run(tell())


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_port_that_is_closed_leaves_a_board_that_takes_commands(
    either: Story, *, is_heard: bool
) -> None:
    async def tell() -> None:
        await either.write()
        await either.until(lambda: either.job.byte > 2000)
        if not is_heard:
            either.house.tamper = lambda _towards, _data: b""
        begun = either.house.loop.time()
        await either.backend.close()
        assert either.house.loop.time() - begun < 5
        assert (either.job.outcome, either.job.reason) == ("failed", "The port was closed.")
        assert either.backend.state.phase is Phase.DISCONNECTED
        if is_heard:
            assert set(either.card) == {"BOX.GCO"}
            machine = either.house.board.machine
            assert not machine.binary.is_on
            assert machine.card is not None
            assert not machine.card.writing

    either.house.run(tell())


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_file_whose_writing_was_cut_off_is_not_printed(story: Story, *, is_stopped: bool) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 2000)
        if is_stopped:
            assert (await story.backend.emergency_stop()).confirmed
            story.house.board.reset()
            await story.backend.reconnect()
        else:
            story.house.unplug()
            story.house.plug_in()
        await story.until(lambda: story.backend.state.phase is Phase.READY)
        assert "BOX~1.GCO" in story.card
        with pytest.raises(WrongState, match="is not whole"):
            await story.backend.print_card_file("/BOX~1.GCO", confirmed=True)
        await story.backend.delete_card_file("/BOX~1.GCO")
        assert (await story.backend.write_card_file(story.file, "box.gcode")).path == "/BOX~1.GCO"
        assert await story.end() == "finished"
        await story.backend.print_card_file("/BOX~1.GCO", confirmed=True)

    story.house.run(tell())


def test_what_was_lost_is_sent_again_whatever_else_the_board_says(either: Story) -> None:
    async def chatter() -> None:
        while True:
            await asyncio.sleep(1)
            either.house.cable._on_data(b"echo: hello\n")

    async def tell() -> None:
        await either.write()
        await either.until(lambda: either.job.byte > 2000)
        talk = asyncio.ensure_future(chatter())
        either.house.tamper = lambda towards, data: b"" if towards == "board" else data
        await asyncio.sleep(8)
        either.house.tamper = lambda _towards, data: data
        assert await either.end() == "finished"
        talk.cancel()

    either.house.run(tell())


def test_a_card_that_is_pulled_before_it_was_looked_at_is_told_of(story: Story) -> None:
    def tamper(_towards: str, data: bytes) -> bytes:
        if b"Done saving file" in data:
            board = story.house.board
            board.inject(CardOut())
            assert board.machine.card is not None
            board.machine.card.is_mounted = False
        return data

    async def tell() -> None:
        story.house.tamper = tamper
        await story.write()
        assert await story.end() == "failed"
        assert story.job.reason == "The card does not hold BOX~1.GCO: look whether it is in."
        assert story.backend.state.phase is Phase.READY

    story.house.run(tell())


def test_the_host_is_not_ended_meanwhile_unless_that_is_meant(either: Story) -> None:
    async def tell() -> None:
        await either.write()
        await either.until(lambda: either.job.byte > 2000)
        ending = Ending(either.backend, lambda: None)
        with pytest.raises(WrongState, match=r"^p is given a file for its card: wait for its end"):
            await ending.shut_down(force=False)
        assert either.backend.is_writing
        await ending.shut_down(force=True)
        await either.backend.close()
        assert set(either.card) == {"BOX.GCO"}

    either.house.run(tell())
