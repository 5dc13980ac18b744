"""Heaters: thermal mass, a lagging noisy sensor, and the drive of Marlin's temperature.cpp."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

AMBIENT = 22.0
SAMPLE = 0.164  # seconds between two readings
DEAD_TIME = 1  # samples until a change of power reaches the heater block
POWER_MAX = 127  # soft PWM, as reported behind `@:`


class SensorFault(Enum):
    """A broken thermistor and what the board then reads."""

    OPEN = -15.0
    SHORT = 500.0


@dataclass(frozen=True, slots=True)
class Physics:
    """What one heater is made of."""

    rate: float  # degrees a second at full power, without losses
    loss: float  # share of the difference to ambient lost each second
    lag: float  # of the sensor, seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """What Configuration.h says about one kind of heater."""

    highest: float
    overshoot: float
    watch_period: float
    watch_increase: float
    runaway_period: float
    runaway_hysteresis: float


HOTEND = Physics(rate=4.885, loss=0.00767, lag=1.412)
BED = Physics(rate=1.0, loss=0.0033, lag=1.7)
HOTEND_LIMITS = Limits(275, 15, 20, 2, 40, 4)
BED_LIMITS = Limits(150, 10, 60, 2, 20, 2)


def hotend_physics(speed: float) -> Physics:
    """A hotend that heats and cools `speed` times faster."""
    return Physics(HOTEND.rate * speed, HOTEND.loss * speed, HOTEND.lag / speed**0.718)


HOTEND_PID, BED_PID = (22.2, 1.08, 114.0), (10.0, 0.023, 305.4)


class Pid:
    """P, I and D as M301 and M304 have them, with a functional range of 10 degrees."""

    def __init__(self, p: float, i: float, d: float) -> None:
        self.p, self.i, self.d = p, i, d
        self._sum = 0.0
        self._derivative = 0.0
        self._before = AMBIENT
        self._restart = True

    def power(self, target: float, reading: float) -> int:
        """The drive for the next sample, 0 to 255."""
        error = target - reading
        out = 0.0
        if not target or error < -10:
            self._restart = True
        elif error > 10:
            self._restart = True
            out = 255.0
        else:
            if self._restart:
                self._sum = self._derivative = 0.0
                self._restart = False
            slope = self.d / SAMPLE * (self._before - reading)
            self._derivative += 0.05 * (slope - self._derivative)
            self._sum = min(max(self._sum + error, 0.0), 255 / (self.i * SAMPLE))
            out = self.p * error + self.i * SAMPLE * self._sum + self._derivative
        self._before = reading
        return int(min(max(out, 0.0), 255.0))


class Heater:
    """One heater with its sensor and the firmware's view of both."""

    def __init__(
        self,
        name: str,
        physics: Physics,
        limits: Limits,
        seed: int,
        gains: tuple[float, float, float] | None,
    ) -> None:
        self.name = name
        self.physics = physics
        self.limits = limits
        self._gains = gains
        self.pid = Pid(*gains) if gains else None
        self.tuned_for = 0.0  # M303 drives it, by `driven`
        self.driven = 0
        self.fault: SensorFault | None = None
        self.is_loose = False  # the thermistor fell out, and tells how warm the room is
        self.is_stuck = False  # the switch is shorted: full current, whatever the board wants
        self.strength = 1.0  # share of the power that it was made for
        self.reading = AMBIENT
        self.power = 0
        self.target = 0.0
        self._seed = seed
        self._body = AMBIENT
        self._pipe = deque([0] * DEAD_TIME)
        self._sensor = AMBIENT
        self._next_switch = 0.0  # the bed is switched every 5 s only (BED_CHECK_INTERVAL)
        self._watch: tuple[float, float] | None = None  # (degrees, by when)
        self._guarded = 0.0  # the target that the runaway protection knows
        self._stable = False  # it has been reached
        self._cold_since: float | None = None

    @property
    def settled(self) -> bool:
        """Nothing changes but the noise."""
        return (
            not self.is_stuck
            and not self.target
            and not self.tuned_for
            and not self.power
            and abs(self._body - AMBIENT) < 0.05
        )

    def set_target(self, target: float, now: float) -> None:
        """M104, M140 and friends; clipped below the limit."""
        self.target = min(max(target, 0.0), self.limits.highest - self.limits.overshoot)
        self._rewatch(now)

    def _rewatch(self, now: float) -> None:
        limits = self.limits
        goal = self.target or self.tuned_for
        cold = goal and self.reading < goal - limits.watch_increase - 3
        self._watch = (
            (self.reading + limits.watch_increase, now + limits.watch_period) if cold else None
        )

    def begin_tuning(self, target: float, power: int, now: float) -> None:
        """M303: from now on it is driven by `power`, 0 to 127, and has no target."""
        self.tuned_for, self.driven = target, power
        self._rewatch(now)

    def off(self) -> None:
        """No target, no tuning, no drive."""
        self.target = self.tuned_for = 0.0
        self.power = self.driven = 0

    def tune(self, p: float, i: float, d: float) -> None:
        """M301 and M304, of a heater that is driven by a PID."""
        if self.pid is not None:
            self.pid.p, self.pid.i, self.pid.d = p, i, d

    def restart(self) -> None:
        """The firmware starts anew; the metal keeps its temperature."""
        self.off()
        self._watch = None
        self._guarded = 0.0
        self._stable = False
        if self._gains is not None:
            self.pid = Pid(*self._gains)

    def step(self, index: int, now: float) -> None:
        """Pass one sample period, then read the sensor."""
        physics = self.physics
        self._pipe.append(POWER_MAX if self.is_stuck else self.power)
        drive = physics.rate * self.strength * self._pipe.popleft() / POWER_MAX
        self._body += (drive - physics.loss * (self._body - AMBIENT)) * SAMPLE
        felt = AMBIENT if self.is_loose else self._body
        self._sensor += (felt - self._sensor) * min(1.0, SAMPLE / physics.lag)
        self.read(index)
        self._drive(now)

    def read(self, index: int) -> None:
        """Take the reading of the given sample: the same one gives the same noise."""
        if self.fault is not None:
            self.reading = self.fault.value
            return
        mixed = (index * 2654435761 + self._seed * 40503) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 2246822519) & 0xFFFFFFFF
        mixed ^= mixed >> 13
        noise = ((mixed & 0xFF) + (mixed >> 8 & 0xFF) - 255) / 255 * 0.06
        self.reading = round((self._sensor + noise) / 0.04) * 0.04 - 0.01

    def _drive(self, now: float) -> None:
        if self.tuned_for:
            self.power = self.driven
        elif self.pid is not None:
            self.power = self.pid.power(self.target, self.reading) >> 1
        elif now >= self._next_switch:
            self._next_switch = now + 5
            self.power = POWER_MAX if self.reading < self.target else 0

    def alarm(self, now: float) -> tuple[str, str] | None:
        """What thermal protection says about this sample: serial text and message."""
        if self.reading > self.limits.highest:
            return "MAXTEMP triggered", "Err: MAXTEMP"
        if self.target and self.reading < 5:
            return "MINTEMP triggered", "Err: MINTEMP"
        if self._watch is not None:
            degrees, deadline = self._watch
            if self.reading >= degrees:
                self._rewatch(now)
            elif now >= deadline:
                return "Heating failed", "Heating Failed"
        return self._runaway(now)

    def _runaway(self, now: float) -> tuple[str, str] | None:
        if self._guarded != self.target:
            self._guarded, self._stable, self._cold_since = self.target, False, None
        if not self.target:
            return None
        if not self._stable:
            self._stable = self.reading >= self.target
            return None
        if self.reading >= self.target - self.limits.runaway_hysteresis:
            self._cold_since = None
        elif self._cold_since is None:
            self._cold_since = now
        elif now >= self._cold_since + self.limits.runaway_period:
            bed = "BED " if self.limits is BED_LIMITS else ""
            return "Thermal Runaway", f"{bed}THERMAL RUNAWAY"
        return None


