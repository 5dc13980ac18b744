"""The files of the board's own card: listed, printed on our behalf, deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gbterm.backends.capability import Capability
from gbterm.backends.marlin import card_files
from gbterm.errors import NeedsConfirmation, NoSuchFile, NotSupported, PrinterError, WrongState
from gbterm.files import CardFile
from gbterm.model import Phase
from gbterm.simulator import texts
from tests.backends.marlin.virtual import VirtualHouse

LONG = "A long file name.gcode"
MOVES = ["G28", *(f"G1 X{x % 100} Y{x % 70} F3000" for x in range(300))]
ON_CARD = {
    "SQUARE.GCO": b"G28\nG1 X10 F3000\n",
    LONG: "\n".join(["M104 S200", *MOVES]).encode(),
    "SUB/INNER.GCO": b"G28\nG1 X20 F3000\n",
}
LISTED = [
    CardFile("/SQUARE.GCO", 17),
    CardFile("/ALONGF~1.GCO", len(ON_CARD[LONG]), LONG),
    CardFile("/SUB/INNER.GCO", 17),
]


class Story:
    """A board with these files on its card, connected."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variant: str) -> None:
        self.house = VirtualHouse(monkeypatch, variant, sd_card=dict(ON_CARD))
        self.backend = self.house.backend

    async def reach(self, phase: Phase, limit_s: float = 600) -> None:
        await self.until(lambda: self.backend.state.phase is phase, limit_s)

    async def until(self, what: Callable[[], bool], limit_s: float = 600) -> None:
        await self.house.until(what, limit_s)

    def outcome(self) -> str:
        job = self.backend.state.job
        return job.outcome if job is not None else "none"

    def count(self, text: str) -> int:
        return [told for _, told in self.house.executed].count(text)


@pytest.fixture(params=["plain", "single", "default"])
def story(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(monkeypatch, request.param)


def test_they_are_listed_by_short_paths_with_their_long_names(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        assert await story.backend.card_files() == LISTED

    story.house.run(tell())


@pytest.mark.parametrize("file", LISTED, ids=lambda file: file.path)
def test_one_is_printed_to_its_end_once_somebody_agreed(story: Story, file: CardFile) -> None:
    async def tell() -> None:
        backend = story.backend
        await backend.connect()
        with pytest.raises(NeedsConfirmation, match="can't look into it"):
            await backend.print_card_file(file.path)
        assert story.count("M24") == 0
        await backend.print_card_file(file.path, confirmed=True)
        job = backend.state.job
        assert job is not None
        assert (job.name, job.bytes, job.on_card) == (file.shown, file.size, True)
        await story.until(lambda: story.outcome() == "finished")
        assert backend.state.phase is Phase.READY
        own = ON_CARD[LONG if file.name else file.path[1:]].decode().splitlines()
        assert [text for _, text in story.house.executed if text in own] == own
        assert all(phase is not Phase.PAUSED for phase, _ in story.house.phases)
        # What was printed before leaves nothing behind.
        await backend.print_card_file("/SQUARE.GCO", confirmed=True)
        await story.until(lambda: story.outcome() == "finished")

    story.house.run(tell())


def test_it_is_paused_resumed_and_cancelled(story: Story) -> None:
    async def tell() -> None:
        backend = story.backend
        await backend.connect()
        await backend.print_card_file("/ALONGF~1.GCO", confirmed=True)
        with pytest.raises(WrongState, match="prints from its own card"):
            await backend.set_temperature(bed=50)
        assert await backend.card_files() == LISTED
        await story.until(lambda: story.count(MOVES[20]) > 0)
        await backend.pause()
        await story.reach(Phase.PAUSED, 20)
        await backend.resume()
        await story.reach(Phase.EXECUTING, 20)
        await backend.cancel()
        await story.until(lambda: story.outcome() == "cancelled", 30)
        await story.until(lambda: not any(heater.target for heater in story.house.heaters), 30)
        assert story.count(MOVES[-1]) == 0
        assert backend.state.phase is Phase.READY

    story.house.run(tell())


def test_the_emergency_stop_ends_it(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        await story.backend.print_card_file("/ALONGF~1.GCO", confirmed=True)
        await story.until(lambda: story.count(MOVES[20]) > 0)
        assert (await story.backend.emergency_stop()).confirmed
        assert story.outcome() == "failed"

    story.house.run(tell())


def test_one_is_deleted_and_what_is_not_there_is_no_file(story: Story) -> None:
    async def tell() -> None:
        backend = story.backend
        await backend.connect()
        await backend.delete_card_file("/SUB/INNER.GCO")
        assert await backend.card_files() == LISTED[:2]
        for act in (backend.delete_card_file, backend.print_card_file):
            with pytest.raises(NoSuchFile, match=r"The card holds no file '/SUB/INNER.GCO'"):
                await act("/SUB/INNER.GCO")
            with pytest.raises(NoSuchFile):
                await act("/SQUARE.GCO\nM112")
        assert story.backend.state.phase is Phase.READY

    story.house.run(tell())


def test_a_card_that_was_released_is_mounted_and_one_that_is_out_is_told_of(story: Story) -> None:
    async def tell() -> None:
        backend = story.backend
        await backend.connect()
        await backend.send_gcode("M22")
        assert await backend.card_files() == LISTED
        story.house.board.machine.card = None
        with pytest.raises(WrongState, match="has no card in it"):
            await backend.card_files()

    story.house.run(tell())


def test_a_file_that_went_before_it_was_opened_leaves_the_printer_ready(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell() -> None:
        backend = story.backend
        await backend.connect()
        card = story.house.board.machine.card
        assert card is not None
        monkeypatch.setattr(card, "open", lambda _name: False)
        with pytest.raises(PrinterError, match=r"can't open SQUARE.GCO .*open failed"):
            await backend.print_card_file("/SQUARE.GCO", confirmed=True)
        assert backend.state.phase is Phase.READY
        assert story.count("M24") == 0

    story.house.run(tell())


def test_a_firmware_without_a_card_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(texts.CAPABILITIES, "SDCARD", (0, 0))
    story = Story(monkeypatch, "default")

    async def tell() -> None:
        await story.backend.connect()
        assert Capability.CARD not in story.backend.capabilities
        with pytest.raises(NotSupported, match="has no card of its own"):
            await story.backend.card_files()

    story.house.run(tell())


def test_a_list_holds_only_what_can_be_a_path_and_names_that_can_be_shown() -> None:
    told = [
        "echo:SD card ok",
        "Begin file list",
        "OLD.GCO",
        "A.GCO 12 \x1b[31mred.gcode",
        "B*D.GCO 1",
        "../UP.GCO 1",
        "NOSIZE.GCO many",
        f"{'D/' * 40}DEEP.GCO 1",
        "SUB/X.G 7 /???",
        "End file list",
        "AFTER.GCO 1",
    ]
    found = card_files.listed(told)
    assert found is not None
    assert [(file.path, file.size) for file in found][:2] == [("/OLD.GCO", 0), ("/A.GCO", 12)]
    assert "\x1b" not in found[1].name
    assert found[-1] == CardFile("/SUB/X.G", 7)
    assert not any("AFTER" in file.path or "*" in file.path for file in found)
    many = ["Begin file list", *(f"F{n}.GCO 1" for n in range(9000)), "End file list"]
    assert len(card_files.listed(many) or ()) == card_files.FILES_AT_MOST
    assert card_files.listed(["echo:No media"]) is None
