"""Prints: the one under way, and those of the past."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Job:
    """The job under way, or the last one.

    `line` is the last line of the file that the board acknowledged, from 1 as an editor counts,
    comments and blank lines included; `lines` is how many there are. Times are in seconds; None is
    unknown. A plain OpenGB server tells of commands alone, which are then shown as lines.
    """

    name: str
    file_id: int | None = None
    path: str = ""
    sha256: str = ""
    line: int = 0
    lines: int = 0
    byte: int = 0
    bytes: int = 0
    elapsed_s: float = 0.0
    left_s: float | None = None
    left_low_s: float | None = None
    left_high_s: float | None = None
    """Between which it most likely is; None where nobody tells."""
    left_from: str = ""
    """Where that is from: `moves`, how the board plans those of the file; `file`, which says it in
    its M73; `slicer`, which says in a comment how long all of it takes; `progress`, for the time
    gone so far. Behind a `+` what corrects it: `progress`, or `history` for past prints. OctoPrint
    has `analysis` of the moves in the file, and `average` of its past prints. Empty where nobody
    tells.
    """
    pace: float | None = None
    """What a second of the moves took so far, in seconds; None where that isn't known."""
    outcome: str = ""
    """Empty while it is under way, then `finished`, `cancelled` or `failed`."""
    command: int = 0
    """How far it is in commands, which OpenGB's `progress_update` counts: no comments."""
    commands: int = 0
    layer: int | None = None
    """The one that the print is in, from 1, through all objects; 0 before the first, None where
    the file shows no layers."""
    layers: int | None = None
    pause_layers: tuple[int, ...] = ()
    """Before which of them the print pauses, in order."""
    id: str = ""
    """Its own for all time, unlike its file's."""
    started_at: float | None = None
    ended_at: float | None = None
    """Unix times."""
    reason: str = ""
    """Why it failed, in a sentence."""
    pauses: int = 0
    """How often it stood still for somebody."""
    resends: int = 0
    resumes: str = ""
    """The id of the print that was lost and goes on with this one."""
    on_card: bool = False
    """Whether the printer prints it from a card of its own: nobody feeds it, and of its file only
    the bytes are known."""
    is_written: bool = False
    """Whether nothing is printed: the file is put on the printer's own card, as far as `byte`."""

    @property
    def key(self) -> str:
        """What the history calls it: one from the printer's own card has no `id`. Empty for a file
        that is put there, which is no print."""
        if self.is_written:
            return ""
        return f"card-{self.started_at or 0:.3f}" if self.on_card and not self.id else self.id

    @property
    def without_left(self) -> Job:
        """It without a word on how long it takes yet."""
        return replace(self, left_s=None, left_low_s=None, left_high_s=None, left_from="")

    @property
    def fraction(self) -> float:
        """Progress from 0 to 1 by bytes, which are known before the lines are counted."""
        if self.outcome == "finished":
            return 1.0
        return min(1.0, self.byte / self.bytes) if self.bytes else 0.0


OUTCOMES = ("finished", "cancelled", "failed", "unknown")
"""Of prints of the past."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A print of the past. Times at which something was are Unix times, the others in seconds.

    The estimate and the filament are the whole file's; `fraction` is how much of
    it was printed, from 0 to 1. The time and the fraction of a print that was lost and went on are
    those from its first beginning.
    """

    id: str
    name: str
    file_id: int | None = None
    sha256: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    outcome: str = ""
    """`finished`, `cancelled` or `failed`; `unknown` of one from the printer's own card that was
    out of sight before it ended."""
    reason: str = ""
    """Why it failed."""
    fraction: float = 0.0
    printed_s: float = 0.0
    """Without the time that it stood still."""
    estimate_s: float | None = None
    """What was foretold before it: by its moves, or else by its slicer."""
    pace: float | None = None
    """What a second of its moves, as the board plans them, took in seconds."""
    filament_mm: float | None = None
    filament_g: float | None = None
    pauses: int = 0
    resends: int = 0
    started_by: str = ""
    """The name of the key, the user or the address; empty where nobody knows."""
    resumes: str = ""
    """The id of the print that was lost and went on with this one."""
    on_card: bool = False
    """Whether the printer printed it from a card of its own, which tells no estimate."""

    @property
    def used_mm(self) -> float | None:
        """The filament that it took: of what didn't finish, the share of the file's that was
        printed, by bytes."""
        return None if self.filament_mm is None else self.filament_mm * self.fraction
