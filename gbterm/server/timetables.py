"""The timetables of the library's files, in its database: one for each kind of board. Blocking."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from gbterm import wire
from gbterm.estimate import Timetable
from gbterm.firmware_settings import MotionLimits
from gbterm.server.schema import opened

BOARDS = 4
"""So many kinds of board are kept of a file."""
_POINT = struct.Struct("<Qff")
"""Byte, seconds of moves and of waits."""


def board_of(limits: MotionLimits | None) -> str:
    """What a timetable is kept by; empty where the board does not tell its limits."""
    return "" if limits is None else json.dumps(wire.to_json(limits), sort_keys=True)


def limits_of(board: str) -> MotionLimits | None:
    """The same, the other way round."""
    return wire.from_json(MotionLimits, json.loads(board)) if board else None


class Timetables:
    """Those in a `database` that the library has prepared. Raises `sqlite3.Error`."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def get(self, file_id: int, board: str) -> Timetable | None:
        """That of a file; None where nobody has worked it out."""
        with opened(self._database) as database:
            sql = "SELECT points FROM timetables WHERE file_id = ? AND board = ?"
            row = database.execute(sql, (file_id, board)).fetchone()
        return None if row is None else _unpacked(row[0])

    def totals(self, board: str) -> dict[int, tuple[float, float]]:
        """What moves and waits of each file take that is known for this board."""
        with opened(self._database) as database:
            sql = "SELECT file_id, moves_s, waits_s FROM timetables WHERE board = ?"
            return {file: (moves, waits) for file, moves, waits in database.execute(sql, (board,))}

    def keep(self, file_id: int, board: str, timetable: Timetable) -> None:
        """Remember one of a file that the library holds."""
        row = (timetable.moves_s, timetable.waits_s, _packed(timetable), file_id)
        with opened(self._database) as database, database:
            database.execute(
                "INSERT OR REPLACE INTO timetables (board, moves_s, waits_s, points, file_id)"
                " SELECT ?, ?, ?, ?, id FROM gcode_files WHERE id = ?",
                (board, *row),
            )
            database.execute(
                "DELETE FROM timetables WHERE file_id = ? AND rowid NOT IN (SELECT rowid FROM"
                " timetables WHERE file_id = ? ORDER BY rowid DESC LIMIT ?)",
                (file_id, file_id, BOARDS),
            )

    def missing(self, board: str, newest: int) -> list[int]:
        """Those of the `newest` files of the library that have none for this board."""
        with opened(self._database) as database:
            rows = database.execute(
                "SELECT id FROM (SELECT id FROM gcode_files ORDER BY id DESC LIMIT ?) WHERE id NOT"
                " IN (SELECT file_id FROM timetables WHERE board = ?) ORDER BY id DESC",
                (newest, board),
            )
            return [file_id for (file_id,) in rows]


def _packed(table: Timetable) -> bytes:
    points = zip(table.bytes, table.moves, table.waits, strict=True)
    return b"".join(_POINT.pack(*point) for point in points)


def _unpacked(points: bytes) -> Timetable:
    columns = tuple(zip(*_POINT.iter_unpack(points), strict=True)) or ((), (), ())
    return Timetable(*columns)
