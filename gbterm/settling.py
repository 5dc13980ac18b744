"""Targets that keys turn up and down: only where they come to rest is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

SETTLE_S = 0.6
"""Longer than a terminal waits before it repeats a key."""
SHOWN_S = 5.0
"""So long a target that was sent is taken for granted; reports of the printer come every second."""


@dataclass(frozen=True, slots=True)
class _Wish:
    target: float
    at: float
    sent: bool = False


class Settling:
    """The targets that are asked for, in °C by heater, and not yet what the printer tells."""

    def __init__(self) -> None:
        self._wishes: dict[str, _Wish] = {}

    def wish(self, heater: str, target: float, now: float) -> None:
        """Somebody turned `heater` to `target`, and may turn on."""
        self._wishes[heater] = _Wish(target, now)

    def wished(self, heater: str) -> float | None:
        """What `heater` is turned to; None where that is what the printer tells."""
        wish = self._wishes.get(heater)
        return None if wish is None else wish.target

    def due(self, now: float) -> dict[str, float]:
        """The targets that came to rest, once each; those that were sent long ago are let go."""
        rested = {
            heater: wish.target
            for heater, wish in self._wishes.items()
            if not wish.sent and now >= wish.at + SETTLE_S
        }
        for heater in rested:
            self._wishes[heater] = replace(self._wishes[heater], at=now, sent=True)
        for heater, wish in tuple(self._wishes.items()):
            if wish.sent and now >= wish.at + SHOWN_S:
                del self._wishes[heater]
        return rested

    def told(self, heater: str, target: float | None) -> None:
        """The printer tells the target of `heater`."""
        wish = self._wishes.get(heater)
        if wish is not None and wish.sent and wish.target == target:
            del self._wishes[heater]

    def forget(self, heater: str) -> None:
        """It is set otherwise, or was refused."""
        self._wishes.pop(heater, None)

    def forget_all(self) -> None:
        """None of them is to be asked for any more."""
        self._wishes.clear()

    def __bool__(self) -> bool:
        return bool(self._wishes)
