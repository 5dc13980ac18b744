"""What a Marlin board can be told beside a print: heaters, moves, filament, fans, motors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gbterm import orders
from gbterm.actions import Reply
from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.doing import wrong_state
from gbterm.backends.marlin import limits, raw
from gbterm.backends.marlin.audit import WhereMoved
from gbterm.backends.marlin.session import Session
from gbterm.console_lines import EVERYTHING, Filter
from gbterm.errors import NotSupported
from gbterm.gcode import typed
from gbterm.gcode.lines import encode
from gbterm.model import Phase, StreamStatistics
from gbterm.orders import decimal

RATE_MM_S = 300.0
"""Of a move without one, as OpenGB documents it; the board's own limits hold as well."""

_PRINTING = tuple(phase for phase in Phase if phase.is_printing and phase is not Phase.CANCELLING)
"""A cancel has the last word: what was set beside it might come after it."""
_WHERE_Z_COUNTS = (Phase.READY, Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED, Phase.RESUMING)


class Commands(Session):
    """Each returns once its lines are queued; what the board makes of them comes as events."""

    def require_phase(self, *phases: Phase, to: str) -> None:
        """Raise `WrongState`, which says what the printer is doing, outside `phases`."""
        if self.state.phase not in phases:
            raise wrong_state(self.name, self.state.phase, to)

    def _send(self, *lines: str) -> None:
        for text in lines:
            self.port.send(text)

    async def set_temperature(
        self,
        *,
        nozzles: dict[int, float] | None = None,
        bed: float | None = None,
        chamber: float | None = None,
    ) -> None:
        """Set targets in °C; in ERROR, and while a cancel turns the heaters off, only 0."""
        limits.check_temperatures(self.profile.limits, self.state, nozzles or {}, bed)
        if chamber is not None:
            limits.check_has_chamber(self.state)
            limits.check_chamber(self.profile.limits, chamber)
        targets = [*(nozzles or {}).values(), bed, chamber]
        off = [Phase.ERROR, Phase.CANCELLING] if self.port.is_talking and not any(targets) else []
        self.require_phase(Phase.READY, Phase.STARTING, *_PRINTING, *off, to="set a temperature")
        for index, target in sorted((nozzles or {}).items()):
            self._send(f"M104 T{index} S{decimal(target)}")
        if bed is not None:
            self._send(f"M140 S{decimal(bed)}")
        if chamber is not None:
            self._send(f"M141 S{decimal(chamber)}")

    async def send_gcode(
        self, commands: str, *, confirmed: bool = False, wait: bool = True
    ) -> list[Reply]:
        """Send commands as they were typed, one after the other; what the board said to each."""
        texts = typed.read(commands)
        self._check_typed(texts, confirmed=confirmed)
        if not wait:
            self._send(*texts)
            return []
        replies = []
        for text in texts:
            # Again: while those before it were done, a print may have begun.
            self._check_typed((text,), confirmed=confirmed)
            replies.append(Reply(text, await self.port.command(text)))
        return replies

    def _check_typed(self, texts: Sequence[str], *, confirmed: bool) -> None:
        self.require_phase(Phase.READY, *_PRINTING, to="take commands")
        for text in texts:
            raw.check(text, self.state, self.profile.limits, confirmed=confirmed)
        self.babysteps.check_typed(map(encode, texts), self.state.babystep_mm, self.name)

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = EVERYTHING, backlog: int = 0
    ) -> Callable[[], None]:
        """Every line as it went over the cable."""
        return self.console.watch(listener, wanted, backlog)

    async def stream_statistics(self) -> StreamStatistics:
        """What was counted since the port was opened, also once it is closed."""
        return self.meter.statistics(self.port.now())

    async def move(
        self,
        *,
        x: float | None = None,
        y: float | None = None,
        z: float | None = None,
        relative: bool = True,
        rate_mm_s: float | None = None,
    ) -> None:
        """Move the head; G90 is restored after a relative move."""
        self.require_phase(Phase.READY, to="move")
        feed = self._feed(rate_mm_s)
        axes = {axis: v for axis, v in (("x", x), ("y", y), ("z", z)) if v is not None}
        limits.check_move(axes)
        if axes:
            words = "".join(f" {axis.upper()}{decimal(value)}" for axis, value in axes.items())
            self._send("G91" if relative else "G90", f"G1{words}{feed}", "G90")
            self._tell_position()

    def _tell_position(self) -> None:
        self.core.send(WhereMoved(b"M114", before=self.state.position))
        self.port.pump()

    def _feed(self, rate_mm_s: float | None) -> str:
        allowed = self.profile.limits
        limits.check_rate(allowed, rate_mm_s)
        rate = min(RATE_MM_S, allowed.feed_max_mm_s) if rate_mm_s is None else rate_mm_s
        return f" F{decimal(rate * 60)}"

    async def home(self, axes: str = "xyz") -> None:
        """Home the axes."""
        self.require_phase(Phase.READY, to="home")
        if axes:
            self._send("G28" + "".join(f" {axis.upper()}" for axis in "xyz" if axis in axes))
            self._tell_position()

    async def extrude(
        self, length_mm: float, *, nozzle: int = 0, rate_mm_s: float | None = None
    ) -> None:
        """Move filament; the tool and E are what they were afterwards.

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
        lines: tuple[str, ...] = ("G92 E0", push, f"G92 E{decimal(before)}")
        if nozzle != active:
            # With S1 the head stays where it is.
            lines = (f"T{nozzle} S1", *lines, f"T{active} S1")
        self._send(*lines)

    def _require_way_for_filament(self, nozzle: int) -> None:
        is_aside = self.job is not None and self.job.has_made_way
        if not (is_aside and nozzle == self.state.active_nozzle):
            self.require_phase(Phase.READY, to="move filament")

    async def set_flow(self, percent: float, nozzle: int | None = None) -> None:
        """Set the flow, which Marlin keeps for each nozzle."""
        limits.check_override("flow", percent)
        if nozzle is not None:
            limits.check_nozzle(self.state, nozzle)
        self._require_setting("the flow")
        several = self.state.firmware.extruders > 1
        every = range(self.state.firmware.extruders) if nozzle is None else (nozzle,)
        for index in every:
            self._send(f"M221 S{decimal(percent)}" + (f" T{index}" if several else ""))

    async def set_speed(self, percent: float) -> None:
        """Set the speed of moves."""
        limits.check_override("speed", percent)
        self._require_setting("the speed")
        self._send(f"M220 S{decimal(percent)}")

    async def babystep(self, z_mm: float) -> None:
        """M290, which moves the nozzle without a change of any position, as M114 tells it.

        With BABYSTEP_ZPROBE_OFFSET it moves the probe's offset with it, which M500 stores
        (M290.cpp).
        """
        if Capability.BABYSTEP not in of_firmware(self.state.firmware):
            raise NotSupported(f"{self.name} can't babystep: its firmware has no BABYSTEPPING.")
        self.babysteps.check(z_mm, self.state.babystep_mm)
        self.require_phase(*_WHERE_Z_COUNTS, to="babystep")
        self.babysteps.require_homed(self.name)
        self._send(f"M290 Z{decimal(z_mm)}")

    async def set_fan(self, fan: int, percent: float) -> None:
        """Set a fan."""
        limits.check_fan(fan, percent)
        self._require_setting("a fan")
        self._send(f"M106 P{fan} S{round(percent * 2.55)}")

    def _require_setting(self, what: str) -> None:
        self.require_phase(Phase.READY, Phase.STARTING, *_PRINTING, to=f"set {what}")

    async def set_steppers(self, *, enabled: bool) -> None:
        """Let the motors hold, or free them, which only an idle printer may: it loses its place."""
        if enabled:
            self.require_phase(Phase.READY, *_PRINTING, to="switch the motors on")
        else:
            self.require_phase(Phase.READY, to="free the motors")
        self._send(orders.MOTORS_ON if enabled else orders.MOTORS_OFF)
