"""`[suite]`: what one-shot commands take where they are told nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from gbterm.config.table import Table


@dataclass(frozen=True, slots=True)
class Suite:
    """What one-shot commands take where they are told nothing; mm, mm/min, ms and Hz.

    `eject_…` is what `eject` pushes first and pulls then; `fan2_pin` and `pins` are the board's,
    the latter by the numbers 0, 1 … of `gsetpin`; a pin rests for `edge_ms` before it rises or
    falls, and a pulse lasts for `pulse_ms`; `gpio` is the program for the pins of this
    machine, which `gpio_pins` are.
    """

    fast_mm_min: float = 2000.0
    eject_push_mm: float = 3.0
    eject_push_mm_min: float = 700.0
    eject_mm: float = 800.0
    eject_mm_min: float = 2500.0
    beep_ms: int = 500
    beep_hz: int = 2000
    fan2_pin: int = 57
    pins: tuple[int, ...] = (63, 40, 42, 65)
    edge_ms: int = 10
    pulse_ms: int = 50
    gpio: str = "gpio"
    gpio_pins: tuple[int, ...] = (26, 27, 28, 29)

    @classmethod
    def given(cls, table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        given = dict(table.members)
        for name in given:
            default = getattr(cls(), name)
            if isinstance(default, float):
                given[name] = table.number(name)
            elif isinstance(default, int):
                table.at_least(name, 0)
            elif isinstance(default, tuple):
                given[name] = _pins(table, name)
            elif not table.value(name, str, default):
                table.refuse(name, "must name a program")
        return given


def _pins(table: Table, name: str) -> tuple[int, ...]:
    pins = table.value(name, list, [])
    if not pins or not all(type(pin) is int and pin >= 0 for pin in pins):
        table.refuse(name, "must be a list of pins, as [63, 40, 42, 65]")
    return tuple(pins)
