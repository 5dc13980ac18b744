"""Heaters that do what nobody asked them to, found in what they are told to be. Without I/O.

A board's own protection is there first wherever it was built in: Marlin halts for 4 °C below the
target for 40 s (THERMAL_PROTECTION_PERIOD; bed: 2 °C for 20 s), or for less than 2 °C gained in
40 s (WATCH_TEMP_PERIOD; bed: 60 s), Prusa's for 15 °C in 45 s. What boards with it let pass is no
fault here, and what they don't, they find first.

Two readings in a row count as the one that speaks against a fault: a single wild one is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gbterm.backends.marlin.heaters import BED, CHAMBER, Heater
from gbterm.config import Guards, Limits
from gbterm.model import Temperature

CAP_FOR_S = 5.0
GAIN = 2.0
"""°C, Marlin's WATCH_TEMP_INCREASE."""
RISES = 20.0
RISES_FOR_S = 30.0
"""What a heater gains after it was turned off, by the heat that is in it, is less. A thermistor
that somebody puts back tells more, but not for as long."""
WARMED_NOZZLE, WARMED_BED = 100.0, 60.0
"""So warm a bed makes a nozzle over it, and a chamber a bed, in °C."""
WARMED_BY = 10.0
"""Above the chamber, which warms the bed."""
NONSENSE = 600.0
"""No heater of a printer is so hot: there is no sensor, or a broken one."""
GAP_S = 30.0
"""What was before so long a silence is not known to have gone on."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A heater did `what`, one of `config.GUARDED`, which `text` says in a sentence."""

    heater: Heater
    what: str
    text: str
    is_off: bool = False
    """Whether it has no target, so that turning it off is no remedy."""
    only_warns: bool = False
    """Whether it does what somebody at the printer wants of it."""


