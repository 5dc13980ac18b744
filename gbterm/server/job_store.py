"""The prints of the past, in the library's database: one for all printers. Blocking."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from gbterm.errors import UsageError
from gbterm.estimate import OLDEST
from gbterm.jobs import JobRecord
from gbterm.server.schema import opened
from gbterm.text import scrub

KEPT = 10_000
"""The newest prints of all printers; what is older goes."""
MOST = 500
"""In one answer."""

_COLUMNS = tuple(field.name for field in fields(JobRecord))
_TEXTS = "name || char(10) || reason || char(10) || started_by"


class JobStore:
    """The prints of the printer `printer` in a `database` that the library has prepared."""

    def __init__(self, database: Path, printer: str, kept: int = KEPT) -> None:
        self._database, self._printer, self._kept = database, printer, kept

    def add(self, record: JobRecord) -> None:
        """Remember a print; one that is known already stays as it is. Raises `sqlite3.Error`."""
        values = {"printer": self._printer} | asdict(record)
        places = ", ".join("?" * len(values))
        with opened(self._database) as database, database:
            database.execute(
                f"INSERT OR IGNORE INTO jobs ({', '.join(values)}) VALUES ({places})",
                tuple(values.values()),
            )
            database.execute(
                "DELETE FROM jobs WHERE number <= (SELECT max(number) FROM jobs) - ?",
                (self._kept,),
            )

    def paces(self) -> list[float]:
        """Those of the last prints that came to their end, the newest first."""
        with opened(self._database) as database:
            rows = database.execute(
                "SELECT pace FROM jobs WHERE printer = ? AND outcome = 'finished' AND pace > 0"
                " ORDER BY number DESC LIMIT ?",
                (self._printer, OLDEST),
            )
            return [pace for (pace,) in rows]

    def list(
        self,
        before: str | float | None = None,
        most: int = MOST,
        search: str = "",
        outcome: str = "",
        since: float | None = None,
    ) -> list[JobRecord]:
        """The newest first, `most` of them, with `search` in their name or reason, or in who
        started them; with this `outcome`, and ended from `since` on, a Unix time.

        `before` leaves out a print, by its id, and what came after it, or what did not end before
        a Unix time. Raises `UsageError` for an id that is not known.
        """
        wanted: list[tuple[str, Any]] = [("printer = ?", self._printer)]
        with opened(self._database) as database:
            if isinstance(before, str):
                sql = "SELECT number FROM jobs WHERE id = ?"
                row = database.execute(sql, (before,)).fetchone()
                if row is None:
                    raise UsageError(f"The history holds no print {scrub(before, 40)!r}.")
                wanted.append(("number < ?", row[0]))
            elif before is not None:
                wanted.append(("ended_at < ?", before))
            if search:
                wanted.append((f"instr(lower({_TEXTS}), lower(?)) > 0", search))
            if outcome:
                wanted.append(("outcome = ?", outcome))
            if since is not None:
                wanted.append(("ended_at >= ?", since))
            where = " AND ".join(condition for condition, _ in wanted)
            sql = (
                f"SELECT {', '.join(_COLUMNS)} FROM jobs WHERE {where} ORDER BY number DESC LIMIT ?"
            )
            rows = database.execute(sql, (*(value for _, value in wanted), min(most, MOST)))
            return [_record(row) for row in rows]

    def totals(self) -> dict[str, tuple[int, float]]:
        """By outcome, how many are kept and how many mm of filament they took.

        Raises `sqlite3.Error`.
        """
        with opened(self._database) as database:
            rows = database.execute(
                "SELECT outcome, count(*), total(filament_mm * fraction) FROM jobs"
                " WHERE printer = ? GROUP BY outcome",
                (self._printer,),
            )
            return {outcome: (count, filament_mm) for outcome, count, filament_mm in rows}


def _record(row: tuple[Any, ...]) -> JobRecord:
    record = JobRecord(*row)
    return replace(record, on_card=bool(record.on_card))
