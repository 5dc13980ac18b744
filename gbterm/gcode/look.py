"""Judges the commands of a file one by one; docs/checking.md has each kind of finding."""

from __future__ import annotations

import re

from gbterm.findings import Measures, Severity
from gbterm.gcode import heat
from gbterm.gcode.arcs import arc
from gbterm.gcode.course import ALL, AXES, SHIFTED_G, Course, Words, numbers
from gbterm.gcode.noted import Noted
from gbterm.gcode.offered import left_out
from gbterm.gcode.policy import Action, judge
from gbterm.gcode.space import Space
from gbterm.gcode.warmth import Warmth
from gbterm.gcode.whereabouts import MACROS_M
from gbterm.model import Firmware
from gbterm.text import scrub

_CODE = re.compile(rb"([GMT]) *0*(\d{1,9})(?!\d)(\.\d+)?")
_TOOL = re.compile(r"T *(\d{1,6})")
_LEADS = re.compile(rb"[XYZE]")
_SEVERITY = {
    Action.REFUSED: Severity.REFUSE,
    Action.ASKED: Severity.ASK,
    Action.HELD: Severity.NOTE,
}
_REMEMBERED = 10_000
_ROUNDING_MM = 1e-9
_FED_MM = 1e-6
"""Less than that is the rounding of absolute positions."""


