"""The printer profile that OctoPrint drives its printer by."""

from __future__ import annotations

from typing import Any

from gbterm.backends.given import mapping, number
from gbterm.connection import Machine

NOZZLES_MOST = 16
_AXES = "xyze"


def machine(answer: Any) -> Machine | None:
    """The machine of the profile in use, of those that a GET of the profiles tells."""
    profiles = mapping(mapping(answer).get("profiles")).values()
    used = next((p for p in map(mapping, profiles) if p.get("current") is True), None)
    return None if used is None else _machine(used)


def _machine(profile: dict[str, Any]) -> Machine:
    extruder, axes = mapping(profile.get("extruder")), mapping(profile.get("axes"))
    count = number(extruder.get("count")) or 1
    is_shared = extruder.get("sharedNozzle") is True
    speeds = {axis: number(mapping(axes.get(axis)).get("speed")) for axis in _AXES}
    return Machine(
        str(profile.get("name", "")),
        str(profile.get("model", "")),
        _size(mapping(profile.get("volume"))),
        # Extruders that share a nozzle are heated by one heater.
        1 if is_shared else int(min(max(count, 1), NOZZLES_MOST)),
        profile.get("heatedBed") is not False,
        profile.get("heatedChamber") is True,
        {axis: speed / 60 for axis, speed in speeds.items() if speed and speed > 0} or None,
    )


def _size(volume: dict[str, Any]) -> tuple[float, float, float] | None:
    width, depth, height = (number(volume.get(side)) for side in ("width", "depth", "height"))
    if width is None or depth is None or height is None:
        return None
    return width, depth, height
