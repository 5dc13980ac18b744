"""The mesh of a Marlin board: asked for, measured, switched on and off, stored.

Nothing here is told to a board that it would answer by an error: `M420 S1` without a whole mesh
is one (M420.cpp). By the sources of Marlin 2.0.9 no G29 can be broken off from outside: M410 ends
the move under way alone, and the next point is probed from a place that nobody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from gbterm import bed_mesh
from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.marlin.commands import Commands
from gbterm.bed_mesh import Mesh
from gbterm.config import PrinterProfile
from gbterm.errors import NeedsConfirmation, NotSupported, PrinterError, WrongState
from gbterm.model import Phase
from gbterm.text import scrub

FILLS = 3
"""So often UBL is asked to guess what its probe can't reach; each time it fills what lies beside
what it knows (G29 P3)."""
_MOVES = (
    "homes all axes, then touches the bed with the probe at every point of the mesh: the bed must"
    " be free, the nozzle clean. It ends by itself: nothing but the emergency stop breaks it off"
)


class Bed(Commands):
    """Each of these waits for the board's answer and returns what it says of its mesh then."""

    def __init__(self, profile: PrinterProfile) -> None:
        super().__init__(profile)
        self._probes = False
        self._asked: asyncio.Task[Mesh] | None = None

    async def bed_mesh(self) -> Mesh:
        """By M420 V, which moves nothing; not beside a print, whose lines would wait for it."""
        self._require_bed(Phase.PAUSED, to="tell its mesh")
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().create_task(self._told_mesh())
        # However many ask, the board is asked once at a time.
        return await asyncio.shield(self._asked)

    async def _told_mesh(self) -> Mesh:
        said = await self.port.ask("M420 V")
        self._require_known(said)
        return bed_mesh.read(said)

    async def probe_bed(self, *, confirmed: bool = False) -> Mesh:
        """Home, then measure with the probe; the mesh is in use afterwards, but not stored."""
        self._require_bed(to="probe its bed")
        if Capability.PROBE not in of_firmware(self.state.firmware):
            raise NotSupported(
                f"{self.name} can't probe its bed: its firmware tells of no probe (Cap:Z_PROBE and"
                " Cap:AUTOLEVEL)."
            )
        if not confirmed:
            raise NeedsConfirmation(f"The printer {_MOVES}. Probe now?")
        kind = (await self._told_mesh()).kind
        self._require_bed(to="probe its bed")
        self._probes = True
        try:
            await self.port.command("G28")
            said = await self._measure(unified=kind == "ubl")
        finally:
            self._probes = False
            self._tell_position()
        mesh = await self._told_mesh()
        if not mesh.is_measured:
            raise PrinterError(f"{self.name} measured nothing. It said: {_last(said)}")
        return mesh

    async def _measure(self, *, unified: bool) -> tuple[str, ...]:
        if not unified:
            return await self.port.command("G29 V1")
        said = await self.port.command("G29 P1")
        for _ in range(FILLS):
            if not (await self._told_mesh()).missing:
                break
            await self.port.command("G29 P3")
        if not (await self._told_mesh()).missing:
            await self.port.command("M420 S1")
        return said

    async def set_levelling(self, *, enabled: bool) -> Mesh:
        """Use the mesh or don't. Raises `WrongState` where there is none to use."""
        self._require_bed(to=f"switch its levelling {'on' if enabled else 'off'}")
        mesh = await self._told_mesh()
        if enabled and (mesh.is_refused or not mesh.is_measured):
            what = (
                "has no mesh" if not mesh.is_measured else f"measured all but {mesh.missing} points"
            )
            raise WrongState(
                f"{self.name} {what}, so its levelling can't be switched on: probe the bed first."
            )
        self._require_bed(to="switch its levelling")
        said = await self.port.command(f"M420 S{int(enabled)}")
        mesh = await self._told_mesh()
        if mesh.is_active is not enabled:
            raise PrinterError(
                f"{self.name} did not switch its levelling {'on' if enabled else 'off'}. It said:"
                f" {_last(said)}"
            )
        return mesh

    async def store_mesh(self, *, confirmed: bool = False) -> Mesh:
        """By M500, which stores all settings; UBL keeps meshes in slots of their own (G29 S)."""
        self._require_bed(to="store its mesh")
        said = await self.port.ask("M420 V")
        mesh = bed_mesh.read(said)
        if not mesh.is_measured:
            raise WrongState(f"{self.name} has no mesh to store: probe the bed first.")
        slot = max(0, bed_mesh.slot(said) or 0) if mesh.kind == "ubl" else None
        if not confirmed:
            where = "" if slot is None else f" in slot {slot}, over what is there,"
            raise NeedsConfirmation(
                f"The mesh is stored{where} and with it all settings that were changed (M500)."
                " Store it?"
            )
        self._require_bed(to="store its mesh")
        told = () if slot is None else await self.port.command(f"G29 S{slot}")
        told += await self.port.command("M500")
        if not any("Settings Stored" in line for line in told):
            raise PrinterError(f"{self.name} did not say that it stored it. It said: {_last(told)}")
        return await self._told_mesh()

    def _require_bed(self, *beside: Phase, to: str) -> None:
        if Capability.MESH not in of_firmware(self.state.firmware):
            raise NotSupported(
                f"{self.name} can't {to}: its firmware tells of no levelling (Cap:LEVELING_DATA)."
            )
        self.require_phase(Phase.READY, *beside, to=to)
        self.require_unprobed()

    def require_unprobed(self) -> None:
        """Raise `WrongState` while the bed is probed: what the board is told next is a part of it,
        and must not come into a print."""
        if self._probes:
            raise WrongState(f"{self.name} is probing its bed: wait until it has ended.")

    def _require_known(self, said: Iterable[str]) -> None:
        if any("Unknown command" in line for line in said):
            raise NotSupported(f"{self.name} tells of no mesh: its firmware knows no M420.")


def _last(said: Iterable[str]) -> str:
    lines = [line.strip() for line in said if line.strip()]
    return scrub(lines[-1], 80) if lines else "nothing"
