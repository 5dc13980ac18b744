"""The cable is pulled in mid-print, at every byte, and put in again: each line runs once."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from gbterm.backends.marlin.outgoing import BoardReset, GaveUp, Outgoing, TroubleEnded
from gbterm.backends.marlin.patience import SILENT_AT_MOST_S
from gbterm.simulator.faults import Mute
from gbterm.simulator.variants import VARIANTS
from tests.backends.marlin.pair import Pair
from tests.backends.marlin.rows import MOVES

SHORT = MOVES[:60]


class Cable(Pair):
    """A pair whose cable carries so many bytes in each direction, and none after them.

    What is under way when it is out is lost, in both directions; both ends go on.
    """

    def __init__(self, variant: str = "default", *, lines: int = 1, rx_drop: bool = False) -> None:
        super().__init__(VARIANTS[variant], lines=lines, rx_drop=rx_drop)
        self.sent: list[bytes] = []
        self._left = {"board": 0, "host": 0}
        self._is_cut = self.is_out = False
        hear, tell = self.board.receive, self.board.data_to_send
        self._cut: Callable[[str, bytes], bytes] = lambda _towards, data: data

        def receive(data: bytes, now: float) -> None:
            self.sent.append(data)
            if come := self._cut("board", data):
                hear(come, now)

        self.board.receive = receive  # type: ignore[method-assign]
        self.board.data_to_send = lambda: self._cut("host", tell())  # type: ignore[method-assign]

    def pull_after(self, *, to_board: int | None = None, to_host: int | None = None) -> None:
        """Pull it once so many more bytes came through in that direction."""
        left = {"board": to_board, "host": to_host}

        def cut(towards: str, data: bytes) -> bytes:
            room = left[towards]
            if self.is_out:
                return b""
            if room is None:
                return data
            left[towards] = room - len(data)
            if len(data) >= room:
                self.is_out = True
                return data[:room]
            return data

        self._cut = cut

    def run_until_out(self) -> None:
        """Print until it is out, which the host notices at once."""
        self.run(lambda: self.is_out)
        self.core.unplug(self.now)

    def be_out(self, seconds: float) -> None:
        """Let the board go on by itself with what it has."""
        end = self.now + seconds
        while (due := self.board.next_deadline) is not None and due < end:
            self.now = max(due, self.now) + 1e-6
            self.board.tick(self.now)
            self.board.data_to_send()
        self.now = end
        self.board.tick(self.now)
        self.board.data_to_send()

    def put_in(self) -> None:
        """Plug it in again."""
        self.is_out, self._cut = False, lambda _towards, data: data
        self.core.replug(self.now)

    def run_until_reset(self) -> None:
        """Until the host knows that the board restarted."""
        self.run(lambda: self.was_reset)

    def assert_all_printed(self, commands: list[str] = SHORT) -> None:
        """To the end: each command was executed once, in order, and none without its number."""
        self.run(lambda: self.job_done)
        self.core.prove()
        self.run(lambda: self.core.owes_nothing_of_ours and self.job_done)
        assert self.executed_of_job() == commands
        assert [text for number, text in self.executed if number is None and text[0] in "GT"] == []

    @property
    def returned(self) -> bool:
        """Whether the host knows that the board is alive."""
        return any(isinstance(event, TroubleEnded) for event in self.events)

    @property
    def was_reset(self) -> bool:
        """Whether the host knows that it is not."""
        return any(isinstance(event, BoardReset) for event in self.events)


def printing(variant: str, *, lines: int = 1, rx_drop: bool = False) -> Cable:
    """In the middle of a print."""
    cable = Cable(variant, lines=lines, rx_drop=rx_drop)
    cable.feed(SHORT)
    cable.run(lambda: len(cable.executed) > 20)
    return cable


def bytes_of_lines(lines: int, count: int = 5) -> int:
    """So many bytes go to the board for so many lines of the print."""
    cable = printing("default", lines=lines)
    before = len(b"".join(cable.sent))
    executed = len(cable.executed)
    cable.run(lambda: len(cable.executed) >= executed + count)
    return len(b"".join(cable.sent)) - before


@pytest.mark.parametrize(("variant", "lines"), [("default", 1), ("plain", 4), ("big", 8)])
def test_pulled_after_any_byte_towards_the_board_each_line_runs_once(
    variant: str, lines: int
) -> None:
    for place in range(bytes_of_lines(lines)):
        cable = printing(variant, lines=lines, rx_drop=True)
        cable.pull_after(to_board=place)
        cable.run_until_out()
        cable.be_out(3.0)
        cable.put_in()
        cable.assert_all_printed()
        assert cable.returned, place


@pytest.mark.parametrize("lines", [1, 4])
def test_pulled_after_any_byte_towards_the_host_each_line_runs_once(lines: int) -> None:
    for place in range(60):
        cable = printing("default", lines=lines, rx_drop=True)
        cable.pull_after(to_host=place)
        cable.run_until_out()
        cable.be_out(3.0)
        cable.put_in()
        cable.assert_all_printed()


@pytest.mark.parametrize("seed", range(20))
def test_pulled_again_while_the_board_is_asked_each_line_runs_once(seed: int) -> None:
    chance = random.Random(seed)
    cable = printing("default", lines=4, rx_drop=True)
    for _ in range(6):
        if chance.random() < 0.5:
            cable.pull_after(to_board=chance.randrange(60))
        else:
            cable.pull_after(to_host=chance.randrange(60))
        cable.run_until_out()
        cable.be_out(chance.uniform(0.0, 4.0))
        cable.put_in()
    cable.assert_all_printed()


def test_nothing_is_sent_or_waited_for_while_the_cable_is_out() -> None:
    cable = printing("default")
    cable.pull_after(to_board=5)
    cable.run_until_out()
    assert cable.core.next_deadline is None
    assert cable.core.tick(cable.now + 7200.0) == []
    cable.core.send_now(Outgoing(b"M108"), parsed_early=True, now=cable.now)
    assert cable.core.data_to_send(cable.now) == b""
    cable.be_out(7200.0)
    cable.put_in()
    cable.assert_all_printed()


def test_what_the_file_wants_next_waits_until_the_board_is_known_to_be_alive() -> None:
    cable = printing("default", lines=4)
    cable.pull_after(to_board=30)
    cable.run_until_out()
    cable.be_out(1.0)
    before = len(cable.sent)
    cable.put_in()
    cable.run(lambda: cable.returned)
    # Beginning with a line end: the board may have half a line.
    assert cable.sent[before][:1] == b"\n"
    assert not any(b"G1" in data for data in cable.sent[before:])
    assert cable.core.window.lines == 1


@pytest.mark.parametrize("banner", [True, False])
def test_a_board_that_restarted_meanwhile_gets_no_line_of_the_print(banner: bool) -> None:
    for place in range(0, 40, 3):
        cable = printing("default", lines=4)
        cable.pull_after(to_board=place)
        cable.run_until_out()
        cable.board.reset(banner=banner)
        cable.be_out(2.0)
        ran = len(cable.executed)
        cable.put_in()
        cable.run_until_reset()
        assert [text for _, text in cable.executed[ran:] if text[0] in "GT"] == []
        assert cable.executed_of_job() == SHORT[: len(cable.executed_of_job())]


def test_a_board_that_restarts_as_the_port_is_opened_gets_no_line_of_the_print() -> None:
    cable = printing("default", lines=4)
    cable.pull_after(to_board=30)
    cable.run_until_out()
    cable.be_out(2.0)
    cable.board.reset()
    ran = len(cable.executed)
    cable.put_in()
    cable.run_until_reset()
    assert [text for _, text in cable.executed[ran:] if text[0] in "GT"] == []


@pytest.mark.parametrize("ahead", [-500, -30, 40, 500])
def test_a_board_whose_last_line_is_none_of_those_under_way_is_another_one(ahead: int) -> None:
    cable = printing("default", lines=4)
    cable.pull_after(to_board=30)
    cable.run_until_out()
    cable.board.reset()
    cable.be_out(2.0)
    # Somebody else has printed with it meanwhile.
    cable.board.machine.last_number = cable.core.flight.proven + ahead
    ran = len(cable.executed)
    cable.put_in()
    cable.run_until_reset()
    assert [text for _, text in cable.executed[ran:] if text[0] in "GT"] == []


def test_a_board_that_stays_silent_is_given_up() -> None:
    cable = printing("default")
    cable.pull_after(to_board=30)
    cable.run_until_out()
    cable.be_out(600.0)
    cable.board.inject(Mute())
    cable.put_in()
    began = cable.now
    cable.run(lambda: any(isinstance(event, GaveUp) for event in cable.events))
    assert cable.now - began == pytest.approx(SILENT_AT_MOST_S, abs=1.0)


def test_pulled_while_it_heats_the_board_is_alive_though_it_answers_late() -> None:
    commands = [*MOVES[:10], "M109 S60", *MOVES[10:30]]
    cable = Cable("default", lines=4)
    cable.feed(commands)
    cable.run(lambda: cable.executed[-1:] != [] and cable.executed[-1][1] == "M109 S60")
    cable.pull_after(to_host=40)
    cable.run_until_out()
    cable.be_out(5.0)
    cable.put_in()
    cable.assert_all_printed(commands)
    assert not cable.was_reset
