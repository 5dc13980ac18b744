"""When a print comes to which byte of its file, as the moves in it tell; see `planner`.

What is waited for besides, heat above all, depends on the room and on the printer: an allowance is
kept apart.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from gbterm.estimate import Timetable
from gbterm.firmware_settings import MotionLimits
from gbterm.gcode.arcs import arc
from gbterm.gcode.follow import Follower, Point
from gbterm.gcode.lines import command_text, read_lines
from gbterm.gcode.planner import Planner, limits_of, sensible
from gbterm.gcode.source import opened

POINTS = 1000
"""Of a table, at most some more: where a wait ends, there is always one."""
WAITS = 200
HOME_S = {b"X": 5.0, b"Y": 5.0, b"Z": 12.0}
PROBE_S, CHANGE_S = 90.0, 10.0
"""For G29 and another tool."""
ROOM_C, HOTTEST_C = 25.0, 500.0
LONGEST_DWELL_S = 86400.0
NOZZLE_C_S, BED_C_S, CHAMBER_C_S = 2.5, 0.5, 0.05
"""How quickly heaters warm up as a rule."""
ARC_MM = 1.0
"""`MAX_ARC_SEGMENT_MM`: an arc is made of straight moves of that length."""
RETRACT_MM, RETRACT_MM_S, RECOVER_MM_S = 3.0, 45.0, 8.0
"""G10 and G11 where nobody set them (M207, M208)."""
FIRST_FEED, SLOWEST_FEED = 25.0, 0.01
"""mm/s, before the file names one (`Configuration.h`), and what anybody means by one."""

_FEED = re.compile(rb"\s*(?:N *\d+\s*)?G *0*[0-3](?![\d.])[^;]*?F *(\d+\.?\d*|\.\d+)")
_WORD = re.compile(rb"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))")
_HEATERS = {104: NOZZLE_C_S, 109: NOZZLE_C_S, 140: BED_C_S, 190: BED_C_S, 141: CHAMBER_C_S}
_HEATERS |= {191: CHAMBER_C_S}
_WAITED_FOR = (109, 190, 191)
_FINISHES_MOVES = (0, 1, 18, 84, 400, 600)


def read_timetable(path: Path, limits: MotionLimits | None, name: str = "") -> Timetable:
    """Read the whole file for a board with these limits. Raises `FileRefused`."""
    with opened(path, name) as source:
        reader = _Reader(limits, path.stat().st_size)
        for line in read_lines(source):
            if not source.is_known and (text := command_text(line)):
                source.see(text)
            reader.see(line)
    return reader.timetable()


class _Reader(Follower):
    def __init__(self, limits: MotionLimits | None, size: int) -> None:
        super().__init__()
        self._planner = Planner(limits_of(limits), self._on_room)
        self._feed, self._end = FIRST_FEED, 0
        self._waited = self._acknowledged = 0.0
        """What was allowed for waits, and when the last command was acknowledged."""
        self._targets: dict[float, tuple[float, float, float]] = {}
        """By heater how warm it was, since when it warms, in seconds of the print, and how far."""
        self._step, self._next, self._stops = max(1, size // POINTS), 0, 0
        self._bytes: list[int] = []
        self._moves: list[float] = []
        self._waits: list[float] = []
        self._bend: tuple[dict[bytes, float], bool] | None = None

    def see(self, line: bytes) -> None:
        """The next line."""
        self._end += len(line)
        if b"F" in line and (match := _FEED.match(line)) and (feed := float(match[1])):
            # An F that isn't above 0 is passed over (gcode.cpp).
            self._feed = max(feed * self._unit / 60, SLOWEST_FEED)
        super().see(line)

    def timetable(self) -> Timetable:
        """Once all lines were seen."""
        self._planner.rest()
        self._point(self._end, self._acknowledged)
        # The moves that are queued then are behind the file's last byte.
        self._note(self._end + 1, self._planner.seconds)
        return Timetable(tuple(self._bytes), tuple(self._moves), tuple(self._waits))

    def _on_room(self, byte: int, seconds: float) -> None:
        self._acknowledged = seconds
        if byte >= self._next:
            self._note(byte, seconds)

    def _note(self, byte: int, seconds: float) -> None:
        self._next = byte + self._step
        self._bytes.append(byte)
        self._moves.append(round(seconds, 3))
        self._waits.append(round(self._waited, 3))

    def _point(self, byte: int, seconds: float) -> None:
        """A byte that may have a point from before, as where a wait ends."""
        while self._bytes and self._bytes[-1] >= byte:
            for column in (self._bytes, self._moves, self._waits):
                column.pop()
        self._note(byte, seconds)

    def _stand(self, wait_s: float = 0.0, dwell_s: float = 0.0) -> None:
        """The board finishes its moves, and then takes so long for something else."""
        self._planner.rest()
        self._planner.seconds += dwell_s
        self._waited += wait_s
        self._acknowledged = self._planner.seconds
        if wait_s and self._stops < WAITS:
            self._stops += 1
            self._point(self._end, self._acknowledged)

    def _moved(self, before: Point, fed: float, _prints: bool) -> None:
        bend, self._bend = self._bend, None
        after = self._at
        if bend is None:
            delta = (after[0] - before[0], after[1] - before[1], after[2] - before[2], fed)
            self._planner.add(delta, self._feed, self._end)
            return
        way = arc(before, after, *bend)
        spots = [before[:2], *(way.chords(ARC_MM) if way else ()), after[:2]]
        pieces = len(spots) - 1
        rise, fed = (after[2] - before[2]) / pieces, fed / pieces
        for (x, y), (to_x, to_y) in pairwise(spots):
            self._planner.add((to_x - x, to_y - y, rise, fed), self._feed, self._end)

    def _arc(self, words: dict[bytes, bytes], clockwise: bool) -> None:
        axes = words.keys() & {b"I", b"J", b"R"}
        sizes = {axis: float(words[axis]) * self._unit for axis in axes}
        self._bend = sizes, clockwise
        super()._arc(words, clockwise)

    def _select(self, tool: int) -> None:
        if tool != self._tool:
            self._stand(CHANGE_S)
        super()._select(tool)

    def _see_g(self, number: int, text: bytes) -> None:
        match number:
            case 4:
                words = _numbers(text)
                dwell_s = words.get("S", words.get("P", 0.0) / 1000)
                self._stand(dwell_s=min(max(dwell_s, 0.0), LONGEST_DWELL_S))
            case 10 | 11:
                feed, length = (RETRACT_MM_S, -1) if number == 10 else (RECOVER_MM_S, 1)
                self._planner.add((0.0, 0.0, 0.0, length * RETRACT_MM), feed, self._end)
            case 28:
                named = [s for axis, s in HOME_S.items() if axis in text]
                self._stand(sum(named or HOME_S.values()))
            case 29:
                self._stand(PROBE_S)
        super()._see_g(number, text)

    def _see_m(self, number: int, text: bytes) -> None:
        if number in _HEATERS:
            self._heat(number, _numbers(text))
        elif number in _FINISHES_MOVES:
            self._stand()
        elif number in (201, 203, 204, 205):
            self._set_limits(number, _numbers(text))
        super()._see_m(number, text)

    def _heat(self, number: int, words: dict[str, float]) -> None:
        target, heater = words.get("S", words.get("R")), _HEATERS[number]
        if number in _WAITED_FOR:
            self._planner.rest()
        now = self._planner.seconds + self._waited
        from_c, since, to_c = self._targets.get(heater, (ROOM_C, now, ROOM_C))
        warm = min(to_c, from_c + (now - since) * heater) if to_c > from_c else to_c
        if target is None:
            return
        target = min(max(target, 0.0), HOTTEST_C)
        self._targets[heater] = (warm, now, target)
        if number in _WAITED_FOR:
            self._stand(max(0.0, target - warm) / heater)

    def _set_limits(self, number: int, words: dict[str, float]) -> None:
        limits = self._planner.limits
        if number in (201, 203):
            values = limits.acceleration if number == 201 else limits.feed
            values[:] = [sensible(words.get(a), v) for a, v in zip("XYZE", values, strict=True)]
        elif number == 204:
            both = words.get("S")
            limits.printing = sensible(words.get("P", both), limits.printing)
            limits.retracting = sensible(words.get("R"), limits.retracting)
            limits.travelling = sensible(words.get("T", both), limits.travelling)
        elif limits.jerk is None:
            limits.deviation = sensible(words.get("J"), limits.deviation)
        else:
            values = limits.jerk
            values[:] = [sensible(words.get(a), v) for a, v in zip("XYZE", values, strict=True)]


def _numbers(text: bytes) -> dict[str, float]:
    return {letter.decode(): float(number) for letter, number in _WORD.findall(text)}