class Look:
    """At one file, for a printer of which `measures` are known."""

    def __init__(self, measures: Measures, noted: Noted) -> None:
        self.measures, self._noted = measures, noted
        self.space = Space(measures)
        firmware = measures.firmware
        self._firmware = firmware or Firmware()
        self.course = Course(g90_sets_e=firmware is None or firmware.is_marlin_2)
        self._warmth = Warmth(firmware)
        self._told_cold = self._told_unhomed = False
        self._idle: set[bytes] = set()
        """Commands that change nothing and of which nothing is to be said."""

    @property
    def minds_places_alone(self) -> bool:
        """Whether of the next moves it only matters where they lead."""
        told_homed = self._told_unhomed or self.course.homed == ALL
        return told_homed and (self._told_cold or not self._warmth.is_cold)

    def is_idle(self, command: bytes) -> bool:
        """Whether `see` would do nothing."""
        return command in self._idle

    def see(self, line: int, command: bytes) -> None:
        """The next command, as `lines.command_text` gives it."""
        text = command.decode("utf-8", "surrogateescape")
        is_idle = self._judge_text(line, text)
        code = _CODE.match(command)
        if code is not None:
            letter, number, rest = code[1], int(code[2]), command[code.end() :]
            if letter == b"G":
                is_idle = False
                self._g(line, text, number, rest, has_subcode=code[3] is not None)
            elif letter == b"T":
                is_idle = False
                self._tool(line, text, number)
            elif self._m(line, text, number, rest):
                is_idle = False
        if is_idle and not _LEADS.search(command) and len(self._idle) < _REMEMBERED:
            self._idle.add(command)

    def _judge_text(self, line: int, text: str) -> bool:
        """What is to be said of the command as it stands; whether that was nothing."""
        verdict = judge(text, self._firmware)
        if verdict.action is not Action.SENT:
            severity = _SEVERITY[verdict.action]
            kind = "held" if verdict.action is Action.HELD else "command"
            self._note(severity, kind, verdict.reason, line, f"{_shown(text)} {verdict.reason}.")
        elif found := left_out(text, self.measures.firmware):
            severity, name, why = found
            self._note(severity, "not_offered", name, line, f"{_shown(text)} {why}.")
        else:
            return True
        return False

    def _g(self, line: int, text: str, number: int, rest: bytes, *, has_subcode: bool) -> None:
        if has_subcode:
            self._lose(line, text)
        elif number < 4:
            self.move(line, text.encode("utf-8", "surrogateescape"), rest, number)
        else:
            self.course.g(number, rest)
            if number in SHIFTED_G:
                self._not_followed(line, text)

    def _m(self, line: int, text: str, number: int, rest: bytes) -> bool:
        """Whether it changes anything that the judgement of a later line depends on, or is judged
        itself."""
        course = self.course
        heats = self._judge_heat(line, text)
        if number in MACROS_M and rest.strip():
            return True  # it is only defined
        warms = self._warmth.m(number, text)
        if warms:
            self._told_cold = False
        homed = course.homed
        leads = course.m(number, rest)
        if course.homed != homed:
            self._told_unhomed = False
        if leads and course.relative is None:
            self._lose(line, text)
        return heats or warms or leads

    def _lose(self, line: int, text: str) -> None:
        self.course.lose()
        self._warmth.is_known = False
        self._not_followed(line, text)

    def _not_followed(self, line: int, text: str) -> None:
        why = "does what only the board knows: the lines behind it are judged in part."
        self._note(Severity.NOTE, "not_followed", "", line, f"{_shown(text)} {why}")

    def _judge_heat(self, line: int, text: str) -> bool:
        """Whether it heats; how far it may is judged."""
        heats = False
        for heater, target in heat.targets(text):
            heats = True
            limit = self.measures.limits.get(heater)
            if limit is not None and target > limit:
                why = f"heats the {heater} beyond its limit of {limit:g} °C."
                self._note(Severity.REFUSE, "too_hot", heater, line, f"{_shown(text)} {why}")
        if heats and (named := _TOOL.search(text)):
            self._judge_tool(line, text, int(named[1]))
        return heats

    def _tool(self, line: int, text: str, number: int) -> None:
        self._judge_tool(line, text, number)
        self._warmth.tool, self._told_cold = number, False
        self.course.at = [None] * 3

    def _judge_tool(self, line: int, text: str, number: int) -> None:
        firmware = self.measures.firmware
        if firmware is None or not firmware.name or number < firmware.extruders:
            return
        nozzles = "1 nozzle" if firmware.extruders == 1 else f"{firmware.extruders} nozzles"
        why = f"means nozzle {number + 1}; the firmware tells of {nozzles}."
        # Other firmware counts nozzles, whatever changes the filament in front of them.
        severity = Severity.ASK if firmware.name.startswith("Marlin") else Severity.NOTE
        self._note(severity, "tool", f"T{number}", line, f"{_shown(text)} {why}")

    def move(self, line: int, command: bytes, rest: bytes, number: int) -> None:
        """A G0 to G3; `rest` is what follows that."""
        words, course = numbers(rest), self.course
        before = (*course.at,)
        fed = course.move(words)
        self._judge_place(line, command, words)
        if number > 1 and course.is_flat:
            self._judge_arc(line, command, words, before, clockwise=number == 2)
        if fed > _FED_MM:
            self._judge_fed(line, command, words)

    def _judge_place(self, line: int, command: bytes, words: Words) -> None:
        space, at = self.space, self.course.at
        for index, axis in enumerate(AXES):
            place = at[index]
            if axis not in words or place is None:
                continue
            low, high = space.bounds[index]
            if not low <= place <= high:
                self.outside(line, command, index, place)
        if space.is_round and (b"X" in words or b"Y" in words):
            self._judge_round(line, command, at[0], at[1])

    def _judge_round(self, line: int, command: bytes, x: float | None, y: float | None) -> None:
        if x is not None and y is not None and not self.space.is_on_bed(x, y):
            why = f"leads to X {x:g}, Y {y:g}, beside the round bed."
            self._note(Severity.ASK, "bounds", "round", line, f"{_told(command)} {why}")

    def outside(self, line: int, command: bytes, index: int, place: float) -> None:
        """Note a move that leads along X, Y or Z, by index, to a place that there isn't."""
        axis = AXES[index].decode()
        side = "low" if place < self.space.bounds[index][0] else "high"
        is_near = self.space.is_near(index, place)
        key = f"{axis} {side} near" if is_near else f"{axis} {side}"
        if self._noted.again("bounds", key, line):
            return
        words = self.space.words(index)
        why = f"leads to {axis} {place:g}; the printer has {words}."
        severity = Severity.NOTE if is_near else Severity.ASK
        self._note(severity, "bounds", key, line, f"{_told(command)} {why}")

    def _judge_arc(
        self,
        line: int,
        command: bytes,
        words: Words,
        before: tuple[float | None, ...],
        *,
        clockwise: bool,
    ) -> None:
        """Of its ends `_judge_place` knows."""
        course = self.course
        start = [place for place in before[:2] if place is not None]
        end = [place for place in course.at[:2] if place is not None]
        if len(start) < 2 or len(end) < 2:
            return
        sizes = {axis: words[axis] * course.unit for axis in (b"I", b"J", b"R") & words.keys()}
        way = arc(start, end, sizes, clockwise)
        if way is None:
            return
        points = tuple(way.turning_points())
        for index in range(2):
            low, high = self.space.bounds[index]
            places = [point[index] for point in points]
            ends = (start[index], end[index])
            # The ends themselves were judged, the first of them with the line before.
            if places and min(places) < min(low, *ends) - _ROUNDING_MM:
                self.outside(line, command, index, min(places))
            if places and max(places) > max(high, *ends) + _ROUNDING_MM:
                self.outside(line, command, index, max(places))

    def _judge_fed(self, line: int, command: bytes, words: Words) -> None:
        if self._warmth.is_cold and not self._told_cold:
            self._told_cold = True
            why = (
                f"pushes filament while the nozzle is set to {self._warmth.target:g} °C; below"
                f" {self._warmth.least:g} °C the board leaves that out."
            )
            self._note(Severity.NOTE, "cold", "", line, f"{_told(command)} {why}")
        unhomed = ALL - self.course.homed
        if unhomed and not self._told_unhomed and (b"X" in words or b"Y" in words):
            self._told_unhomed = True
            *others, last = sorted(axis.decode() for axis in unhomed)
            axes = f"{', '.join(others)} and {last} were" if others else f"{last} was"
            why = f"prints where {axes} not homed before."
            self._note(Severity.NOTE, "not_homed", "", line, f"{_told(command)} {why}")

    def _note(self, severity: Severity, kind: str, key: str, line: int, text: str) -> None:
        self._noted.add(severity, kind, key, line, text)


def _shown(text: str) -> str:
    return repr(scrub(text, 60))


def _told(command: bytes) -> str:
    return _shown(command.decode("utf-8", "surrogateescape"))
