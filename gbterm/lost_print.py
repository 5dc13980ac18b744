"""A print that was lost, and where it can go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from gbterm.jobs import Job


@dataclass(frozen=True, slots=True)
class Trail:
    """What is known of a print beyond its `Job`, for going on with it after it was lost."""

    sent: int = 0
    """The last command of its file that the board may have been given."""
    held: int = 0
    """So many of the moves that the board acknowledged it may not have made."""
    stands_mm: tuple[float, ...] = ()
    """Between which heights the nozzle stands aside; empty where it is where the file leads."""
    retracted_mm: float = 0.0
    """By how much more the filament is pulled back than the file says."""
    changes_filament: bool = False
    """Whether there may be none in the nozzle."""
    babystep_mm: float = 0.0
    """By how much the nozzle is above where Z says."""
    speed_percent: float = 100.0
    flows: dict[int, float] = field(default_factory=dict)
    """Percent by index of the nozzle, of those that were set."""


@dataclass(frozen=True, slots=True)
class LostPrint:
    """A print that ended before its time, through no wish of its user's.

    `trail` is None where an older version did not note it.
    """

    job: Job
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a print that was lost can go on. Lines are those of the file, from 1.

    The board stopped somewhere from `first_line` to `last_line`; heights are in mm, targets in °C.
    """

    name: str
    file_id: int | None
    first_line: int
    last_line: int
    start_line: int
    """The first that is printed again."""
    lines: int
    layer: int | None
    z_mm: float
    """Where the nozzle is taken to be, above the bed."""
    highest_mm: float
    """Where it may be as well."""
    nozzles: dict[int, float]
    bed: float
    question: str
    """What its user has to agree to."""
