"""What moves the head or filament by hand, with nothing printed or a print that is paused.

A print that is lost in its pause must not be taken to stand higher than it does: it would go on in
the part. So what leads the nozzle down is noted before it goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gbterm.backends.doing import wrong_state
from gbterm.backends.marlin import limits, raw
from gbterm.backends.marlin.audit import WhereMoved
from gbterm.backends.marlin.job import PrintJob
from gbterm.backends.marlin.modes import Passing
from gbterm.backends.marlin.rest import Rest
from gbterm.backends.marlin.session import Session
from gbterm.config import PrinterProfile
from gbterm.errors import CommandTimeout
from gbterm.model import Phase
from gbterm.orders import decimal

AT_REST_WITHIN_S = 60.0
"""Nobody counts on a move that comes later, as once a cable is in again."""
RATE_MM_S = 300.0
"""Of a move without one, as OpenGB documents it; the board's own limits hold as well."""


class Moves(Session):
    """Each returns once its lines are queued."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(profile)
        self._hand = asyncio.Lock()
        """One after the other, in the order in which they were asked for."""

    def require_phase(self, *phases: Phase, to: str) -> None:
        """Raise `WrongState`, which says what the printer is doing, outside `phases`."""
        self.card.refuse(to)
        self.tuning.refuse(to)
        if self.state.phase not in phases:
            raise wrong_state(self.name, self.state.phase, to)

    def _send(self, *lines: str) -> None:
        for text in lines:
            self.port.send(text)

    @property
    def _rest(self) -> Rest | None:
        """Where the print that is paused goes on, while the head may be moved by hand."""
        return None if self.job is None else self.job.rest

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        """Move the head, also while a print is paused; how the board takes places, E and lengths is
        what it was afterwards."""
        self._require_free_head("move")
        feed = self._feed(rate_mm_s)
        axes = {axis: v for axis, v in (("x", x), ("y", y), ("z", z)) if v is not None}
        limits.check_move(axes)
        if axes:
            words = "".join(f" {axis.upper()}{decimal(value)}" for axis, value in axes.items())
            mode = "G91" if relative else "G90"

            def lines() -> tuple[str, ...]:
                return self.modes.around(f"G1{words}{feed}", mode=mode)

            await self._note_heights("move", lines)
            self._send_passing(lines())
            self._tell_position()

    async def _note_heights(self, to: str, lines: Callable[[], Sequence[str]]) -> None:
        """Return once `lines` may go, in a pause: when the journal knows where they lead down to.

        Raises `WrongState` where the pause was over before.
        """
        if self._rest is None:
            return
        async with self._hand:
            if any(map(raw.moves_z, lines())):
                await self._come_to_rest()
                job, z = self._require_rest(to), self.state.position.z
                if z is not None:
                    heights = self.modes.heights(lines(), z, self.state.firmware)
                    await job.stand_between(z, *heights)
        self._require_rest(to)

    async def _come_to_rest(self) -> None:
        """Until the moves before are made the nozzle is between other heights."""
        try:
            async with asyncio.timeout(AT_REST_WITHIN_S):
                await self.port.command("M400")
                await self.port.ask("M114")
        except TimeoutError as error:
            raise CommandTimeout(
                f"{self.name} has not come to the end of its last move, so it was not told another:"
                " wait a moment, then try again."
            ) from error

    def _require_rest(self, to: str) -> PrintJob:
        """The print that is paused. Raises `WrongState` where it isn't any more."""
        self.require_phase(Phase.PAUSED, to=to)
        assert self.job is not None
        self.job.require_rest(to)
        return self.job

    def _send_passing(self, lines: Sequence[str]) -> None:
        for text in lines:
            self.core.send(Passing(text.encode()))
        self.port.pump()

    def _require_free_head(self, to: str) -> None:
        """Raise `WrongState` unless nothing prints, or what prints finds back to its place."""
        if self.job is not None and self.state.phase is Phase.PAUSED:
            self.job.require_rest(to)
        else:
            self.require_phase(Phase.READY, to=to)

    def _tell_position(self) -> None:
        self.core.send(WhereMoved(b"M114", before=self.state.position))
        self.port.pump()

    def _feed(self, rate_mm_s: float | None) -> str:
        allowed = self.profile.limits
        limits.check_rate(allowed, rate_mm_s)
        rate = min(RATE_MM_S, allowed.feed_max_mm_s) if rate_mm_s is None else rate_mm_s
        return f" F{decimal(rate * 60)}"

    async def home(self, axes: str = "xyz") -> None:
        """Home the axes; while a print is paused X and Y alone, from above the part."""
        self._require_free_head("home")
        if axes and self._rest is not None:
            raw.check_homing(axes)
        if axes:
            homing = "G28" + "".join(f" {axis.upper()}" for axis in "xyz" if axis in axes)
            await self._note_heights("home", lambda: self._raising(homing))
            self._send_passing(self._raising(homing))
            self._send(homing)
            self._tell_position()

    def _raising(self, text: str) -> tuple[str, ...]:
        """What goes before `text`: a head that is homed in a pause must not meet the part."""
        if self._rest is None or not raw.homes(text):
            return ()
        return self.modes.around(self._rest.raising)

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        """Move filament; the tool, E and units are what they were afterwards.

        Nothing asks a board whether it takes E for a place or a distance. From 0 both are the same,
        so that its mode need not be changed, which no failure could leave so either.
        """
        limits.check_nozzle(self.state, nozzle)
        limits.check_extrusion(length_mm)
        feed = self._feed(rate_mm_s)
        self._require_way_for_filament(nozzle)
        if not length_mm:
            return
        await self.port.command("M114")
        # Again: until it was answered, a print may have begun.
        self._require_way_for_filament(nozzle)
        active, before = self.state.active_nozzle, self.state.position.e or 0.0
        push = f"G1 E{decimal(length_mm)}{feed}"
        lines = self.modes.in_mm("G92 E0", push, f"G92 E{decimal(before)}")
        if nozzle != active:
            # With S1 the head stays where it is.
            lines = (f"T{nozzle} S1", *lines, f"T{active} S1")
        self._send_passing(lines)

    def _require_way_for_filament(self, nozzle: int) -> None:
        is_aside = self.job is not None and self.job.has_made_way
        if not (is_aside and nozzle == self.state.active_nozzle):
            self._require_free_head("move filament")
