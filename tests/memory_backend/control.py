"""What is done by hand: heaters, the head, filament, fans, motors."""

from __future__ import annotations

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.errors import OutOfRange, UsageError, WrongState
from gbterm.model import Phase, Position, Temperature
from tests.memory_backend.core import MAX_BED_C, MAX_NOZZLE_C, Core

MOST_BABYSTEP_MM, MOST_BABYSTEPS_MM = 0.5, 2.0


class Control(Core):
    """All of it at once."""

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        await self._called("set_temperature", Capability.TEMPERATURE)
        for index, target in (nozzles or {}).items():
            if not 0 <= index < len(self._state.nozzles):
                raise OutOfRange(f"{self.name} has no nozzle {index + 1}.")
            _check_limit("nozzle", target, MAX_NOZZLE_C)
        if bed is not None:
            _check_limit("bed", bed, MAX_BED_C)
        if chamber is not None:
            raise OutOfRange(f"{self.name} has no heated chamber.")
        self.report(
            events.TemperaturesReported(
                {index: Temperature(target=target) for index, target in (nozzles or {}).items()},
                None if bed is None else Temperature(target=bed),
            )
        )

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        await self._called("move", Capability.MOVE)
        self._movable("move the head")
        if rate_mm_s is not None and rate_mm_s <= 0:
            raise OutOfRange("A feed rate has to be above 0 mm/s.")
        if axes := "".join(
            a for a, v in (("X", x), ("Y", y), ("Z", z)) if v and a in self.not_homed
        ):
            self.report(events.HomingDemanded(axes))
            self.report(events.PositionReported(self._state.position, moved=True))
            return
        here = self._state.position

        def to(old: float | None, by: float | None) -> float | None:
            return by if by is None or not relative else (old or 0.0) + by

        there = Position(to(here.x, x), to(here.y, y), to(here.z, z))
        self.report(events.PositionReported(there))

    async def home(self, axes: str = "xyz") -> None:
        await self._called("home", Capability.HOME)
        self._movable("home")
        if self._state.phase is Phase.PAUSED and "z" in axes:
            raise WrongState("Z is not homed while a print is paused.")
        if not axes or set(axes) - set("xyz"):
            raise UsageError(f"There are no axes “{axes}”: name x, y and z.")
        self.not_homed = "".join(a for a in self.not_homed if a.lower() not in axes)
        self.report(events.HomingDemanded(""))
        self.report(events.PositionReported(Position(**dict.fromkeys(axes, 0.0))))

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        await self._called("extrude", Capability.EXTRUDE)
        self._movable("move filament")
        here = self._state.position.e or 0.0
        self.report(events.PositionReported(Position(e=here + length_mm)))

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        await self._called("set_flow", Capability.OVERRIDES)
        self.report(events.FlowChanged(percent, nozzle))

    async def set_speed(self, percent: float) -> None:
        await self._called("set_speed", Capability.OVERRIDES)
        self.report(events.SpeedChanged(percent))

    async def babystep(self, z_mm: float) -> None:
        await self._called("babystep", Capability.BABYSTEP)
        raised = round(self._state.babystep_mm + z_mm, 4)
        if not 0 < abs(z_mm) <= MOST_BABYSTEP_MM or abs(raised) > MOST_BABYSTEPS_MM:
            raise OutOfRange(f"A babystep of {z_mm:g} mm leads too far.")
        self.report(events.BabystepChanged(raised))

    async def set_fan(self, fan: int, percent: float) -> None:
        await self._called("set_fan", Capability.FANS)
        self.report(events.FanChanged(fan, percent))

    async def set_steppers(self, *, enabled: bool) -> None:
        await self._called("set_steppers", Capability.STEPPERS)
        self._idle("switch the motors")
        self.report(events.SteppersChanged(enabled))


def _check_limit(what: str, target: float, limit: float) -> None:
    if not 0 <= target <= limit:
        raise OutOfRange(f"The {what} takes 0 to {limit:.0f} °C, not {target:.0f}.")
