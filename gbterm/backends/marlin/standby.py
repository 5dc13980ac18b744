"""Heaters that nobody looks after: since when, why, and when they are turned off. Without I/O."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gbterm.backends.marlin.heaters import Heater, Targets
from gbterm.config import Heaters

WARNED_S = 60.0
"""So long before a heater is turned off, that is said once more."""
AGAIN_S = 60.0
"""After so long a heater that still has its target is turned off again: somebody may have set it
just when it was."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Why nobody looks after the heaters, since when, and what would change that, in words."""

    why: str
    since: float
    unless: str


@dataclass(frozen=True, slots=True)
class Look:
    """What to turn off, and what to say."""

    off: tuple[Heater, ...] = ()
    said: tuple[str, ...] = ()


class Standby:
    """Of one printer; times are by any monotonic clock, in seconds."""

    def __init__(self, after: Heaters) -> None:
        self._after = after
        self._targets: Targets | None = None
        self._touched_at = float("-inf")
        self._since: float | None = None
        self._said: set[tuple[Heater, str]] = set()
        self.lowered: set[Heater] = set()
        """What was turned off by this one, and has to be hot again before a print goes on."""
        self._last: dict[Heater, float] = {}
        """What each heater was heated to last, whoever has turned it off since."""
        self._going_off: dict[Heater, float] = {}

    def note(self, targets: Targets, now: float) -> bool:
        """Hear what is on now; whether somebody else than this one changed a target."""
        before, self._targets = self._targets, targets
        self._last.update(targets)
        if before is None:
            return False
        changed = {h for h in before.keys() | targets.keys() if before.get(h) != targets.get(h)}
        gone = {heater for heater in self._going_off if heater not in targets}
        for heater in gone | changed:
            self._going_off.pop(heater, None)
        if changed <= gone:
            return False
        self._touched_at = now
        return True

    def touch(self, now: float) -> None:
        """Somebody uses the printer, as one does who sets a target."""
        self._touched_at = now

    def lower(self, targets: Targets, now: float) -> None:
        """These are turned off for another reason, and are wanted again if a print goes on."""
        self.lowered.update(targets)
        self._last.update(targets)
        self._going_off.update(dict.fromkeys(targets, now))

    def wanted(self, kept: Targets) -> Targets:
        """What has to be hot before a print goes on that had `kept` on when it was left.

        Whoever set another target meanwhile may have loaded another filament.
        """
        return {h: self._last.get(h, kept.get(h, 0.0)) for h in kept.keys() | self.lowered}

    def look(self, alone: Alone | None, now: float, *, hears: bool = True) -> Look:
        """What is to be done. `hears` is whether the board takes commands now."""
        targets = self._targets or {}
        if alone is None:
            self._since = None
            return Look()
        since = max(alone.since, self._touched_at)
        if since != self._since:
            self._since = since
            self._said.clear()
        left_s = {
            heater: since + after_s - now
            for heater in targets
            if (after_s := self._off_after_s(heater))
            and now - self._going_off.get(heater, float("-inf")) >= AGAIN_S
        }
        off = tuple(heater for heater, left in left_s.items() if left <= 0)
        if not hears:
            return Look(said=tuple(self._say_stuck(alone, off)))
        self.lowered.update(off)
        new = tuple(heater for heater in off if heater not in self._going_off)
        self._going_off.update(dict.fromkeys(off, now))
        said = [*self._announce(alone, left_s), *self._say_off(alone, new)]
        return Look(off, tuple(said))

    def _off_after_s(self, heater: Heater) -> float:
        after = self._after
        return 60 * (after.nozzle_off_after_min if heater.is_nozzle else after.bed_off_after_min)

    def _is_new(self, heater: Heater, what: str) -> bool:
        is_new = (heater, what) not in self._said
        self._said.add((heater, what))
        return is_new

    def _announce(self, alone: Alone, left_s: dict[Heater, float]) -> Iterator[str]:
        due = {heater: left for heater, left in left_s.items() if left > 0}
        new = [heater for heater in due if self._is_new(heater, "begun")]
        soon = [h for h, left in due.items() if left <= WARNED_S and self._is_new(h, "soon")]
        heaters = new or soon
        if heaters:
            when = ", ".join(f"{heater.name} in {_duration(due[heater])}" for heater in heaters)
            yield f"{alone.why}, so heaters go off unless {alone.unless}: {when}."

    def _say_off(self, alone: Alone, off: tuple[Heater, ...]) -> Iterator[str]:
        for heater in off:
            yield (
                f"{alone.why}: {heater.name} was turned off, its target was"
                f" {self._last[heater]:g} °C."
            )

    def _say_stuck(self, alone: Alone, off: tuple[Heater, ...]) -> Iterator[str]:
        for heater in off:
            if self._is_new(heater, "stuck"):
                yield (
                    f"{alone.why}: {heater.name} can't be turned off while the board waits, except"
                    " by its own timeout."
                )


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{math.ceil(seconds)} s"
