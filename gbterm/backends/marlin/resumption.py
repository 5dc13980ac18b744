"""Where a print that was lost can go on: read from its file, put in words for its user."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from gbterm.backends.marlin.rest import BOARD_LIFTS_MM
from gbterm.backends.marlin.wayback import LIFT_MM
from gbterm.errors import FileRefused, OutOfRange
from gbterm.gcode.check import FileReport, check_file
from gbterm.gcode.standpoint import Standpoint
from gbterm.gcode.stretch import Stretch, find_stretch, stand_before
from gbterm.jobs import Job
from gbterm.lost_print import ResumePoint, Trail
from gbterm.model import Firmware
from gbterm.text import scrub

NEAR_MM = 0.01
TWICE_MM = 1.0
"""A nozzle that comes so much lower than it was prints a layer twice; further down it breaks the
part off."""


@dataclass(frozen=True, slots=True)
class Heights:
    """Where the nozzle is taken to be above the bed in mm, and where it may be as well."""

    z_mm: float
    highest_mm: float
    is_told: bool = False
    """Whether the board knows it, which then was not reset."""


@dataclass(frozen=True, slots=True)
class Resumption:
    """A lost job with what its file says: where the board stopped, and where to go on."""

    job: Job
    trail: Trail
    report: FileReport
    stretch: Stretch
    start: Standpoint
    start_line: int

    @property
    def layer(self) -> int | None:
        """The one that is gone on in, as `Job.layer`."""
        layers = self.report.layers
        return bisect_right(layers, self.start.command + 1) if layers else None

    def heights(self, told: float | None, *, homed: bool) -> Heights:
        """Where the nozzle is. `told` is what the board itself believes, `homed` whether it has
        homed Z since, so that it can't err.

        Without it the lowest is the safe one: the print goes on in the air rather than in the part.
        """
        if told is not None and homed:
            return Heights(told, told, is_told=True)
        places = self.trail.stands_mm
        if not places:
            places = self.stretch.heights
            if self.trail.changes_filament:
                places = (*places, max(*places, self.stretch.top_mm) + BOARD_LIFTS_MM)
        elif self.trail.sent > self.job.command:
            # Since that was noted, it may have been lifted, or have begun to print.
            places = (*places, *self.stretch.heights)
            places = (*places, max(*places, self.stretch.top_mm) + LIFT_MM)
        low, high = min(places), max(places)
        # Each board says 0 after a reset, wherever its nozzle is.
        if told and low - NEAR_MM <= told <= high + NEAR_MM:
            return Heights(told, told, is_told=True)
        return Heights(low, high)

    def check_start(self, z_mm: float | None) -> None:
        """Raise `OutOfRange` where the way to it leads down into the part; `z_mm` was measured."""
        stretch, start = self.stretch, self.start
        low = stretch.heights[0] if z_mm is None else min(stretch.heights[0], z_mm)
        if self.start_line < stretch.first_line and start.z < low - TWICE_MM - NEAR_MM:
            raise OutOfRange(
                f"Before line {self.start_line} the nozzle is at Z = {start.z:g} mm, which is in"
                f" the part by now: name a line from {stretch.first_line} on."
            )

    def point(self, told: float | None, *, homed: bool, homes_z: bool) -> ResumePoint:
        """The same for its user."""
        place, start = self.heights(told, homed=homed), self.start
        return ResumePoint(
            name=self.job.name,
            file_id=self.job.file_id,
            first_line=self.stretch.first_line,
            last_line=self.stretch.last_line,
            start_line=self.start_line,
            lines=self.report.lines,
            layer=self.layer,
            z_mm=place.z_mm,
            highest_mm=place.highest_mm,
            nozzles={index: target for index, target in start.nozzles.items() if target},
            bed=start.bed,
            question=self._question(place, homes_z=homes_z),
        )

    def _question(self, place: Heights, *, homes_z: bool) -> str:
        stretch, lines, z = self.stretch, self.report.lines, place.z_mm
        layer = "" if self.layer is None else f" in layer {self.layer}"
        where = f"still Z = {z:g} mm above the bed"
        if place.highest_mm > z:
            high = place.highest_mm
            where = f"between Z = {z:g} and {high:g} mm above the bed, and taken to be at {z:g}"
        way = (
            f" The nozzle is {where}: if it isn't for certain, measure and give its height. It"
            f" heats up there, is lifted {LIFT_MM:g} mm above the print, and X and Y alone are"
            " homed."
        )
        if homes_z:
            way = " The nozzle heats up where it is, and Z, X and Y are homed."
        if self.trail.changes_filament:
            way += " Its filament was being changed: load it as far as the nozzle first."
        return (
            f"{scrub(self.job.name, 60)} stopped between lines {stretch.first_line} and"
            f" {stretch.last_line} of {lines}, and goes on at line {self.start_line}{layer};"
            f" what was printed from there on is printed twice.{way} Go on?"
        )


def read(job: Job, trail: Trail, firmware: Firmware, line: int | None = None) -> Resumption:
    """Find out where `job` can go on, by default at the earliest safe point. Blocking.

    Raises `FileRefused` where its file is gone, was changed or leaves open what must be known,
    `OutOfRange` for a `line` that is not in it, `WrongState` where nothing was printed yet.
    """
    path = Path(job.path)
    report = check_file(path, firmware, job.name)
    if report.sha256 != job.sha256:
        raise FileRefused(
            f"{scrub(job.name, 60)} was changed since its print stopped, so that its lines are no"
            " longer those that were printed: print it anew."
        )
    done, held, sent = job.command, trail.held, trail.sent
    stretch = find_stretch(path, firmware, report.layers, done=done, held=held, sent=sent)
    start_line = stretch.start_line if line is None else line
    start = stand_before(path, firmware, start_line, report.layers)
    if start.tool not in start.nozzles:
        raise FileRefused(
            f"The file does not say how hot nozzle {start.tool + 1} must be at line {start_line}:"
            " print it anew."
        )
    return Resumption(job, trail, report, stretch, start, start_line)
