"""A print on the simulated board in time of its own: minutes of it take seconds, always the same.

The board plans its moves itself (`gbterm/simulator/planner.py`), so that its time is another's word
than the estimate's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gbterm.gcode.lines import Command, read_commands
from gbterm.simulator.board import Board
from gbterm.simulator.variants import DEFAULT, Variant

WINDOW = 4
"""Commands under way, as many as a board's queue holds (BUFSIZE)."""
Said = Callable[[bytes], None]


@dataclass(frozen=True)
class Acknowledged:
    """The board said ok to a command, at so many seconds from the start."""

    command: Command
    at_s: float


def commands(path: Path) -> Iterator[Command]:
    """What is sent of a file."""
    with path.open("rb") as file:
        yield from read_commands(file)


class VirtualPrint:
    """One print. `board` is there to be meddled with, and `now` is its time."""

    def __init__(self, variant: Variant = DEFAULT, heat_speed: float = 1.0) -> None:
        self.board = Board(variant, heat_speed=heat_speed)
        self.now = 0.0
        self._text = b""
        self.ask("G21")

    def ask(self, text: str) -> list[str]:
        """What the board says to a command, up to its ok."""
        return list(self._lines_until_ok(text))

    def _lines_until_ok(self, text: str) -> Iterator[str]:
        self.board.receive(text.encode() + b"\n", self.now)
        while True:
            for line in self._heard():
                if line.startswith("ok"):
                    return
                yield line

    def _heard(self) -> list[str]:
        """The lines that come next, however long that takes."""
        self._text += self.board.data_to_send()
        while b"\n" not in self._text:
            due = self.board.next_deadline
            assert due is not None, "the board waits for ever"
            self.now = max(self.now, due)
            self.board.tick(self.now)
            self._text += self.board.data_to_send()
        *lines, self._text = self._text.split(b"\n")
        return [line.decode().strip() for line in lines]

    def run(self, sent: Iterable[Command]) -> Iterator[Acknowledged]:
        """Print, acknowledgment by acknowledgment."""
        began, waiting, commands = self.now, deque[Command](), iter(sent)
        while True:
            while len(waiting) < WINDOW and (command := next(commands, None)) is not None:
                waiting.append(command)
                self.board.receive(command.data + b"\n", self.now)
            if not waiting:
                return
            for line in self._heard():
                if line.startswith("ok") and waiting:
                    yield Acknowledged(waiting.popleft(), self.now - began)

    def finish(self) -> float:
        """Wait for the moves that are left; the time of the board."""
        self.ask("M400")
        return self.now
