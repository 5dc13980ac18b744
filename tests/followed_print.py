"""A print in the board's own time, and what is told meanwhile of when it will be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gbterm
from gbterm import firmware_settings
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.progress import Progress
from gbterm.estimate import MOVES, Outlook
from gbterm.firmware_settings import MotionLimits
from gbterm.gcode.estimate import read_timetable
from gbterm.jobs import Job
from tests.virtual_print import Acknowledged, VirtualPrint, commands

BOX = Path(gbterm.__file__).parent / "data/box.gcode"
WAITS = ("M109", "M190", "G28", "G29")


def told_by(board: VirtualPrint) -> MotionLimits:
    return firmware_settings.read(board.ask("M503 S0")).motion_limits


@dataclass(frozen=True)
class Told:
    """At so many seconds of a print, what was told to be left of it, and whether it waited."""

    at_s: float
    left_s: float
    low_s: float
    high_s: float
    by: str
    percent: float


class Followed:
    """A print of `path` on a simulated board, told of as the printer process tells of it."""

    def __init__(
        self,
        path: Path = BOX,
        *,
        outlook: Callable[[MotionLimits], Outlook] | None = None,
        heat_speed: float = 1.0,
        meddle: Callable[[Followed, Acknowledged], None] = lambda *_: None,
    ) -> None:
        self.path, self.meddle = path, meddle
        self.board = VirtualPrint(heat_speed=heat_speed)
        self.outlook = (outlook or self.by_moves)(told_by(self.board))
        self.percent = 100.0
        self.progress = Progress(0.0, percent=lambda: self.percent)
        self.paused_s = 0.0
        self.told: list[Told] = []
        self.waited_s = self.took_s = 0.0
        """What heating and homing took of it, and all of it."""

    def by_moves(self, limits: MotionLimits) -> Outlook:
        return Outlook(read_timetable(self.path, limits), MOVES)

    def run(self) -> Followed:
        sent = list(commands(self.path))
        job = Job(self.path.name, bytes=self.path.stat().st_size, commands=len(sent))
        lines = [Outgoing(c.data, c.number, c.line, end=c.end) for c in sent]
        progress = self.progress
        progress.forecasts.foretell(self.outlook)
        progress.read(lines, last=True)
        next_at, last_s, began = 0.0, 0.0, self.board.now
        for done in self.board.run(sent):
            self.meddle(self, done)
            if done.command.text.startswith(WAITS):
                self.waited_s += done.at_s - last_s
            last_s = done.at_s
            if done.at_s >= next_at:
                job = progress.of(job, lines[done.command.number - 1], done.at_s)
                self.note(job, done.at_s - self.paused_s)
                next_at = done.at_s + 1
        self.took_s = self.board.finish() - began - self.paused_s
        return self

    def note(self, job: Job, at_s: float) -> None:
        low, high = job.left_low_s, job.left_high_s
        if job.left_s is not None and low is not None and high is not None:
            self.told.append(Told(at_s, job.left_s, low, high, job.left_from, self.percent))

    def since(self, share: float) -> Iterator[Told]:
        """What was told once so much of the time was over."""
        return (one for one in self.told if one.at_s >= share * self.took_s)

    def is_held(self, one: Told) -> bool:
        return one.low_s <= self.took_s - one.at_s <= one.high_s

    def error(self, one: Told) -> float:
        """As a share of the whole print."""
        return abs(one.left_s - (self.took_s - one.at_s)) / self.took_s
