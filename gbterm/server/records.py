"""The records of files on the wire: what an uploader may say of a file, and what is told of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from gbterm.errors import UsageError
from gbterm.files import GcodeFile
from gbterm.params import REQUIRED, Param, number, text, words

PIECE = 1 << 20


def _amount(value: Any) -> int:
    """A number less its fraction, of a size that a database can hold."""
    parsed = int(number(value))
    if abs(parsed) >= 1 << 63:
        raise ValueError("a number that makes sense")
    return parsed


FILE_FIELDS = (
    Param("print_material", words, ""),
    Param("print_quality", words, ""),
    Param("print_extruders", words, ""),
    Param("print_time_sec", _amount, 0),
    Param("print_filament_mm", _amount, 0),
    Param("print_material_gm", _amount, 0),
    Param("thumbnail_png_base64", words, ""),
)
"""What an uploader may say of a file."""
PUT = "put_gcode_file"
PUT_PARAMS = (Param("payload", text, REQUIRED), Param("name", text, REQUIRED), *FILE_FIELDS)


def record(file: GcodeFile, *, is_extended: bool) -> dict[str, Any]:
    """OpenGB's eleven fields; `details` besides for those who know extensions."""
    members = asdict(file)
    del members["folder"]  # this library has none
    if not is_extended:
        del members["details"]
    return members


def encoded(payload: str) -> Iterator[bytes]:
    """The bytes of an upload, a piece at a time: it is as large as a file may be.

    Raises `UsageError`.
    """
    for at in range(0, len(payload), PIECE):
        try:
            yield payload[at : at + PIECE].encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise UsageError("payload must be text.") from None
