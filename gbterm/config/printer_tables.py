"""The tables below `[printer.NAME]` for a printer on a port: what each may hold, and reading it.

A new one is a class here, and a member and a row of `TABLES` in `gbterm.config.printer`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from gbterm.config.table import Table

_LEAST_STREAMING = {"window_lines": 0, "ring_bytes": 96, "damaged_lines": 0}
"""A ring must hold the longest line."""
_LENGTHS = {"lift_mm": 200.0, "retract_mm": 20.0}
"""Of a pause, with the most that makes sense."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What no client may exceed: temperatures in °C, the feed rate in mm/s."""

    nozzle_max: float = 300.0
    bed_max: float = 150.0
    chamber_max: float = 100.0
    feed_max_mm_s: float = 500.0

    @classmethod
    def read(cls, table: Table) -> Limits:
        """Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        return cls(**{name: table.number(name) for name in table.members})


@dataclass(frozen=True, slots=True)
class Volume:
    """From where to where the nozzle may go in mm, for each axis; empty where nobody said.

    With `round`, x and y are the diameter of a round bed.
    """

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    z: tuple[float, ...] = ()
    round: bool = False

    @classmethod
    def read(cls, table: Table) -> Volume:
        """Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        axes = {name: table.span(name) for name in "xyz" if name in table.members}
        is_round = table.value("round", bool, False)
        if is_round and not {"x", "y"} <= axes.keys():
            table.refuse("round", "needs x and y, the diameter of the bed")
        return cls(**axes, round=is_round)


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a board is fed, for one that differs from what nearly all have.

    `window_lines` may be under way at most, 0 for what the board proves to bear; `ring_bytes` is
    what its receive ring holds (RX_BUFFER_SIZE less one); more than `damaged_lines` damaged ones in
    any 1,000 pause a print.
    """

    window_lines: int = 0
    ring_bytes: int = 127
    damaged_lines: int = 3

    @classmethod
    def read(cls, table: Table) -> Streaming:
        """Raises `ConfigError`."""
        table.only(_LEAST_STREAMING)
        for name, least in _LEAST_STREAMING.items():
            table.at_least(name, least)
        return cls(**table.members)


@dataclass(frozen=True, slots=True)
class Pausing:
    """What a pause does with the head: where `park`, it pulls `retract_mm` of filament, is lifted
    `lift_mm` above all that was printed and goes to `x` and `y`, or to where the firmware parks."""

    park: bool = True
    lift_mm: float = 20.0
    retract_mm: float = 2.0
    x: float | None = None
    y: float | None = None

    @classmethod
    def read(cls, table: Table) -> Pausing:
        """Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        given = {"park": table.value("park", bool, True)}
        given |= {
            name: table.number(name, or_zero=True) for name in _LENGTHS if name in table.members
        }
        given |= {name: table.place(name) for name in "xy" if name in table.members}
        for name, most in _LENGTHS.items():
            if given.get(name, 0.0) > most:
                table.refuse(name, f"must be at most {most:g}")
        if ("x" in given) != ("y" in given):
            table.refuse("", "needs both x and y, or neither")
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Heaters:
    """After how many minutes a heater is turned off that nobody looks after; 0 for never.

    That is after a crash, while the printer's question stays unanswered, or while nobody is
    connected and nothing prints. A chamber goes with the bed.

    After `board_halts_idle_after_min` without a move the board halts by itself (M85), whether
    gbterm lives or not; 0 leaves it as it was built.
    """

    nozzle_off_after_min: float = 10.0
    bed_off_after_min: float = 30.0
    board_halts_idle_after_min: float = 0.0

    @classmethod
    def read(cls, table: Table) -> Heaters:
        """Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        given = cls(**{name: table.number(name, or_zero=True) for name in table.members})
        off_after = (given.nozzle_off_after_min, given.bed_off_after_min)
        halts_after = given.board_halts_idle_after_min
        if halts_after and not (all(off_after) and halts_after > max(off_after)):
            table.refuse(
                "board_halts_idle_after_min",
                "must be longer than nozzle_off_after_min and bed_off_after_min, neither of them"
                " 0: it would halt a pause whose heaters are on",
            )
        return given
