"""The bed: it is told, measured by a probe, and levelled by that."""

from __future__ import annotations

from dataclasses import replace

from gbterm.backends.capability import Capability
from gbterm.bed_mesh import Mesh
from gbterm.errors import NeedsConfirmation, WrongState
from gbterm.model import Phase
from tests.memory_backend.core import Core

MEASURED = ((-0.01, 0.05, 0.19), (-0.08, 0.0, 0.12), (-0.13, -0.02, 0.07))
"""A bed whose right front corner is high."""


class Bed(Core):
    """Its right front corner is high."""

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

    def _needs_rest(self, to: str, *phases: Phase) -> None:
        if self.state.phase not in phases:
            raise WrongState(f"{self.name} can't {to} now.")
