"""What a server answers, as the model has it, whatever of it the server gave."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple
from math import inf
from typing import Any, TypeVar

from gbterm import wire
from gbterm.actions import CommandResult, Reply
from gbterm.backends.capability import OF_LIBRARIES, Capability
from gbterm.backends.given import number
from gbterm.bed_mesh import Mesh
from gbterm.board_settings import BoardSettings, SettingsCopy, same
from gbterm.config import Limits
from gbterm.errors import PrinterError
from gbterm.files import DiskUse, FileDetails, FileLayers, GcodeFile, LayerGeometry
from gbterm.findings import FileCheck
from gbterm.lost_print import ResumePoint
from gbterm.model import StreamStatistics, Temperature
from gbterm.pid_tuning import PidTuning
from gbterm.temperatures import Sample
from gbterm.text import scrub, scrubbed
from gbterm.z_offset import ZOffset

T = TypeVar("T")
MOST_SAMPLES = 3600
"""One a second, of an hour."""
_NO_SENSE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)


def listed(result: Any, name: str) -> list[dict[str, Any]]:
    """The records in an answer's member `name`; empty where there are none."""
    records = result.get(name) if isinstance(result, dict) else None
    return [record for record in records or [] if isinstance(record, dict)]


def values(kind: type[T], result: Any, name: str) -> list[T]:
    """The records in an answer's member `name` that are a `kind`."""
    found = []
    for record in listed(result, name):
        with suppress(*_NO_SENSE):
            found.append(wire.from_json(kind, record))
    return found


def file_layers(result: Any) -> FileLayers:
    """Layers of a file. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(FileLayers, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say which layers the file has.") from error


def file_check(result: Any) -> FileCheck:
    """What came of looking at a file. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(FileCheck, scrubbed(result))
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what it found in the file.") from error


def layer_geometry(result: Any) -> LayerGeometry:
    """What a layer draws. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(LayerGeometry, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what the layer draws.") from error


def command_result(result: Any) -> CommandResult:
    """What came of a program. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(CommandResult, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what came of the command.") from error


def stream_statistics(result: Any) -> StreamStatistics:
    """What a stream came to. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(StreamStatistics, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say how the board is fed.") from error


def bed_mesh(result: Any) -> Mesh:
    """What a board tells of its bed. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(Mesh, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what its board measured.") from error


def z_offset(result: Any) -> ZOffset:
    """What a board adds to Z. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(ZOffset, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what its board adds to Z.") from error


def pid_tuning(result: Any) -> PidTuning:
    """What became of a tuning. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(PidTuning, scrubbed(result))
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what became of the tuning.") from error


def resume_point(result: Any) -> ResumePoint:
    """Where a print can go on. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(ResumePoint, result)
    except _NO_SENSE as error:
        raise PrinterError("The server does not say where the print can go on.") from error


def board_settings(result: Any) -> BoardSettings:
    """A board's settings. Raises `PrinterError` where the server doesn't say."""
    try:
        settings = wire.from_json(BoardSettings, scrubbed(result))
        for setting in settings.settings:
            same(setting.value, setting.stored or setting.value)
        return settings
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what the settings of the board are.") from error


def settings_copy(result: Any) -> SettingsCopy:
    """A copy of them. Raises `PrinterError` where the server doesn't say."""
    try:
        return wire.from_json(SettingsCopy, scrubbed(result))
    except _NO_SENSE as error:
        raise PrinterError("The server does not say what became of the copy.") from error


_TOGETHER = {Capability.FILES: OF_LIBRARIES, Capability.COUNTERS: Capability.DISKS}


def capabilities(result: Any) -> Capability:
    """The abilities that the answer to `get_capabilities` names, but for unknown ones."""
    names = result.get("capabilities") if isinstance(result, dict) else None
    known = Capability.__members__
    found = Capability(0)
    for name in names if isinstance(names, list) else []:
        found |= known.get(str(name), Capability(0))
    # An older server names these together.
    for together, apart in _TOGETHER.items():
        found |= apart if together in found else Capability(0)
    return found


def methods(result: Any) -> frozenset[str]:
    """The methods that the answer to `get_capabilities` names."""
    names = result.get("methods") if isinstance(result, dict) else None
    return frozenset(map(str, names if isinstance(names, list) else []))


def limits(result: Any) -> Limits | None:
    """The limits that the answer to `get_capabilities` tells; None for none that make sense."""
    with suppress(*_NO_SENSE):
        told = wire.from_json(Limits, result["limits"])
        if all(0 < most < inf for most in astuple(told)):
            return told
    return None


def reply(record: dict[str, Any]) -> Reply:
    """What a board said to one command."""
    lines = record.get("lines")
    said = lines if isinstance(lines, list) else []
    return Reply(scrub(str(record.get("command", ""))), tuple(scrub(str(line)) for line in said))


def counters(result: Any) -> dict[str, int]:
    """Those of the counters that are numbers, by their names."""
    told = result.get("counters") if isinstance(result, dict) else None
    given = told.items() if isinstance(told, dict) else ()
    numbers = {scrub(str(name)): number(value) for name, value in given}
    return {name: int(minutes) for name, minutes in numbers.items() if minutes is not None}


def samples(result: Any) -> list[Sample]:
    """Those of the samples that make sense, oldest first."""
    found = []
    for record in listed(result, "samples"):
        with suppress(*_NO_SENSE):
            named = {f"nozzle{i}": _heater(pair) for i, pair in enumerate(record["nozzles"], 1)}
            named["bed"] = _heater(record["bed"])
            if record.get("chamber") is not None:
                named["chamber"] = _heater(record["chamber"])
            if (at := number(record["at"])) is not None:
                found.append(Sample(at, named))
    return sorted(found, key=lambda sample: sample.at)[-MOST_SAMPLES:]


def _heater(pair: Any) -> Temperature:
    current, target = pair
    return Temperature(number(current), number(target))


def disks(result: Any) -> dict[str, DiskUse]:
    """Those of the disks of which enough is told, by where they are mounted."""
    found = {}
    for point, told in result.items() if isinstance(result, dict) else ():
        with suppress(*_NO_SENSE):
            found[scrub(str(point))] = wire.from_json(DiskUse, told)
    return found


def file(record: Any) -> GcodeFile:
    """A file of the library."""
    given = record if isinstance(record, dict) else {}

    def whole(key: str) -> int:
        return int(number(given.get(key)) or 0)

    def text(key: str) -> str:
        return str(given.get(key) or "")

    details = FileDetails()
    with suppress(*_NO_SENSE):
        details = wire.from_json(FileDetails, given["details"])
    return GcodeFile(
        id=whole("id"),
        name=text("name"),
        size=whole("size"),
        uploaded=text("uploaded"),
        print_material=text("print_material"),
        print_quality=text("print_quality"),
        print_extruders=text("print_extruders"),
        print_time_sec=whole("print_time_sec"),
        print_filament_mm=whole("print_filament_mm"),
        print_material_gm=whole("print_material_gm"),
        thumbnail_png_base64=text("thumbnail_png_base64"),
        details=details,
    )