class Heaters:
    """All heaters of a board, sampled together."""

    def __init__(
        self, extruders: int, speed: float, seed: int, start: float, *, bed_pid: bool = False
    ) -> None:
        hotend = hotend_physics(speed)
        self.hotends = [
            Heater(f"E{index}", hotend, HOTEND_LIMITS, seed * 16 + index, HOTEND_PID)
            for index in range(extruders)
        ]
        self.protected = True
        """Whether the firmware was built with any thermal protection."""
        gains = BED_PID if bed_pid else None
        self.bed = Heater("bed", BED, BED_LIMITS, seed * 16 + 15, gains)
        self._all = [*self.hotends, self.bed]
        self._start = start
        self._index = 0

    def named(self, name: str) -> Heater | None:
        """E0, E1 or bed."""
        return next((heater for heater in self._all if heater.name.lower() == name.lower()), None)

    def all_off(self) -> None:
        """Every target and every drive to zero."""
        for heater in self._all:
            heater.off()

    def restart(self) -> None:
        """The firmware starts anew."""
        for heater in self._all:
            heater.restart()

    def next_time(self) -> float | None:
        """When the next sample is due; None while nobody has to look at it."""
        if any(h.target or h.tuned_for or h.fault or h.is_stuck for h in self._all):
            return self._start + (self._index + 1) * SAMPLE
        return None

    def advance(self, now: float) -> tuple[str, str, str] | None:
        """Take all samples that are due; an alarm is (heater, serial text, message)."""
        due = int((now - self._start) / SAMPLE + 1e-9)
        if due <= self._index:
            return None
        if all(heater.settled for heater in self._all):
            self._index = due - 1
        self._index = max(self._index, due - 20_000)
        while self._index < due:
            self._index += 1
            at = self._start + self._index * SAMPLE
            for heater in self._all:
                heater.step(self._index, at)
                found = heater.alarm(at)
                if found is not None and self.protected:
                    return (heater.name, *found)
        return None