class HeaterGuard:
    """Of one heater; told of each reading, it finds each fault once until `rearm`."""

    def __init__(self, heater: Heater, cap: float, guards: Guards) -> None:
        self._heater, self._cap, self._guards = heater, cap, guards
        self._follow_s = guards.nozzle_follow_s if heater.is_nozzle else guards.bed_follow_s
        self._drift_s = guards.nozzle_drift_s if heater.is_nozzle else guards.bed_drift_s
        self._most = cap
        """How hot it may be, without the margin: its limit, or beyond that a target which somebody
        set at the printer, from which it may cool as slowly as it likes."""
        self._found: set[tuple[str, bool, bool]] = set()
        self._target = 0.0
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of before."""
        self._last: tuple[float, float] | None = None
        self._over_since: float | None = None
        self._aim()

    def _aim(self) -> None:
        """Another target, or a new start for the one it has."""
        self._is_there = False
        self._mark: tuple[float, float] | None = None
        self._lowest: float | None = None
        self._rise: tuple[float, float, float] | None = None
        """Since when it gets hotter, when it last gained, and what it came to."""
        self._off_by_s = 0.0

    def rearm(self) -> None:
        """Somebody has seen what was found."""
        self._found.clear()
        self._begin()

    def see(
        self, told: Temperature, now: float, *, warmed: float, is_boards_own: bool
    ) -> Alarm | None:
        """What is wrong by this reading. `warmed` is how hot others may make it, `is_boards_own`
        whether the board heats it as it likes now, whatever target it tells."""
        if told.current is None:
            return None
        current, target = told.current, told.target or 0.0
        if target != self._target:
            self._target = target
            self._aim()
            if target:
                self._found.clear()
        before, self._last = self._last, (now, current)
        if before is None or now - before[0] > GAP_S:
            self._begin()
            self._last = now, current
            return None
        low, high = sorted((before[1], current))
        self._most = max(self._cap, target, min(self._most, low))
        if alarm := self._over(low, now):
            return self._once(alarm)
        if alarm := self._once(self._aims_over(low)):
            return alarm
        if self._heater == CHAMBER or told.target is None:
            # A chamber is heated beyond its target by the bed, or nothing brings it there.
            return None
        if is_boards_own:
            self._aim()
            return None
        if alarm := self._rises(low, high, warmed, now):
            return self._once(alarm)
        if target:
            return self._once(self._follows(low, high, before[0], now, warmed))
        return None

    def _once(self, alarm: Alarm | None) -> Alarm | None:
        # One that rises although it was turned off is another one than that for which it was.
        if alarm is None or (key := (alarm.what, alarm.is_off, alarm.only_warns)) in self._found:
            return None
        self._found.add(key)
        return alarm

    def _alarm(self, what: str, text: str) -> Alarm:
        name = self._heater.name
        return Alarm(self._heater, what, f"{name[0].upper()}{name[1:]} {text}", not self._target)

    def _over(self, low: float, now: float) -> Alarm | None:
        if not self._most + self._guards.margin < low < NONSENSE:
            self._over_since = None
            return None
        if self._over_since is None:
            self._over_since = now
        if now - self._over_since < CAP_FOR_S:
            return None
        return self._alarm(
            "over_cap", f"is at {low:.0f} °C, and must not be over {self._most:.0f} °C."
        )

    def _aims_over(self, low: float) -> Alarm | None:
        """What no file and no client may set, somebody at the printer may."""
        if not self._cap < min(low, self._target) < NONSENSE:
            return None
        text = f"is at {low:.0f} °C: its target is {self._target:g} °C, over its limit of"
        return replace(self._alarm("over_cap", f"{text} {self._cap:g} °C."), only_warns=True)

    def _rises(self, low: float, high: float, warmed: float, now: float) -> Alarm | None:
        """Whether it gets hotter, on and on, though it is off or above its target."""
        if self._rise is None:
            self._lowest = high if self._lowest is None else min(self._lowest, high)
            if low >= self._lowest + GAIN:
                self._rise = now, now, low
            return None
        since, gained_at, reached = self._rise
        if low >= reached + GAIN:
            gained_at, reached = now, low
            self._rise = since, gained_at, reached
        elif now - gained_at > RISES_FOR_S or high <= reached - GAIN:
            self._rise, self._lowest = None, high
            return None
        start = high if self._lowest is None else self._lowest
        above = max(warmed, self._target + self._guards.drift)
        lasts = gained_at - since >= RISES_FOR_S and low - start >= RISES
        if self._is_there or low <= above or not lasts:
            return None
        why = f"is at {low:.0f} °C, its target is {self._target:g} °C,"
        text = f"and gets hotter all the same: it went from {start:.0f} to {low:.0f} °C."
        return self._alarm("not_following", f"{why if self._target else 'is off'} {text}")

    def _follows(
        self, low: float, high: float, before: float, now: float, warmed: float
    ) -> Alarm | None:
        """Whether it comes to its target, and stays there."""
        drift, target = self._guards.drift, self._target
        below, above = target - high, low - max(target, warmed - drift)
        if target - low <= drift and high - target <= drift:
            self._is_there, self._off_by_s = True, 0.0
            return None
        if self._is_there:
            off_by = max(below, above)
            if off_by > drift:
                self._off_by_s += now - before
            if self._off_by_s < self._drift_s:
                return None
            at = high if below > above else low
            text = f"is at {at:.0f} °C and no longer at its target of {target:g} °C."
            return self._alarm("drifting", text)
        if target - low <= drift:
            self._mark = None
            return None
        if self._mark is None or low >= self._mark[1] + GAIN:
            self._mark = now, low
        if now - self._mark[0] < self._follow_s:
            return None
        minutes = self._follow_s / 60
        return self._alarm(
            "not_following",
            f"is at {low:.0f} °C and gained less than {GAIN:g} °C in {minutes:g} min, though its"
            f" target is {target:g} °C.",
        )


class HeaterGuards:
    """Of all heaters of a printer with these limits."""

    def __init__(self, limits: Limits, guards: Guards) -> None:
        self._limits, self._guards = limits, guards
        self._of: dict[Heater, HeaterGuard] = {}

    def rearm(self) -> None:
        """Somebody has seen what was found."""
        for guard in self._of.values():
            guard.rearm()

    def see(
        self, told: Mapping[Heater, Temperature], now: float, *, is_boards_own: bool = False
    ) -> list[Alarm]:
        """What is wrong by these readings, which came `now`, in seconds by any monotonic clock."""
        found = []
        for heater, reading in told.items():
            guard = self._of.get(heater)
            if guard is None:
                guard = self._of[heater] = HeaterGuard(heater, self._cap(heater), self._guards)
            warmed = _warmed(heater, told)
            if alarm := guard.see(reading, now, warmed=warmed, is_boards_own=is_boards_own):
                found.append(alarm)
        return found

    def _cap(self, heater: Heater) -> float:
        if heater.is_nozzle:
            return self._limits.nozzle_max
        return self._limits.bed_max if heater == BED else self._limits.chamber_max


def _warmed(heater: Heater, told: Mapping[Heater, Temperature]) -> float:
    """How hot a heater may be made by others."""
    if not heater.is_nozzle:
        chamber = told.get(CHAMBER, Temperature()).current or 0.0
        return max(WARMED_BED, chamber + WARMED_BY)
    # Nozzles beside each other, or two by name that are one in two-in-one-out printers.
    others = [t.current or 0.0 for h, t in told.items() if h.is_nozzle and h != heater]
    return max((WARMED_NOZZLE, *others))
