"""Everything the firmware knows between two resets."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from gbterm.simulator.bed import Bed
from gbterm.simulator.binary_stream import BinaryStream
from gbterm.simulator.card import Card
from gbterm.simulator.eeprom import Eeprom
from gbterm.simulator.output import Output
from gbterm.simulator.planner import Planner
from gbterm.simulator.prompts import Prompts
from gbterm.simulator.receive import Receiver
from gbterm.simulator.settings import Settings
from gbterm.simulator.thermal import Heaters
from gbterm.simulator.variants import Variant


@dataclass(slots=True)
class Wait:
    """Why a command pauses: until a time or a condition, whichever comes first."""

    until: float | None = None
    done: Callable[[], bool] | None = None
    # safe_delay() runs the heaters only: no keepalive, no reports, no reading of lines.
    quiet: bool = False

    def over(self, now: float) -> bool:
        """Whether the command may go on."""
        if self.until is not None and now >= self.until:
            return True
        return self.done is not None and self.done()


Steps = Generator[Wait, None, None]


@dataclass(slots=True)
class AutoReport:
    """M27, M154 and M155: a line every so many seconds."""

    interval: float = 0.0
    due: float = 0.0

    def set(self, seconds: float, now: float) -> None:
        """Start (or with 0 stop) reporting."""
        self.interval = min(seconds, 60.0)
        self.due = now + self.interval


@dataclass(slots=True)
class JobTimer:
    """M75, M76, M77: the print job timer."""

    started: float | None = None
    paused: bool = False
    spent: float = 0.0

    @property
    def running(self) -> bool:
        """Started and neither paused nor stopped."""
        return self.started is not None

    def start(self, now: float) -> None:
        """M75; going on after a pause keeps the time."""
        if self.started is None:
            if not self.paused:
                self.spent = 0.0
            self.started, self.paused = now, False

    def halt(self, now: float, *, pause: bool) -> None:
        """M76 and M77."""
        if self.started is not None:
            self.spent += now - self.started
            self.started, self.paused = None, pause
        elif not pause:
            self.paused = False

    def duration(self, now: float) -> int:
        """Whole seconds printed."""
        return int(self.spent + (now - self.started if self.started is not None else 0.0))


class Machine:
    """The state that command handlers read and change, and how they speak."""

    def __init__(
        self,
        variant: Variant,
        out: Output,
        receiver: Receiver,
        heaters: Heaters,
        now: float,
        card: Card | None = None,
        eeprom: Eeprom | None = None,
    ) -> None:
        self.variant = variant
        self.eeprom = eeprom or Eeprom()
        self.card = card
        self.out = out
        self.receiver = receiver
        self.heaters = heaters
        self.settings = Settings()
        self.bed = Bed(variant.levelling, variant.mesh_points)
        self.bed_index = -1  # of the point that somebody measures by hand
        self.planner = Planner(self.settings.limits)
        self.prompts = Prompts(out, variant.host_prompts)
        self.job = JobTimer()
        self.now = now
        self.booted = now
        self.last_number = 0
        self.halted = False
        self.locked = False  # refuses every command until somebody unlocks it at the display
        self.paused = False  # an advanced pause is under way
        self.waiting_for_heat = False
        self.keepalive = 2.0
        self.busy_state = "processing"
        self.temperature_reports = AutoReport()
        self.position_reports = AutoReport()
        self.card_reports = AutoReport()
        self.tool = 0
        self.fans = [0, 0, 0]
        # Motion modes.
        self.relative = False
        self.relative_e = False
        self.unit = 1.0
        self.feed = 25.0  # mm/s
        self.feed_percent = 100.0
        self.flow = [100.0] * variant.extruders
        self.shift = [0.0, 0.0, 0.0]  # G92
        self.babystep = 0.0  # of Z, past what the planner knows
        self.homed = [False, False, False]
        self.soft_endstops = True
        self.cold_extrusion = False
        self.filament_mm = 0.0  # what really went through the extruders
        self.min_extrude = 170.0
        self.min_report_interval = 0.0
        self.binary = BinaryStream(self)

    def say(self, *lines: str) -> None:
        """Print lines."""
        for line in lines:
            self.out.line(line)

    def take(self, settings: Settings) -> None:
        """Go by these from now on."""
        self.settings = settings
        self.planner.limits = settings.limits
        for hotend in self.heaters.hotends:
            hotend.tune(*settings.pid)
        self.heaters.bed.tune(*settings.bed_pid)

    def notify(self, text: str) -> None:
        """A status message: seen by the host only with host action commands."""
        if self.variant.host_prompts:
            self.out.line(f"//action:notification {text}")

    def reset_status(self) -> None:
        """The status line that follows from what is going on."""
        if self.paused or self.job.paused:
            self.notify("Print Paused")
        elif self.job.running:
            self.notify("Printing...")
        else:
            self.notify(f"{self.variant.machine} Ready.")

    def kill(self, message: str) -> None:
        """Marlin's kill(): say so, then answer nothing until a hardware reset."""
        self.say(f"echo:{message}", "Error:Printer halted. kill() called!")
        if self.variant.host_prompts:
            self.say("//action:poweroff")
        self.heaters.all_off()
        self.planner.stop(self.now)
        self.halted = True

    def request_resend(self) -> None:
        """Drop what is in the receive ring and ask for the next line."""
        self.receiver.flush()
        self.say(f"Resend: {self.last_number + 1}", "ok")

    def report_position(self, *, actual: bool = False) -> None:
        """The line of M114: where the planner will end, or with `actual` where it is."""
        at = self.planner.where(self.now) if actual else self.planner.position
        logical = [value + shift for value, shift in zip(at, [*self.shift, 0.0], strict=True)]
        shown = " ".join(
            f"{axis}:{value + 0.0:.2f}" for axis, value in zip("XYZE", logical, strict=True)
        )
        counts = " ".join(
            f"{axis}:{round(value * step)}"
            for axis, value, step in zip("XYZ", at, self.settings.steps, strict=False)
        )
        self.say(f"{shown} Count {counts}")

    def temperatures(self, tool: int | None = None) -> str:
        """The body of a temperature report; printing it takes a while."""
        self.out.block(self.variant.report_time)
        hotends, bed = self.heaters.hotends, self.heaters.bed
        chosen = hotends[self.tool if tool is None else tool]
        several = len(hotends) > 1
        first = self.variant.first_label if several else "T"
        parts = [f"{first}:{chosen.reading:.2f} /{chosen.target:.2f}"]
        parts.append(f"B:{bed.reading:.2f} /{bed.target:.2f}")
        if several:
            parts += [f"T{i}:{h.reading:.2f} /{h.target:.2f}" for i, h in enumerate(hotends)]
        parts += [f"@:{chosen.power}", f"B@:{bed.power}"]
        if several:
            parts += [f"@{i}:{h.power}" for i, h in enumerate(hotends)]
        return " ".join(parts)

    def extruder_from(self, given: float | None) -> int | None:
        """The extruder meant by a T parameter, None if there is no such one."""
        if given is None:
            return self.tool
        return int(given) if 0 <= given < self.variant.extruders else None
