"""The core and the simulated board joined without a port: time is a number, nothing sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.protocol import Protocol
from gbterm.backends.marlin.stream import ProtocolEvent
from gbterm.backends.marlin.window import Window
from gbterm.simulator.board import Board
from gbterm.simulator.variants import VARIANTS, Variant


class Pair:
    """Runs both ends; `executed` is what the board did, `own` what the host says was its own."""

    def __init__(
        self,
        variant: Variant = VARIANTS["default"],
        *,
        first_number: int = 1000,
        rx_drop: bool = False,
        lines: int = 1,
        window: Window | None = None,
    ) -> None:
        self.executed: list[tuple[int | None, str]] = []
        self.own: list[tuple[int, str]] = []
        self.events: list[ProtocolEvent] = []
        self.now = 100.0
        self.board = Board(variant, now=self.now, rx_drop=rx_drop, on_execute=self._executed)
        self.core = Protocol(window=window, nonce=7)
        self.core.on_own_line = lambda number, line: self.own.append((number, line.text.decode()))
        self.core.restart(first_number)
        self.core.window.lines = lines

    def _executed(self, number: int | None, text: str, _now: float, via: str | None) -> None:
        # What the emergency parser acts on is queued and executed once more.
        if via is None:
            self.executed.append((number, text))

    def feed(self, commands: Iterable[str]) -> None:
        """Give the core a job."""
        for number, text in enumerate(commands, 1):
            self.core.job.append(Outgoing(text.encode(), command=number))
        self.core.streaming = True

    def run(self, until: Callable[[], bool], limit_s: float = 600.0) -> None:
        """Let time pass until something is so. Raises TimeoutError with what was going on."""
        end = self.now + limit_s
        while not until():
            if self.now > end:
                raise TimeoutError(f"{self.core.sync} after {limit_s} s, {self.events[-5:]}")
            if data := self.core.data_to_send(self.now):
                self.board.receive(data, self.now)
            self.board.tick(self.now)
            if said := self.board.data_to_send():
                self.events += self.core.receive(said, self.now)
            else:
                self._advance(end)
            self.events += self.core.tick(self.now)

    def _advance(self, end: float) -> None:
        deadlines = [self.core.next_deadline, self.board.next_deadline]
        earliest = min([end + 1.0, *(time for time in deadlines if time is not None)])
        self.now = max(earliest, self.now) + 1e-6

    @property
    def job_done(self) -> bool:
        """Whether the job's lines are all answered."""
        return not self.core.job and self.core.is_drained

    def executed_of_job(self) -> list[str]:
        """What the board executed, less the host's own lines by their numbers."""
        own = {number for number, _ in self.own}
        return [text for number, text in self.executed if number not in own]
