"""What the printer behind an OctoPrint can be told beside a print: heaters, moves, fans, overrides.

OctoPrint makes G-code of it, which it sends between its own lines. It refuses little, so that what
would do something else than was asked is refused here.
"""

from __future__ import annotations

import asyncio
from typing import Any

from gbterm import octoprint_requests as requests
from gbterm import orders
from gbterm.backends.capability import Capability
from gbterm.backends.given import mapping, number
from gbterm.backends.marlin import limits, reports
from gbterm.backends.octoprint.gcode import BEYOND
from gbterm.backends.octoprint.kept import Kept
from gbterm.backends.octoprint.machine import machine
from gbterm.connection import Machine
from gbterm.errors import GbtermError, NotSupported
from gbterm.events import SteppersChanged
from gbterm.model import Phase


class Control(Kept):
    """Each returns once the server has accepted it; what the board makes of it comes as events."""

    _machine: Machine | None = None
    _learning: asyncio.Task[None] | None = None

    @property
    def machine(self) -> Machine | None:
        return self._machine

    def _attend(self, kind: str, held: Any) -> None:
        super()._attend(kind, held)
        if kind == "event" and mapping(held).get("type") == "Connected":
            for fact in tuple(reports.booted(self.state)):
                self.report(fact)
            self._learn()

    def _learn(self) -> None:
        """Read the machine by and by: another may be in use."""
        if self._learning is not None:
            # What it is about to tell may be of before.
            self._learning.cancel()
        self._learning = asyncio.create_task(self._read_machine())

    async def _close_control(self) -> None:
        if self._learning is not None:
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)
        await self._lines.close()

    async def _read_machine(self) -> None:
        """Read the profile in use; a key that may not see it leaves it unknown."""
        try:
            self._machine = machine(await self._http.get(requests.PROFILES))
        except GbtermError:
            self._machine = None

    async def targets(self) -> dict[str, float | None]:
        """What it pushes of them may be of seconds ago, what it answers is what it sent last."""
        await super().targets()
        answer = await self._ask("/api/printer", {"exclude": "state,sd"}, "tell a target")
        heaters = mapping(mapping(answer).get("temperature"))
        return {name: number(mapping(heater).get("target")) for name, heater in heaters.items()}

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        self.require(Capability.TEMPERATURE, "set temperatures")
        # The server heats tool0 where a profile with one extruder is asked for tool5.
        await self._check_nozzles(*(nozzles or {}))
        for target in (nozzles or {}).values():
            limits.check_temperatures(BEYOND, self.state, {0: target}, None)
        limits.check_temperatures(BEYOND, self.state, {}, bed)
        if chamber is not None:
            limits.check_chamber(BEYOND, chamber)
        known = self._machine
        if bed is not None and known and not known.heated_bed:
            raise NotSupported(f"{self.name} has no heated bed, as its profile at the server says.")
        if chamber is not None and known and not known.heated_chamber:
            raise NotSupported(
                f"{self.name} has no heated chamber, as its profile at the server says."
            )
        to = "set a temperature"
        if nozzles:
            await self._tell(*requests.heat_nozzles(nozzles), to)
        if bed is not None:
            await self._tell(*requests.heat(requests.BED, bed), to)
        if chamber is not None:
            await self._tell(*requests.heat(requests.CHAMBER, chamber), to)

    async def _check_nozzles(self, *indices: int) -> None:
        if self._machine is None or any(indices):
            # Somebody may have changed it since.
            await self._read_machine()
        for index in indices:
            limits.check_nozzle_of(self._nozzles, index)

    @property
    def _nozzles(self) -> int:
        return len(self.state.nozzles) if self._machine is None else self._machine.nozzles

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        """Without a rate the server takes that of the slowest axis named, by its profile."""
        self.require(Capability.MOVE, "move the head")
        limits.check_rate(BEYOND, rate_mm_s)
        axes = {axis: v for axis, v in (("x", x), ("y", y), ("z", z)) if v is not None}
        limits.check_move(axes)
        # A move of none is an error inside.
        moving = {axis: v for axis, v in axes.items() if not relative or requests.number(v)}
        if moving:
            mm_min = None if rate_mm_s is None else rate_mm_s * 60
            jog = requests.jog(moving, absolute=not relative, mm_min=mm_min)
            async with self._kept("move"):
                await self._tell(*jog, "move")
                await self._ask_position()

    async def home(self, axes: str = "xyz") -> None:
        self.require(Capability.HOME, "home the head")
        named = [axis for axis in "xyz" if axis in axes.lower()]
        if named:
            async with self._kept("home"):
                await self._tell(*requests.home(named), "home")
                await self._ask_position()

    async def _ask_position(self) -> None:
        """The answer comes as an event of the server's, the only one that tells of X, Y and E."""
        self.report(SteppersChanged(True))
        await self._send(orders.WHERE, to="tell where the head is")

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        """The rate is the profile's at most. The tool that is active stays so."""
        self.require(Capability.EXTRUDE, "move filament")
        limits.check_extrusion(length_mm)
        limits.check_rate(BEYOND, rate_mm_s)
        await self._check_nozzles(nozzle)
        if not requests.number(length_mm):
            return
        speed = {} if rate_mm_s is None else {"speed": max(1, round(rate_mm_s * 60))}
        push = {"command": "extrude", "amount": requests.number(length_mm), **speed}
        async with self._kept("move filament"):
            await self._feed(push, nozzle, "move filament")

    async def _feed(self, push: dict[str, Any], nozzle: int, to: str) -> None:
        active = self.state.active_nozzle
        if self._nozzles == 1 or nozzle == active:
            await self._tell(requests.TOOL, push, to)
            await self._ask_position()
            return
        await self._require_idle(Phase.READY, Phase.PAUSED, to=to)
        # With S1 the head of a Marlin stays where it is.
        await self._send(f"T{nozzle} S1", to=to)
        try:
            await self._tell(requests.TOOL, push, to)
        finally:
            await self._send(f"T{active} S1", to=to)
        await self._ask_position()

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        self.require(Capability.OVERRIDES, "change the flow")
        limits.check_override("flow", percent)
        await self._check_nozzles(*([] if nozzle is None else [nozzle]))
        if self._nozzles == 1:
            await self._tell(*requests.set_flow(percent), "set a flow")
            return
        every = range(self._nozzles) if nozzle is None else (nozzle,)
        await self._send(*(f"M221 S{round(percent)} T{index}" for index in every), to="set a flow")

    async def set_speed(self, percent: float) -> None:
        self.require(Capability.OVERRIDES, "change the speed")
        limits.check_override("speed", percent)
        await self._tell(*requests.set_speed(percent), "set the speed")

    async def set_fan(self, fan: int, percent: float) -> None:
        self.require(Capability.FANS, "set a fan")
        limits.check_fan(fan, percent)
        await self._send(orders.fan(fan, percent), to="set a fan")

    async def set_steppers(self, *, enabled: bool) -> None:
        self.require(Capability.STEPPERS, "switch the motors")
        if not enabled:
            await self._require_idle(Phase.READY, to="free the motors")
        await self._send(orders.MOTORS_ON if enabled else orders.MOTORS_OFF, to="switch the motors")
