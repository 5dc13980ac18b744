"""One row of what can go wrong between a host and its board, and how it must come out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

from gbterm.backends.marlin.outgoing import GaveUp, TroubleEnded
from gbterm.simulator.variants import VARIANTS, Variant
from tests.backends.marlin.pair import Pair

MOVES = [f"G1 X{i % 190} Y{i % 170}.{i % 10} F6000" for i in range(150)]
"""All different, so that a line which goes twice can be told from its neighbours."""

PACKED = [f"G1X{i % 190}.{i % 89 + 10}1Y{i % 170}.{i % 10}37F6000" for i in range(150)]
"""The same so long that no more than three of them fit into a ring of 127 bytes."""

OK = re.compile(rb"ok\b[^T]*\Z")
_PACKET = re.compile(rb"N(\d+) ?(G1 [^*\n]*)\*\d+\n")

Edit = Callable[[bytes], bytes | None]
"""From one line of the board's, without its end, to bytes with their line ends; None as it is."""


class Says:
    """What the board says, changed: `times` of the lines that match `what`, after `skip` of them.

    `edited` counts them; `said` is all that came to the host. Also usable as a house's `tamper`.
    """

    def __init__(
        self, edit: Edit, *, what: re.Pattern[bytes] = OK, skip: int = 20, times: int = 1
    ) -> None:
        self._edit, self._what = edit, what
        self._skip, self._times = skip, times
        self.edited = 0
        self.said = b""

    def __call__(self, towards: str, data: bytes) -> bytes:
        if towards == "board":
            return data
        changed = b"".join(self._line(line) for line in data.split(b"\n")[:-1])
        self.said += changed
        return changed

    def _line(self, line: bytes) -> bytes:
        if self._what.match(line):
            self._skip -= 1
            if self._skip < 0 and self.edited < self._times:
                changed = self._edit(line)
                if changed is not None:
                    self.edited += 1
                    return changed
        return line + b"\n"


class Wire(Pair):
    """A pair whose board is heard through `says`, and is reached by what `carry` leaves.

    With `pace` a byte towards the board takes so many seconds, and what it says none.
    """

    def __init__(
        self,
        variant: Variant = VARIANTS["default"],
        *,
        lines: int = 1,
        says: Says | None = None,
        pace: float = 0.0,
        rx_drop: bool = False,
    ) -> None:
        super().__init__(variant, lines=lines, rx_drop=rx_drop)
        self.says = says or Says(lambda _line: None)
        self.sent: list[bytes] = []
        self.carry: Callable[[bytes], bytes] = lambda line: line
        self.board.receiver.byte_time = pace
        hear, tell = self.board.receive, self.board.data_to_send

        def receive(data: bytes, now: float) -> None:
            self.sent.append(data)
            hear(b"".join(self.carry(line) for line in data.splitlines(keepends=True)), now)

        self.board.receive = receive  # type: ignore[method-assign]
        self._hear: Callable[[], bytes] = lambda: self.says("host", tell())
        self.board.data_to_send = self._hear  # type: ignore[method-assign]

    def in_pieces(self, late_s: float) -> None:
        """From now on the host hears a byte at a time, or the first half of what comes next at
        once and the rest so much later."""
        late: deque[tuple[float, bytes]] = deque()
        first = True

        def hear() -> bytes:
            nonlocal first
            if data := self._hear():
                cut = range(len(data)) if not late_s else (0, len(data) // 2) if first else (0,)
                ends = [*cut[1:], len(data)]
                for begin, end in zip(cut, ends, strict=True):
                    wait = late_s if first and begin else 0.0
                    late.append(
                        (max(self.now + wait, late[-1][0] if late else 0.0), data[begin:end])
                    )
                first = False
            return late.popleft()[1] if late and late[0][0] <= self.now else b""

        self.board.data_to_send = hear  # type: ignore[method-assign]

    def print_all(self, commands: list[str] = MOVES, limit_s: float = 900.0) -> None:
        """Print to the end: each command executed once, in order, and none without a number."""
        self.feed(commands)
        self.print_rest(commands, limit_s)

    def print_some(self, commands: int = 40) -> None:
        """Print until so many lines were executed."""
        self.feed(MOVES)
        self.run(lambda: len(self.executed) > commands)

    def print_rest(self, commands: list[str] = MOVES, limit_s: float = 900.0) -> None:
        """Print the rest, after `print_some`."""
        self.run(lambda: self.job_done, limit_s)
        # Oks for nothing may have answered the last lines: the end is proven, as it is by a job.
        self.core.prove()
        self.run(lambda: self.core.owes_nothing_of_ours and self.job_done, limit_s)
        assert self.executed_of_job() == commands
        assert self.strays == []

    @property
    def strays(self) -> list[str]:
        """What ran without a number and is a command that Marlin knows."""
        return [
            text
            for number, text in self.executed
            if number is None and re.match(r"[GMT]\d{1,3}(?!\d)", text)
        ]

    @property
    def told_of_strays(self) -> bool:
        """Whether the user is told to look at the print."""
        return any(isinstance(event, TroubleEnded) and event.stray for event in self.events)

    @property
    def gave_up(self) -> bool:
        """Whether the host sends nothing any more."""
        return any(isinstance(event, GaveUp) for event in self.events)

    @property
    def troubles(self) -> int:
        """How often the stream had to be brought in order."""
        return sum(isinstance(event, TroubleEnded) for event in self.events)

    def lines_sent(self, since: int = 0) -> list[str]:
        """The job's lines in `sent`, from there on."""
        data = b"".join(self.sent[since:])
        return [match[2].decode() for match in _PACKET.finditer(data)]
