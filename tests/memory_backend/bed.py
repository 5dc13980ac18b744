"""The bed: it is told, measured by a probe, and levelled by that."""

from __future__ import annotations

from dataclasses import replace

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.bed_mesh import Mesh
from gbterm.errors import NeedsConfirmation, WrongState
from gbterm.model import Phase
from gbterm.z_offset import ZOffset
from tests.memory_backend.core import Core

MEASURED = ((-0.01, 0.05, 0.19), (-0.08, 0.0, 0.12), (-0.13, -0.02, 0.07))
"""A bed whose right front corner is high."""


class Bed(Core):
    """Its right front corner is high."""

    offset = ZOffset(-1.5)
    corner: int | None = None
    mesh = Mesh(is_active=False, fade_mm=10.0, is_refused=True)

    async def bed_mesh(self) -> Mesh:
        await self._called("bed_mesh", Capability.MESH)
        self._needs_rest("tell its mesh", Phase.READY, Phase.PAUSED)
        return self.mesh

    async def probe_bed(self, *, confirmed: bool = False) -> Mesh:
        await self._called("probe_bed", Capability.PROBE)
        self._needs_rest("probe its bed", Phase.READY)
        if not confirmed:
            raise NeedsConfirmation("The printer homes all axes and touches the bed. Probe now?")
        self.mesh = Mesh("bilinear", MEASURED, is_active=True, fade_mm=10.0)
        return self.mesh

    async def set_levelling(self, *, enabled: bool) -> Mesh:
        await self._called("set_levelling", Capability.MESH)
        self._needs_rest("switch its levelling", Phase.READY)
        if enabled and not self.mesh.is_measured:
            raise WrongState(f"{self.name} has no mesh: probe the bed first.")
        self.mesh = replace(self.mesh, is_active=enabled)
        return self.mesh

    async def store_mesh(self, *, confirmed: bool = False) -> Mesh:
        await self._called("store_mesh", Capability.MESH)
        self._needs_rest("store its mesh", Phase.READY)
        if not confirmed:
            raise NeedsConfirmation("The mesh is stored (M500). Store it?")
        return self.mesh

    async def z_offset(self) -> ZOffset:
        await self._called("z_offset", Capability.Z_OFFSET)
        return replace(self.offset, babystep_mm=self.state.babystep_mm)

    async def save_z_offset(self, *, confirmed: bool = False) -> ZOffset:
        await self._called("save_z_offset", Capability.Z_OFFSET)
        self._needs_rest("store its offset of Z", Phase.READY)
        offset = replace(self.offset, babystep_mm=self.state.babystep_mm)
        if not confirmed:
            raise NeedsConfirmation(f"{offset.words} Store it?")
        self.offset = ZOffset(offset.wanted_mm)
        self.report(events.BabystepChanged(0.0))
        return self.offset

    async def visit_corner(self, corner: int | None, *, confirmed: bool = False) -> None:
        await self._called("visit_corner", Capability.CORNERS)
        if corner is not None:
            self._needs_rest("go to the corners of its bed", Phase.READY)
            if not confirmed and self.corner is None:
                raise NeedsConfirmation("The printer homes all axes. Begin?")
        self.corner = corner

    def _needs_rest(self, to: str, *phases: Phase) -> None:
        if self.state.phase not in phases:
            raise WrongState(f"{self.name} can't {to} now.")
