"""How a printer gets back to where a print goes on that it lost, and what it is told on the way.

Z is never homed over a part: it is told with G92 where the nozzle is, and homed only where its
endstop is at the top.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gbterm.backends.marlin.audit import SoftEndstops
from gbterm.gcode.standpoint import Standpoint
from gbterm.lost_print import Trail

LIFT_MM, PRIME_MM = 5.0, 3.0
LIFT, TRAVEL, PRIME, RETRACT = 10.0, 100.0, 3.0, 40.0
"""Feed rates in mm/s."""
Tell = Callable[..., Awaitable[list[tuple[str, ...]]]]
"""Sends commands one by one; what the board said to each."""

_UNLEVELED = re.compile(r"(?i)bed leveling (?:is )?off|failed to enable bed leveling")


@dataclass(frozen=True, slots=True)
class WayBack:
    """To `start`, from where the nozzle is `z_mm` above the bed; the part is `top_mm` high."""

    start: Standpoint
    trail: Trail
    z_mm: float
    top_mm: float
    limits: SoftEndstops | None
    feed_max_mm_s: float
    is_told: bool = False
    """Whether the board knows that height, so that it was not reset."""
    homes_z: bool = False
    """Whether Z may be homed, at its top."""
    babystep_mm: float = 0.0
    """What of the print's babysteps homing Z has taken, or takes on the way."""

    @property
    def heating(self) -> tuple[str, ...]:
        """The bed, then the nozzles, so that they don't ooze meanwhile."""
        start = self.start
        nozzles = {index: target for index, target in start.nozzles.items() if target}
        active = nozzles.pop(start.tool, 0.0)
        return (
            *((f"M141 S{start.chamber:g}",) if start.chamber else ()),
            *((f"M190 S{start.bed:g}",) if start.bed else ()),
            *(f"M104 T{index} S{target:g}" for index, target in nozzles.items()),
            *((f"M109 T{start.tool} S{active:g}",) if active else ()),
            *(f"M109 T{index} S{target:g}" for index, target in nozzles.items()),
        )

    @property
    def above_mm(self) -> float:
        """The height at which the head passes over all that was printed."""
        least = max(self.z_mm, self.start.z)
        above = max(least, self.top_mm) + LIFT_MM
        return above if self.limits is None else max(least, min(above, self.limits[2][1]))

    @property
    def stands_mm(self) -> tuple[float, float]:
        """Between which heights the nozzle is from the lift on."""
        return min(self.z_mm, self.start.z), self.above_mm

    @property
    def lift(self) -> tuple[str, ...]:
        """Away from the part, once the board was told where it is."""
        if self.homes_z:
            return ("G28 Z",)
        return ("G21", "G90", *_told(self.z_mm), f"G1 Z{self.above_mm:.3f} {self._at(LIFT)}")

    @property
    def onward(self) -> tuple[str, ...]:
        """From up there over the place where the print goes on."""
        start = self.start
        return (
            "G28 X Y",
            *((f"M290 Z{self.babystep_mm:g}",) if self.babystep_mm else ()),
            *start.settings,
            *self._tool,
            *(("G11",) if start.retracts_by_board else ()),
            *self._priming,
            *("G21", "G90", f"G1 Z{self.above_mm:.3f} {self._at(LIFT)}"),
            f"G1 X{start.x:.3f} Y{start.y:.3f} {self._at(TRAVEL)}",
        )

    @property
    def _priming(self) -> tuple[str, ...]:
        start, pulled = self.start, self.start.retracted_mm
        if not start.nozzles.get(start.tool):
            return ()
        again = (f"G1 E-{pulled:g} {self._at(RETRACT)}",) if pulled else ()
        pushed = pulled + self.trail.retracted_mm + PRIME_MM
        return ("M83", f"G1 E{pushed:g} {self._at(PRIME)}", *again)

    @property
    def _tool(self) -> tuple[str, ...]:
        """Some settings are those of the tool that is selected, others work as it is."""
        start = self.start
        if not start.chose_tool:
            return ()
        target = start.nozzles.get(start.tool)
        wait = (f"M109 T{start.tool} S{target:g}",) if target else ()
        return (f"T{start.tool}", *wait, *start.settings)

    @property
    def down(self) -> tuple[str, ...]:
        """From there to where the file's next line finds all as it left it."""
        start = self.start
        # The height is that of the nozzle over the part, where leveling moves it otherwise.
        is_new = bool(start.leveling) and not self.homes_z and not self.is_told
        return (
            *(_told(self.above_mm) if is_new else ()),
            f"G1 Z{start.z:.3f} {self._at(LIFT)}",
            *((f"G92 E{start.e:.5f}",) if start.e is not None else ()),
            *(f"M106 P{fan} S{speed:g}" for fan, speed in start.fans.items()),
            f"M220 S{self.trail.speed_percent:g}",
            *(f"M221 T{index} S{percent:g}" for index, percent in self.trail.flows.items()),
            *start.modes.commands,
            *(("G10",) if start.is_retracted_by_board else ()),
        )

    async def go(self, tell: Tell) -> str:
        """All but the heating; why it can't be gone, in a sentence, or nothing."""
        if any([refuses_to_move(replies) for replies in await tell(*self.lift)]):
            return (
                "The board does not move before it has homed all axes, and Z must not be homed over"
                ' a part: name z_home = "max" in its profile if Z homes at its top, else print the'
                " file anew."
            )
        await tell(*self.onward)
        leveling = self.start.leveling
        if leveling and has_no_mesh(*await tell(leveling)):
            return (
                "The board lost the mesh of its bed, without which the print would not fit on what"
                " is there: print the file anew."
            )
        await tell(*self.down)
        return ""

    def _at(self, rate_mm_s: float) -> str:
        return f"F{min(rate_mm_s, self.feed_max_mm_s) * 60:g}"


def _told(z_mm: float) -> tuple[str, ...]:
    """Marlin's G92 moves the origin, and its leveling and soft endstops go on by the place before.
    Built with POWER_LOSS_RECOVERY it takes G92.9 for the place itself, else for G92 or nothing."""
    return f"G92.9 Z{z_mm:.3f}", f"G92 Z{z_mm:.3f}"


def refuses_to_move(replies: tuple[str, ...]) -> bool:
    """Whether the board wants to be homed on all axes first (NO_MOTION_BEFORE_HOMING)."""
    return any("Home" in line and "First" in line for line in replies)


def has_no_mesh(replies: tuple[str, ...]) -> bool:
    """Whether M420 S1 did not switch leveling on: what was probed and not stored is lost."""
    return any(_UNLEVELED.search(line) for line in replies)
