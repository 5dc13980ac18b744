"""A board that prints from its own card is recognised, shown and left alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gbterm.backends.marlin import card
from gbterm.errors import WrongState
from gbterm.model import Phase, State
from tests.backends.marlin.virtual import VirtualHouse

NAME = "BENCHY.GCO"
HEATED = ["M140 S60", "M190 S60", "M104 S200", "M109 S200", "G28"]
MOVES = [f"G1 X{x % 100} Y{x % 70} F3000" for x in range(900)]
FILE = "\n".join([*HEATED, *MOVES]).encode()
HARMLESS = re.compile(r"M(105|110|114|115|118|154|155|27|220|221|503)\b(?! S[^125])")
"""What tells of a board, or sets how it tells: nothing of it heats, moves or waits."""


class Story:
    """A board with a card, and what it was told by gbterm."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variant: str, file: bytes = FILE) -> None:
        self.house = VirtualHouse(monkeypatch, variant, sd_card={NAME: file})
        self.backend = self.house.backend
        self.lines = set(file.decode().splitlines())

    def at_the_display(self, *commands: str) -> None:
        """What somebody chooses there."""
        self.house.board.tick(self.house.loop.time())
        for command in commands:
            self.house.board.display(command)

    def start(self) -> None:
        self.at_the_display(f"M23 {NAME}", "M24")

    async def until(self, what: Callable[[], bool], limit_s: float = 600) -> None:
        def is_so() -> bool:
            # Its time passes without a cable, too.
            self.house.board.tick(self.house.loop.time())
            return what()

        await self.house.until(is_so, limit_s)

    async def reach(self, phase: Phase, limit_s: float = 600) -> None:
        await self.until(lambda: self.backend.state.phase is phase, limit_s)

    async def pass_time(self, seconds: float) -> None:
        end = self.house.loop.time() + seconds
        await self.until(lambda: self.house.loop.time() >= end, seconds + 1)

    async def moves(self) -> None:
        """Let time pass until the print is at its moves."""
        await self.until(lambda: any(text in self.executed for text in MOVES), 2000)

    @property
    def executed(self) -> list[str]:
        return [text for _, text in self.house.executed]

    @property
    def told(self) -> list[str]:
        """What gbterm sent that is more than a question."""
        sent = b"".join(data for _, data in self.house.sent).decode().splitlines()
        texts = [re.sub(r"^N\d+ ?|\*\d+$", "", line) for line in sent if line]
        return [text for text in texts if not HARMLESS.match(text)]


