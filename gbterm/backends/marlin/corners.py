"""Levelling by hand: the nozzle goes from corner to corner, as high as a sheet of paper.

It is lifted when whoever asked for it has ended, and also when nobody says anything for a while: a
terminal that went away leaves no nozzle on the bed. A mesh that is in use is out of it meanwhile,
since it would hide what the screws do.
"""

from __future__ import annotations

import asyncio

from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.marlin.audit import soft_endstops
from gbterm.backends.marlin.offset import Offset
from gbterm.bed_corners import CORNERS, PAPER_MM, place
from gbterm.config import PrinterProfile
from gbterm.errors import NeedsConfirmation, NotSupported, OutOfRange, WrongState
from gbterm.model import Phase

LIFT_MM = 10.0
XY_MM_S, Z_MM_S = 50.0, 5.0
LEFT_AFTER_S = 300.0
"""Without a word for so long, nobody turns a screw any more."""


class Corners(Offset):
    """Where it stands is known to the board alone; here is whether it stands low."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(profile)
        self._went_low = self._levels_again = False
        self._going = asyncio.Lock()
        """Whoever ends it lifts the nozzle after it came down, not before."""
        self._word_due: asyncio.TimerHandle | None = None

    async def visit_corner(self, corner: int | None, *, confirmed: bool = False) -> None:
        """Home once, then lift, go there and down to a paper's height; None lifts and ends it."""
        async with self._going:
            if corner is not None:
                await self._visit(corner, confirmed=confirmed)
            elif self._is_low:
                self.require_phase(Phase.READY, to="lift its nozzle")
                self._lift()

    def leave_bed(self, to: str) -> None:
        """What comes next finds the nozzle lifted and the mesh in use. Raises `WrongState`."""
        self.require_phase(Phase.READY, to=to)
        self.require_unprobed()
        if self._going.locked():
            raise WrongState(
                f"{self.name} can't {to} now: it goes to a corner of its bed. Wait until it stands."
            )
        if self._is_low:
            self._lift()

    @property
    def _is_low(self) -> bool:
        """A board that was connected anew since knows no place any more."""
        return self._went_low and self.babysteps.is_homed

    async def _visit(self, corner: int, *, confirmed: bool) -> None:
        if not 0 <= corner < len(CORNERS):
            raise OutOfRange(f"There is no corner {corner}: they are 0 to {len(CORNERS) - 1}.")
        self._require_free_head("go to the corners of its bed")
        self.require_phase(Phase.READY, to="go to the corners of its bed")
        self.require_unprobed()
        if not (confirmed or self._is_low):
            raise NeedsConfirmation(
                "The printer homes all axes, then brings the nozzle down onto a sheet of paper at"
                " each corner: the bed must be free, the nozzle clean, and both as warm as in a"
                " print. Begin?"
            )
        ends = soft_endstops(await self.port.ask("M211"))
        if ends is None:
            raise NotSupported(f"{self.name} doesn't tell how large its bed is (M211).")
        if not self._is_low:
            await self._go_low()
        x, y = place(corner, (max(0.0, ends[0][0]), ends[0][1]), (max(0.0, ends[1][0]), ends[1][1]))
        await self.move(z=LIFT_MM, relative=False, rate_mm_s=Z_MM_S)
        await self.move(x=x, y=y, relative=False, rate_mm_s=XY_MM_S)
        await self.move(z=PAPER_MM, relative=False, rate_mm_s=Z_MM_S)
        await self.port.command("M400")
        self._await_word()

    async def _go_low(self) -> None:
        levels = False
        if Capability.MESH in of_firmware(self.state.firmware):
            levels = (await self._told_mesh()).is_active is True
        await self.port.command("G28")
        # From here on it is to be lifted, whatever comes.
        self._went_low, self._levels_again = True, levels
        self._await_word()
        if levels:
            await self.port.command("M420 S0")

    def _await_word(self) -> None:
        self._forget_word()
        self._word_due = asyncio.get_running_loop().call_later(LEFT_AFTER_S, self._nobody_is_there)

    def _nobody_is_there(self) -> None:
        """A board that was reset has homed or will."""
        if self._is_low and self.state.phase is Phase.READY and self.port.is_talking:
            self._lift()
        self._went_low = False

    def _lift(self) -> None:
        self._forget_word()
        self._went_low = False
        # By so much, not to there: somebody may have raised it further.
        lift = f"G1 Z{LIFT_MM:g} F{Z_MM_S * 60:g}"
        self._send_passing(self.modes.around(lift, mode="G91"))
        if self._levels_again:
            self._send("M420 S1")
        self._tell_position()

    def _forget_word(self) -> None:
        if self._word_due is not None:
            self._word_due.cancel()
            self._word_due = None
