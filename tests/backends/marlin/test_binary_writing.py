"""A file goes to the card in packets (M28 B1): byte for byte, or not at all with a sentence."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from gbterm.backends.marlin.binary_packets import Kind, opening, packet
from gbterm.model import Phase
from gbterm.simulator.faults import ByteFault, CardFull, CardOut, Fault, Mute
from tests.backends.marlin.test_card_writing import WHOLE, Story

BINARY = {"binary_transfer": True}
SOURCE = "; sliced\n" + "".join(f"G1 X{x % 100} Y{x % 70}.5 E{x} ; M29 é\r\n" for x in range(900))


@pytest.fixture(params=["plain", "single", "default"])
def story(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Story:
    story = Story(monkeypatch, request.param, tmp_path, build=BINARY)
    story.file.write_text(SOURCE, newline="")
    return story


def test_every_byte_is_on_the_card_in_half_the_bytes(story: Story) -> None:
    async def tell() -> None:
        assert await story.write() == "/BOX~1.GCO"
        begun = len(story.house.sent)
        assert await story.end() == "finished", story.job.reason
        assert story.card["BOX~1.GCO"] == SOURCE.encode()
        sent = sum(len(data) for _, data in story.house.sent[begun:])
        assert sent < len(SOURCE) * 0.75
        assert story.backend.state.phase is Phase.READY
        story.assert_nothing_was_executed()
        assert (await story.backend.send_gcode("M105"))[0].lines
        await story.backend.print_card_file("/BOX~1.GCO", confirmed=True)

    story.house.run(tell())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("both_ways", [False, True])
def test_noise_on_the_cable_leaves_it_whole(story: Story, seed: int, *, both_ways: bool) -> None:
    noise = random.Random(seed)
    hits = 0

    def tamper(towards: str, data: bytes) -> bytes:
        nonlocal hits
        if not story.backend.is_writing or not (both_ways or towards == "board"):
            return data
        said = bytes(noise.randrange(256) if noise.random() < 0.001 else byte for byte in data)
        hits += said != data
        return said

    async def tell() -> None:
        await story.write()
        story.house.tamper = tamper
        outcome = await story.end()
        assert hits
        if outcome == "finished":
            assert story.card["BOX~1.GCO"] == SOURCE.encode()
        else:
            assert story.job.reason.endswith(".")
        story.assert_nothing_was_executed()
        await story.until(lambda: story.backend.state.phase in (Phase.READY, Phase.ERROR))

    story.house.run(tell())


@pytest.mark.parametrize("nth", [1, 7, 20, 64, 105, 300])
@pytest.mark.parametrize("how", ["corrupt", "drop", "double"])
def test_a_packet_that_is_damaged_is_sent_again(story: Story, how: str, nth: int) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 0)
        story.house.board.inject(ByteFault(how, nth))
        assert await story.end() == "finished"
        assert story.card["BOX~1.GCO"] == SOURCE.encode()

    story.house.run(tell())


def test_answers_that_are_lost_do_no_harm(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        for _ in range(6):
            story.house.board.inject(Mute(0.7))
            await asyncio.sleep(1.9)
        assert await story.end() == "finished"
        assert story.card["BOX~1.GCO"] == SOURCE.encode()

    story.house.run(tell())


def test_it_is_cancelled_and_leaves_no_file(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 5000)
        await story.backend.cancel()
        assert await story.end() == "cancelled"
        assert set(story.card) == {"BOX.GCO"}
        assert story.backend.state.phase is Phase.READY
        assert (await story.backend.send_gcode("M105"))[0].lines

    story.house.run(tell())


@pytest.mark.parametrize("away_s", [0.0, 30.0])
def test_a_cable_that_is_pulled_leaves_a_board_that_is_reached_again(
    story: Story, away_s: float
) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 5000)
        story.house.unplug()
        assert story.job.outcome == "failed"
        assert story.house.board.machine.binary.is_on
        await asyncio.sleep(away_s)
        story.house.plug_in()
        await story.until(lambda: story.backend.state.phase is Phase.READY)
        assert set(story.card) == {"BOX.GCO"}
        assert (await story.backend.send_gcode("M105"))[0].lines
        story.assert_nothing_was_executed()

    story.house.run(tell())


def test_a_board_that_is_reset_meanwhile_executes_nothing_of_it(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 5000)
        story.house.board.reset()
        assert await story.end() == "failed"
        assert story.job.reason == "The board was reset while BOX~1.GCO went."
        story.assert_nothing_was_executed()
        assert story.backend.state.phase is Phase.READY
        assert (await story.backend.send_gcode("M105"))[0].lines

    story.house.run(tell())


@pytest.mark.parametrize("after_s", [0.0, 0.003, 0.02, 0.5, 0.503, 0.506, 0.509])
def test_the_emergency_stop_gets_out_of_the_mode(story: Story, after_s: float) -> None:
    async def tell() -> None:
        await story.write()
        await asyncio.sleep(after_s)
        begun = story.house.loop.time()
        assert (await story.backend.emergency_stop()).confirmed
        assert story.house.loop.time() - begun < 1.0
        assert story.job.outcome == "failed"
        assert story.backend.state.phase is Phase.ERROR
        assert "BOX.GCO" in story.card

    story.house.run(tell())


REFUSED = [
    (CardFull(2000), "The board refuses: its card takes no more of BOX~1.GCO: look"),
    (CardOut(), "The board refuses: its card takes no more of BOX~1.GCO: look"),
]


@pytest.mark.parametrize(("fault", "sentence"), REFUSED)
def test_a_card_that_takes_no_more_is_told_of(story: Story, fault: Fault, sentence: str) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 0)
        story.house.board.inject(fault)
        assert await story.end() == "failed"
        assert story.job.reason.startswith(sentence)
        assert story.backend.state.phase is Phase.READY
        story.house.board.inject(CardOut(is_out=False))
        assert {file.path for file in await story.backend.card_files()} >= {"/BOX.GCO"}

    story.house.run(tell())


def test_a_file_that_can_not_be_opened_is_told_of(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell() -> None:
        await story.backend.connect()
        monkeypatch.setattr(story.house.board.card, "create", lambda _name: False)
        await story.write()
        assert await story.end() == "failed"
        assert "it can't open BOX~1.GCO: look whether its card is in" in story.job.reason
        assert set(story.card) == {"BOX.GCO"}
        assert (await story.backend.send_gcode("M105"))[0].lines

    story.house.run(tell())


def test_a_transfer_that_the_board_gave_up_is_told_of(story: Story) -> None:
    async def tell() -> None:
        await story.write()
        await story.until(lambda: story.job.byte > 0)
        # Nothing reaches it for longer than it waits.
        story.house.tamper = lambda towards, data: b"" if towards == "board" else data
        await asyncio.sleep(15)
        story.house.tamper = lambda _towards, data: data
        assert await story.end() == "failed"
        assert "it has closed BOX~1.GCO by itself" in story.job.reason
        assert set(story.card) == {"BOX.GCO"}

    story.house.run(tell())


def test_what_another_host_had_begun_is_cleared_away(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        machine = story.house.board.machine
        machine.binary.is_on = True
        for sync, kind, data in (
            (0, Kind.OPEN, opening("OLD.GCO", is_packed=False)),
            (1, Kind.LEAVE, b""),
        ):
            story.house.board.receive(packet(sync, kind, data), story.house.loop.time())
        await asyncio.sleep(1)
        assert "OLD.GCO" in story.card
        machine.card.writing = ""  # type: ignore[union-attr]
        await story.write()
        assert await story.end() == "finished"
        assert story.card["BOX~1.GCO"] == SOURCE.encode()
        assert set(story.card) == {"BOX.GCO", "OLD.GCO", "BOX~1.GCO"}

    story.house.run(tell())


def test_a_board_that_unpacks_nothing_is_given_the_file_line_by_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, "plain", tmp_path, build=BINARY | {"unpacks": False})

    async def tell() -> None:
        await story.write()
        assert await story.end() == "finished"
        assert story.card["BOX~1.GCO"] == WHOLE

    story.house.run(tell())


def test_a_host_that_died_leaves_a_board_that_the_next_one_greets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story = Story(monkeypatch, "plain", tmp_path, build=BINARY)
    board = story.house.board
    board.machine.binary.is_on = True
    data = packet(0, Kind.OPEN, opening("HALF.GCO", is_packed=True)) + packet(1, Kind.WRITE, b"12")
    board.receive(data[:-1], story.house.loop.time())

    async def tell() -> None:
        await story.backend.connect()
        assert story.backend.state.phase is Phase.READY
        assert set(story.card) == {"BOX.GCO"}
        assert (await story.backend.send_gcode("M105"))[0].lines

    story.house.run(tell())


def test_the_stop_ends_the_file_again_where_its_first_word_was_lost(story: Story) -> None:
    story.house.run(story.stop_unheard_at_first())


def test_the_board_reads_on_past_the_end_of_the_mode_as_marlin_does(story: Story) -> None:
    board, now = story.house.board, story.house.loop.time()
    board.machine.binary.is_on = True
    board.receive(packet(0, Kind.LEAVE) + b"M105\n", now)
    board.tick(now + 1)
    assert not board.machine.binary.is_on
    assert b"T:" not in board.data_to_send()
    story.house.loop.close()
