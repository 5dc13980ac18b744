"""What a Marlin board can be told beside a print: heaters, settings, typed commands, motors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gbterm import orders
from gbterm.actions import Reply
from gbterm.backends.abilities import ConsoleListener
from gbterm.backends.capability import Capability, of_firmware
from gbterm.backends.marlin import limits, raw
from gbterm.backends.marlin.moves import Moves
from gbterm.console_lines import EVERYTHING, Filter
from gbterm.errors import NotSupported
from gbterm.gcode import typed
from gbterm.gcode.lines import encode
from gbterm.model import Phase, StreamStatistics
from gbterm.orders import decimal

_PRINTING = tuple(phase for phase in Phase if phase.is_printing and phase is not Phase.CANCELLING)
"""A cancel has the last word: what was set beside it might come after it."""
_WHERE_Z_COUNTS = (Phase.READY, Phase.EXECUTING, Phase.PAUSING, Phase.PAUSED, Phase.RESUMING)


class Commands(Moves):
    """Each returns once its lines are queued; what the board makes of them comes as events."""

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
            await self._note_typed(texts, confirmed=confirmed)
            for text in texts:
                self._send_passing(self._raising(text))
                self._send(text)
            self._tell_where_paused()
            return []
        replies = []
        for text in texts:
            # Again: while those before it were done, a print may have begun.
            self._check_typed((text,), confirmed=confirmed)
            await self._note_typed((text,), confirmed=confirmed)
            self._send_passing(self._raising(text))
            replies.append(Reply(text, await self.port.command(text)))
        self._tell_where_paused()
        return replies

    async def _note_typed(self, texts: Sequence[str], *, confirmed: bool) -> None:
        """Return once `texts` may go: what moves the head in a pause goes in its turn."""
        if self._rest is not None and any(map(raw.is_by_hand, texts)):
            raised = partial(self._with_raising, texts)
            await self._note_heights("take commands", raised)
            self._check_typed(texts, confirmed=confirmed)

    def _with_raising(self, texts: Sequence[str]) -> list[str]:
        return [line for text in texts for line in (*self._raising(text), text)]

    def _tell_where_paused(self) -> None:
        """A print that is lost in a pause must find the height that was typed."""
        if self.state.phase is Phase.PAUSED:
            self.port.send("M114")

    def _check_typed(self, texts: Sequence[str], *, confirmed: bool) -> None:
        self.require_phase(Phase.READY, *_PRINTING, to="take commands")
        for text in texts:
            raw.check(text, self.state, self.profile.limits, self._rest, confirmed=confirmed)
        self.babysteps.check_typed(map(encode, texts), self.state.babystep_mm, self.name)

    async def watch_console(
        self, listener: ConsoleListener, wanted: Filter = EVERYTHING, backlog: int = 0
    ) -> Callable[[], None]:
        """Every line as it went over the cable."""
        return self.console.watch(listener, wanted, backlog)

    async def stream_statistics(self) -> StreamStatistics:
        """What was counted since the port was opened, also once it is closed."""
        return self.meter.statistics(self.port.now())

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
