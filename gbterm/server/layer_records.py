"""The layers of a file as the library keeps them: a record each, so that one is found at once."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import astuple

from gbterm.gcode.follow import State
from gbterm.gcode.layers import MOST_LAYERS, Layer

_RECORD = struct.Struct("<dIQQd5d??B")
"""Height (not a number: none), line, offset, size, filament, and the state at the start."""


def packed(layers: Iterable[Layer]) -> bytes:
    """What the library keeps."""
    return b"".join(
        _RECORD.pack(
            *(math.nan if layer.z_mm is None else layer.z_mm, layer.line, layer.offset),
            *(layer.size, layer.filament_mm, *astuple(layer.start)),
        )
        for layer in layers
    )


def unpacked(records: bytes | None) -> tuple[Layer, ...]:
    """The layers of whole records; None is what SQLite has for a part of nothing."""
    return tuple(
        Layer(None if math.isnan(z) else z, line, offset, size, filament, State(*start))
        for z, line, offset, size, filament, *start in _RECORD.iter_unpack(records or b"")
    )


def columns(name: str, first: int, most: int) -> tuple[str, str]:
    """In SQL, of the column `name`: how many layers there are, and `most` from `first` on."""
    first, most = min(first, MOST_LAYERS + 1), min(most, MOST_LAYERS)
    size = _RECORD.size
    return (
        f"length({name}) / {size}",
        f"substr({name}, {(first - 1) * size + 1}, {most * size})",
    )
