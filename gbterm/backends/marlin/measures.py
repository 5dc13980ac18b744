"""What files for a printer are held against: its profile, and what its board says."""

from __future__ import annotations

from gbterm.backends.marlin.audit import SoftEndstops
from gbterm.config import PrinterProfile
from gbterm.findings import Measures
from gbterm.gcode import heat
from gbterm.model import Firmware


def measures(
    profile: PrinterProfile,
    firmware: Firmware | None = None,
    endstops: SoftEndstops | None = None,
    *,
    has_chamber: bool = True,
) -> Measures:
    """Where the profile says nothing of an axis, its soft endstops count."""
    volume, limits = profile.volume, profile.limits
    # Some boards tell zeros of an axis that they don't watch.
    told = [axis if axis[0] < axis[1] else () for axis in endstops or ((0.0, 0.0),) * 3]
    x, y, z = (axis or told[index] for index, axis in enumerate((volume.x, volume.y, volume.z)))
    most = {heat.NOZZLE: limits.nozzle_max, heat.BED: limits.bed_max}
    if has_chamber:
        most[heat.CHAMBER] = limits.chamber_max
    return Measures(firmware, most, x, y, z, volume.round, profile.model)
