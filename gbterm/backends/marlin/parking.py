"""Takes the head of a print aside and brings it back, for a pause or a change of filament."""

from __future__ import annotations

from gbterm.backends.marlin.audit import soft_endstops
from gbterm.backends.marlin.heaters import Targets, heated, heating
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.rest import (
    MOTORS_HOLD,
    MOTORS_MAY_REST,
    PRIME_MM,
    Rest,
    has_moved_across,
    remember,
)
from gbterm.backends.marlin.standing import Printer, Standing
from gbterm.config import PrinterProfile

PARKS, UNLOADS = "Parking the head.", "Unloading the filament."
HEATS_TO_SWAP = "Heating up to change the filament."
HEATS, COMES_BACK = "Heating up to go on.", "Bringing the head back to the print."
NOTED_ABOVE_S, NOTED_BELOW_S = 2.0, 10.0
"""A print that is lost must not be taken to stand higher than it does: it would go on in the part.
So the way down waits for the journal, even for a slow disk; a hot nozzle on the part does not wait
for long."""
TRIES = 3
"""So often it is looked whether a shift of the coordinates was taken back."""


class Parking:
    """Of one print, whose way the board is told by `port`."""

    def __init__(
        self, printer: Printer, port: Port, standing: Standing, profile: PrinterProfile
    ) -> None:
        self._printer, self._port, self._standing = printer, port, standing
        self._profile = profile
        self.rest: Rest | None = None
        """How the print was left; None while it goes, and where that isn't known."""
        self._targets: Targets = {}
        self.is_begun = False
        """Whether it was left, and not come back to yet."""
        self.is_unloaded = False
        """Whether the filament was taken out, or is on its way out."""
        self._is_aside = False

    async def leave(self, last: Outgoing | None, *, goes_aside: bool) -> None:
        """Remember how the printer stands after the file's command `last`, and go aside.

        Nothing moves where the place isn't known.
        """
        if not self.is_begun:
            self.is_begun = True
            limits = soft_endstops(await self._port.ask("M211"))
            await self._port.ask("M114")
            self._targets = heated(self._printer.state)
            self.rest = remember(
                *(last, self._printer.state, limits, self._profile.pausing),
                self._profile.limits.feed_max_mm_s,
            )
            if self.rest is not None:
                self._standing.stands_mm = (self.rest.z,)
                await self._tell(MOTORS_HOLD)
        if self.rest is not None and goes_aside:
            if not self._is_aside:
                await self._go_aside(self.rest)
            # Where a board that changed the filament has put it back, too.
            await self._port.ask("M114")
            z = self._printer.state.position.z
            self._standing.stands_mm = (self.rest.top_mm if z is None else z,)

    async def _go_aside(self, rest: Rest) -> None:
        self._is_aside = True
        self._standing.say(PARKS)
        self._standing.retracted_mm = rest.retract_mm
        await self._standing.stand_between(rest.z, rest.top_mm, noted_within_s=NOTED_ABOVE_S)
        await self._tell(*rest.lifting, "M400")
        if not (rest.asks_firmware and await self._firmware_parks()):
            await self._tell(*rest.aside, "M400")

    async def _firmware_parks(self) -> bool:
        """Whether the head went to the firmware's own place, lifted no less than it was.

        M115 doesn't tell of G27: a board without NOZZLE_PARK_FEATURE doesn't know it, and one that
        has not homed Z refuses it. Where the head is tells it for certain.
        """
        stood = self._printer.state.position
        self._printer.parks = True
        try:
            await self._tell("G27", "M400")
        finally:
            self._printer.parks = False
        await self._port.ask("M114")
        return has_moved_across(stood, self._printer.state.position)

    async def unload(self) -> None:
        """Take the filament out, once the nozzle is hot again if it was cooled."""
        self.is_unloaded = True
        await self.heat(HEATS_TO_SWAP)
        if self.rest is not None:
            self._standing.say(UNLOADS)
            await self._tell(*self.rest.unloading)

    async def heat(self, what: str) -> None:
        """Have all as hot again as it was, where it was cooled meanwhile: it is said `what` for."""
        await self._port.ask("M105")
        targets = self._printer.wanted(self._targets)
        if commands := heating(targets, self._printer.state):
            self._standing.say(what)
            await self._tell(*commands)

    async def come_back(self) -> bool:
        """Bring the printer to where it was left, and as it was.

        False where its coordinates stay shifted: then it waits where it is.
        """
        await self.heat(HEATS)
        if self.rest is not None:
            self._standing.say(COMES_BACK)
            if not await self._find_coordinates(self.rest):
                return False
            await self._go_back(self.rest)
        self.rest, self._standing.stands_mm, self._standing.retracted_mm = None, (), 0.0
        self.is_begun = self._is_aside = self.is_unloaded = False
        return True

    async def _find_coordinates(self, rest: Rest) -> bool:
        """Whether places mean what they meant, with the tool of then."""
        await self._tell(*rest.selecting(self._printer.state.active_nozzle))
        for _ in range(TRIES):
            limits = soft_endstops(await self._port.ask("M211"))
            await self._port.ask("M114")
            shift = rest.unshifting(limits, self._printer.state.position)
            if not shift:
                return True
            await self._tell(*shift)
        return False

    async def _go_back(self, rest: Rest) -> None:
        # A move by hand may still be on its way.
        heights = rest.z, rest.top_mm, *self._standing.stands_mm
        await self._standing.stand_between(*heights, noted_within_s=NOTED_BELOW_S)
        returning = rest.returning(
            self._printer.state,
            is_retracted=self._is_aside,
            primed_mm=PRIME_MM if self.is_unloaded else 0.0,
        )
        await self._tell(*returning, MOTORS_MAY_REST)

    async def _tell(self, *commands: str) -> None:
        """Send them one by one."""
        for text in commands:
            await self._port.command(text)
