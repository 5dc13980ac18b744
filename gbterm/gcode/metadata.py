"""What a file says of itself, read in one pass in constant memory.

Slicers write it into comments, each in its own words. A file may say anything: what makes no sense
counts as not said, and what the moves themselves tell stands in for it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from gbterm.files import FileDetails
from gbterm.gcode.layers import Layer
from gbterm.gcode.lines import command_text, read_lines
from gbterm.gcode.motion import Motion
from gbterm.gcode.source import opened
from gbterm.gcode.thumbnails import Thumbnails
from gbterm.text import scrub

LONGEST = 400
"""Bytes of a comment that are looked at."""
LONGEST_TEXT = 60
LONGEST_TIME_S = 365 * 86400.0
LONGEST_FILAMENT_MM = 1e8
HEAVIEST_G = 1e6
FARTHEST_MM = 1e5

_SLICER = re.compile(
    r"(?:g-?code )?(?:generated|sliced) (?:by|with) (.+?)(?: on \d{4}-.*| at .*)?$", re.I
)
_NAMED = re.compile(r"(BambuStudio|KISSlicer|Cura_SteamEngine)\b.*", re.I)
_SAID = re.compile(r"(.{1,60}?) *[=:,] *(.*)")
_NUMBERS = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) *([dhms])")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_PLACEHOLDER_S = 6666.0
"""What CuraEngine writes as the time where Cura's front end doesn't fill it in."""

_KEYS = {
    "estimated printing time (normal mode)": "time",
    "model printing time": "time",
    "build time": "time",
    "print time": "time",
    "time": "cura_time",
    "time_elapsed": "elapsed",
    "filament used [mm]": "mm",
    "filament used": "mm",
    "filament length": "mm",
    "filament used [g]": "g",
    "total filament used [g]": "total_g",
    "plastic weight": "g",
    "filament weight": "g",
    "filament_type": "material",
    "filament_density": "density",
    "filament_diameter": "diameter",
    "layer_height": "layer",
    "layer height": "layer",
    "layerheight": "layer",
    "print_settings_id": "quality",
}
"""What slicers call it, in small letters."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself, its picture in base64, which may be empty, and its layers."""

    details: FileDetails
    thumbnail_png_base64: str = ""
    layers: tuple[Layer, ...] = ()


def read_metadata(path: Path, name: str = "") -> Metadata:
    """Read the whole file, which the user calls `name`.

    Raises `FileRefused` where it is no G-code; whether it may be printed is another question.
    """
    reader = _Reader()
    with opened(path, name) as source:
        for line in read_lines(source):
            if not source.is_known and (text := command_text(line)):
                source.see(text)
            reader.see(line)
    return reader.metadata()


class _Reader:
    def __init__(self) -> None:
        self._motion, self._thumbnails = Motion(), Thumbnails()
        self._slicer = ""
        self._said: dict[str, str] = {}

    def see(self, line: bytes) -> None:
        """The next line of the file."""
        motion, layers = self._motion, self._motion.layers
        if not line.startswith(b";"):
            motion.see(line)
        elif layers.comment(line, motion.state, motion.filament_mm):
            if layers.is_first_mark:
                motion.forget_space()
        elif not self._thumbnails.see(line):
            self._see_comment(line[1:LONGEST].decode("utf-8", "replace").strip())
        layers.line += 1
        layers.offset += len(line)

    def _see_comment(self, text: str) -> None:
        if said := _SAID.match(text):
            self._see_said(said[1].lower(), said[2], text)
        if not self._slicer and (named := _SLICER.match(text) or _NAMED.match(text)):
            self._slicer = named[1] if named.re is _SLICER else named[0]

    def _see_said(self, name: str, value: str, text: str) -> None:
        key = _KEYS.get(name)
        if key is None:
            return
        if key == "mm" and value.count("m") > value.count("mm") * 2:  # Cura's are metres
            value = " ".join(str(1000 * float(number)) for number in _NUMBERS.findall(value))
        elif key == "mm":
            # Slic3r adds the volume, Simplify3D the metres, in brackets.
            value = value.partition("(")[0]
        elif key == "time" and "total estimated time" in text:
            value = text.partition("total estimated time")[2]
        # The estimate of the whole comes last where there are several.
        self._said[key] = value

    def metadata(self) -> Metadata:
        """What all of the lines came to."""
        layers = self._motion.layers.layers(self._motion.filament_mm)
        low, high = self._box()
        mm = _bounded(self._total("mm") or self._motion.filament_mm, LONGEST_FILAMENT_MM)
        details = FileDetails(
            slicer=scrub(self._slicer, LONGEST_TEXT),
            material=_names(self._said.get("material", "")),
            quality=scrub(self._said.get("quality", "").strip("\"' "), LONGEST_TEXT),
            layer_height_mm=_bounded(self._first("layer"), 10.0),
            layers=len(layers) or None,
            time_s=self._time_s(),
            filament_mm=mm,
            filament_g=self._grams(mm),
            tools=tuple(sorted(self._motion.tools)),
            low_mm=low,
            high_mm=high,
        )
        return Metadata(details, self._thumbnails.best, layers)

    def _box(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        box = self._motion.box
        if box is None or max(abs(value) for corner in box for value in corner) > FARTHEST_MM:
            return (), ()
        low, high = (tuple(round(value, 3) for value in corner) for corner in box)
        return low, high

    def _time_s(self) -> float | None:
        cura = self._first("elapsed") or self._first("cura_time")
        if cura == _PLACEHOLDER_S:
            cura = None
        text = self._said.get("time", "")
        said = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))
        return _bounded(said or self._first("time") or cura, LONGEST_TIME_S)

    def _grams(self, mm: float | None) -> float | None:
        said = self._total("g") or self._first("total_g")
        density, diameter = self._first("density"), self._first("diameter")
        if not said and mm and density and diameter:
            said = mm * math.pi * diameter**2 / 4 * density / 1000
        return _bounded(said, HEAVIEST_G)

    def _total(self, key: str) -> float:
        return sum(map(float, _NUMBERS.findall(self._said.get(key, ""))))

    def _first(self, key: str) -> float | None:
        found = _NUMBERS.search(self._said.get(key, ""))
        return float(found[0]) if found else None


def _bounded(value: float | None, most: float) -> float | None:
    """`value`, where it is one that can be."""
    return round(value, 3) if value is not None and 0 < value <= most else None


def _names(text: str) -> str:
    """A list of materials, one for each nozzle, with each material once."""
    names = dict.fromkeys(name.strip("\"' ") for name in re.split("[;,]", text))
    return scrub(", ".join(filter(None, names)), LONGEST_TEXT)
