"""Where a print rests, and the commands that take the head aside and bring it back.

A pause and a change of filament leave the print alike. The way back is told in places alone, so
that it leads there from wherever somebody moved the head meanwhile: up, over the place, down.
"""

from __future__ import annotations

from dataclasses import dataclass

from gbterm.backends.marlin.audit import TOLERANCE_MM, SoftEndstops
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.config import Pausing
from gbterm.gcode.whereabouts import Modes
from gbterm.model import Position, PrinterState, Temperature

UNLOAD_MM, PRIME_MM = 100.0, 50.0
"""Marlin's own defaults for M600: out of the nozzle, and until the new colour comes."""
QUICK, UNLOAD, PRIME = 40.0, 10.0, 3.0
TRAVEL, LIFT = 100.0, 10.0
"""Feed rates in mm/s."""
FROM_EDGE_MM = 10.0
BOARD_LIFTS_MM = 100.0
"""M600 lifts the nozzle by the Z of NOZZLE_PARK_POINT, 20 mm by default, of which no board tells:
taken to be no more than this."""
MELTS_FROM = 170.0
"""°C, Marlin's EXTRUDE_MINTEMP, below which a board does not move filament."""
SHIFTED_MM = 0.005
"""M211 gives two decimals."""
MOTORS_HOLD, MOTORS_MAY_REST = "M84 S0", "M84 S120"
"""Marlin frees motors that stood still for two minutes by default, by which Z may sink."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How the printer stood where the file's moves ended, in mm, °C and percent."""

    x: float
    y: float
    z: float
    e: float | None
    """None where it doesn't matter."""
    modes: Modes
    top_mm: float
    """The height at which the head passes over all that was printed."""
    limits: SoftEndstops | None
    tool: int
    fans: dict[int, float]
    retract_mm: float
    """0 where the nozzle was too cold for it."""
    aside_at: tuple[float, float] | None
    """X and Y that somebody configured."""
    feed_max_mm_s: float

    # By hand, meanwhile.

    @property
    def raising(self) -> str:
        """To where the head passes over all that was printed, before it is homed."""
        return self._to_top

    @property
    def knows_shifts(self) -> bool:
        """Whether the way back finds out what G92 shifted."""
        return self.limits is not None

    # Away.

    @property
    def lifting(self) -> tuple[str, ...]:
        """Off the part."""
        return "G21", "G90", "M83", *self._pushed(-self.retract_mm, QUICK), self._to_top

    @property
    def asks_firmware(self) -> bool:
        """Whether the board may know of a place to park at, and nobody named another."""
        return self.aside_at is None

    @property
    def aside(self) -> tuple[str, ...]:
        """To where nothing is printed: where Marlin parks by default, if nobody named a place;
        nowhere on a delta, whose corners are outside its reach."""
        limits = self.limits
        if limits is None:
            return ()
        (left, right), (front, back), _ = limits
        if self.aside_at is not None:
            x, y = self.aside_at
            x, y = min(max(x, left), right), min(max(y, front), back)
        elif left == -right:
            return ()
        else:
            x, y = left + FROM_EDGE_MM, back - FROM_EDGE_MM
        return (f"G1 X{x:.3f} Y{y:.3f} {self._at(TRAVEL)}",)

    @property
    def unloading(self) -> tuple[str, ...]:
        """The filament out of the nozzle."""
        return "M83", f"G1 E-{UNLOAD_MM:g} {self._at(UNLOAD)}", "M400"

    # And back.

    def selecting(self, active: int) -> tuple[str, ...]:
        """The tool; with S1 the head stays where it is."""
        return () if active == self.tool else (f"T{self.tool} S1",)

    def unshifting(self, limits: SoftEndstops | None, at: Position) -> tuple[str, ...]:
        """The coordinates of the file, which a G92 or a homing may have shifted: its soft endstops
        went along."""
        if limits is None or self.limits is None:
            return ()
        words = ""
        for axis, now, was in zip("xyz", limits, self.limits, strict=True):
            place, shift = getattr(at, axis), now[0] - was[0]
            if abs(shift) > SHIFTED_MM and place is not None:
                words += f" {axis.upper()}{place - shift:.3f}"
        return ("G21", f"G92{words}") if words else ()

    def returning(
        self, state: PrinterState, *, is_retracted: bool = True, primed_mm: float = 0.0
    ) -> tuple[str, ...]:
        """To the place, so that the file's next line finds all as it left it.

        `primed_mm` of filament are pushed before, aside; what was retracted follows at the place.
        """
        pulled = self.retract_mm if is_retracted and not primed_mm else 0.0
        return (
            *("G21", "G90", "M83"),
            *self._pushed(primed_mm, PRIME),
            *(() if self._is_there(state.position) else (*self._travel, "M400")),
            *self._pushed(pulled, QUICK),
            # What was pushed meanwhile must not be pulled back by the file's next E.
            *(() if self.e is None else (f"G92 E{self.e:.5f}",)),
            *(
                f"M106 P{fan} S{round(percent * 2.55)}"
                for fan, percent in self.fans.items()
                if state.fans.get(fan) != percent
            ),
            *self.modes.commands,
        )

    @property
    def _travel(self) -> tuple[str, ...]:
        return (
            self._to_top,
            f"G1 X{self.x:.3f} Y{self.y:.3f} {self._at(TRAVEL)}",
            f"G1 Z{self.z:.3f} {self._at(LIFT)}",
        )

    def _is_there(self, at: Position) -> bool:
        return _is_near(at.x, self.x) and _is_near(at.y, self.y) and _is_near(at.z, self.z)

    @property
    def _to_top(self) -> str:
        return f"G1 Z{self.top_mm:.3f} {self._at(LIFT)}"

    def _pushed(self, length_mm: float, rate_mm_s: float) -> tuple[str, ...]:
        return (f"G1 E{length_mm:g} {self._at(rate_mm_s)}",) if length_mm else ()

    def _at(self, rate_mm_s: float) -> str:
        return f"F{min(rate_mm_s, self.feed_max_mm_s) * 60:g}"


