"""The offset of Z: what babysteps found out becomes what the board begins with."""

from __future__ import annotations

from gbterm import z_offset
from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.marlin.bed import Bed
from gbterm.errors import NeedsConfirmation, NotSupported, PrinterError, WrongState
from gbterm.model import Phase
from gbterm.orders import decimal
from gbterm.z_offset import NEAR_MM, ZOffset


class Offset(Bed):
    """Asks before and after, so that nothing is added twice."""

    async def z_offset(self) -> ZOffset:
        """By questions that move nothing: M851 and M290, or M503 where there is no probe."""
        if Capability.Z_OFFSET not in of_firmware(self.state.firmware):
            raise NotSupported(
                f"{self.name} keeps no offset of Z: its firmware has no BABYSTEPPING or no EEPROM."
            )
        self.require_phase(Phase.READY, Phase.PAUSED, to="tell its offset of Z")
        return await self._told_offset()

    async def _told_offset(self) -> ZOffset:
        if self.state.firmware.can("Z_PROBE"):
            now = z_offset.of_probe(await self.port.ask("M851"))
            if now is not None:
                # Only a build that counts babysteps in tells the offset there (M290.cpp).
                follows = z_offset.of_probe(await self.port.ask("M290")) is not None
                # Those that were still on their way are done by now.
                return ZOffset(now, self.babysteps.since_homed_mm, of_probe=True, follows=follows)
        now = z_offset.of_home(await self.port.ask("M503"))
        if now is None:
            raise NotSupported(f"{self.name} tells no offset of Z, neither M851 nor M206.")
        return ZOffset(now, self.babysteps.since_homed_mm, of_probe=False)

    async def save_z_offset(self, *, confirmed: bool = False) -> ZOffset:
        """Set it as babysteps have it and store it; they count as done then."""
        self.require_phase(Phase.READY, to="store its offset of Z")
        offset = await self.z_offset()
        if not offset.babystep_mm and not offset.follows:
            raise WrongState(f"There is nothing to save. {offset.words}")
        if not confirmed:
            raise NeedsConfirmation(
                f"{offset.words} Store {offset.code} Z{offset.wanted_mm:.2f}, which was"
                f" {offset.before_mm:.2f}? M500 stores all other settings that were changed, too."
            )
        self.require_phase(Phase.READY, to="store its offset of Z")
        if not offset.follows:
            await self._set(offset)
        self.babysteps.since_homed_mm = 0.0
        saved = await self._told_offset()
        said = await self.port.command("M500")
        if not any("Settings Stored" in line for line in said):
            raise PrinterError(
                f"{self.name} has {saved.code} Z{saved.now_mm:.2f} now, but did not say that it"
                " stored it: a reset brings back what was."
            )
        return saved

    async def _set(self, offset: ZOffset) -> None:
        await self.port.command(f"{offset.code} Z{decimal(offset.wanted_mm)}")
        told = await self._told_offset()
        if abs(told.now_mm - offset.wanted_mm) > NEAR_MM:
            raise PrinterError(
                f"{self.name} did not take {offset.code} Z{offset.wanted_mm:.2f}: it has"
                f" {told.now_mm:.2f}, and nothing was stored."
            )
        if not offset.of_probe:
            # This one acts at once, as the babysteps still do.
            await self.port.command(f"M290 Z{decimal(-offset.babystep_mm)}")