@pytest.fixture(params=["plain", "single", "default"])
def story(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(monkeypatch, request.param)


def test_it_is_found_printing_and_goes_on_to_its_end(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.moves()
        await story.backend.connect()
        state = story.backend.state
        assert (state.phase, state.reason) == (Phase.EXECUTING, card.PRINTS)
        assert state.job is not None
        assert (state.job.bytes, state.job.outcome) == (len(FILE), "")
        before = state.job.byte
        assert before > 0
        await story.pass_time(6)
        assert story.backend.state.job is not None
        assert story.backend.state.job.name == NAME
        assert story.backend.state.job.byte > before
        await story.reach(Phase.READY)
        assert story.backend.state.job.outcome == "finished"
        assert story.told == []
        assert [text for text in story.executed if text in story.lines] == [*HEATED, *MOVES]

    story.house.run(tell())


def test_it_is_found_heating_for_minutes(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.pass_time(1)
        await story.backend.connect()
        assert story.backend.state.phase is Phase.EXECUTING
        await story.reach(Phase.READY, 2000)
        assert story.told == []

    story.house.run(tell())


def test_one_that_is_begun_at_the_display_is_noticed(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        assert story.backend.state.phase is Phase.READY
        story.start()
        await story.reach(Phase.EXECUTING, 6)
        await story.reach(Phase.READY, 2000)
        assert story.told == []

    story.house.run(tell())


def test_it_is_paused_resumed_and_cancelled_at_the_display(story: Story) -> None:
    async def tell() -> None:
        await story.backend.connect()
        story.start()
        await story.moves()
        story.at_the_display("M25")
        await story.reach(Phase.PAUSED, 10)
        # Nobody is connected, and it is hot.
        story.backend.unattended.alone_since = lambda: 0.0
        await story.pass_time(4000)
        assert story.backend.state.phase is Phase.PAUSED
        story.at_the_display("M24")
        await story.reach(Phase.EXECUTING, 10)
        story.at_the_display("M524")
        await story.reach(Phase.READY, 10)
        assert story.backend.state.job is not None
        assert story.backend.state.job.outcome == "cancelled"
        assert story.told == []

    story.house.run(tell())


def test_one_that_is_paused_is_found_so(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.moves()
        story.at_the_display("M25")
        await story.pass_time(5)
        await story.backend.connect()
        assert story.backend.state.phase is Phase.PAUSED
        assert story.backend.state.reason == card.PAUSED
        story.at_the_display("M24")
        await story.reach(Phase.EXECUTING, 10)
        assert story.told == []

    story.house.run(tell())


def test_nothing_else_is_done_to_it(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.moves()
        backend = story.backend
        await backend.connect()
        acts = (
            lambda: backend.move(x=1),
            lambda: backend.home(),
            lambda: backend.set_temperature(bed=0),
            lambda: backend.set_fan(0, 50),
            lambda: backend.set_speed(50),
            lambda: backend.extrude(1),
            lambda: backend.send_gcode("M105"),
            lambda: backend.set_steppers(enabled=False),
            lambda: backend.reset_board(),
            lambda: backend.reconnect(),
        )
        for act in acts:
            with pytest.raises(WrongState, match=r"it prints from its own card\."):
                await act()
        assert story.told == []
        await backend.disconnect_printer()
        assert backend.state.state is State.DISCONNECTED
        await story.pass_time(1)
        await backend.connect_printer()
        assert backend.state.phase is Phase.EXECUTING
        await backend.disconnect_printer()
        with pytest.raises(WrongState, match=r"it prints from its own card\."):
            await backend.reset_board()
        assert backend.state.phase is Phase.EXECUTING
        assert story.told == []

    story.house.run(tell())


def test_it_is_paused_resumed_and_cancelled_from_here(story: Story) -> None:
    async def tell() -> None:
        backend = story.backend
        story.start()
        await story.moves()
        await backend.connect()
        await backend.pause()
        await story.reach(Phase.PAUSED, 10)
        stood = len([text for text in story.executed if text in MOVES])
        await story.pass_time(60)
        assert len([text for text in story.executed if text in MOVES]) == stood
        await backend.resume()
        await story.reach(Phase.EXECUTING, 10)
        await story.pass_time(5)
        await backend.cancel()
        await story.reach(Phase.READY, 10)
        await story.pass_time(5)
        assert not any(heater.target for heater in story.house.heaters)
        assert story.executed.count(MOVES[-1]) == 0

    story.house.run(tell())


def test_the_emergency_stop_ends_it(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.moves()
        await story.backend.connect()
        assert (await story.backend.emergency_stop()).confirmed
        state = story.backend.state
        assert state.phase is Phase.ERROR
        assert state.job is not None
        assert (state.job.outcome, state.job.reason) == ("failed", "Emergency stop.")

    story.house.run(tell())


def test_heaters_that_a_crash_left_are_not_turned_off_under_it(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.moves()
        story.backend.unfinished = "The printer process ended in mid-print."
        story.backend.left_alone = True
        await story.backend.connect()
        assert story.backend.state.phase is Phase.EXECUTING
        await story.reach(Phase.ERROR, 2000)
        assert story.told == []

    story.house.run(tell())


def test_a_cable_that_is_pulled_is_not_put_in_by_gbterm(story: Story) -> None:
    async def tell() -> None:
        story.start()
        await story.moves()
        await story.backend.connect()
        story.house.unplug()
        assert story.backend.state.state is State.DISCONNECTED
        assert "It prints on from its own card" in story.backend.state.reason
        story.house.plug_in()
        sent = len(story.house.sent)
        await story.pass_time(5)
        assert len(story.house.sent) == sent
        await story.backend.connect_printer()
        assert story.backend.state.phase is Phase.EXECUTING
        assert story.told == []

    story.house.run(tell())