def _is_near(now: float | None, was: float | None) -> bool:
    return now is not None and was is not None and abs(now - was) <= TOLERANCE_MM


def has_moved_across(before: Position, now: Position) -> bool:
    """Whether the head is over another place now."""
    return not (_is_near(now.x, before.x) and _is_near(now.y, before.y))


def remember(
    last: Outgoing | None,
    state: PrinterState,
    limits: SoftEndstops | None,
    pausing: Pausing,
    feed_max_mm_s: float,
) -> Rest | None:
    """How the printer stands after the file's command `last`, where the board told its own place
    and targets just now. None where it isn't known to where the head had to come back: it could
    not find home."""
    if last is None or last.leads_to is None or last.modes is None:
        return None
    x, y, z, exact_e = last.leads_to
    if x is None or y is None or z is None:
        return None
    if last.modes.relative is None or last.modes.relative_e is None:
        return None
    nozzle = dict(enumerate(state.nozzles)).get(state.active_nozzle, Temperature())
    return Rest(
        *(x.value, y.value, z.value),
        e=exact_e.value if exact_e is not None else state.position.e,
        modes=last.modes,
        top_mm=_top(max(z.value, last.top_mm), z.value, pausing.lift_mm, limits),
        limits=limits,
        tool=state.active_nozzle,
        fans=dict(state.fans),
        retract_mm=pausing.retract_mm if (nozzle.current or 0.0) >= MELTS_FROM else 0.0,
        aside_at=None if pausing.x is None or pausing.y is None else (pausing.x, pausing.y),
        feed_max_mm_s=feed_max_mm_s,
    )


def _top(part_mm: float, z: float, lift_mm: float, limits: SoftEndstops | None) -> float:
    top = part_mm + lift_mm
    return top if limits is None else max(z, min(top, limits[2][1]))
