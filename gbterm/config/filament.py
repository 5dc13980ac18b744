"""`[printer.NAME.filament_sensor]`: what tells that the filament has run out."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from gbterm.config.programs import run
from gbterm.config.table import Table

ACTIVE = ("high", "low")
BIASES = ("as_is", "pull_up", "pull_down", "disabled")
LONGEST_DEBOUNCE_MS = 60_000.0
_LINE = re.compile(r"gpiochip\d{1,3}:\d{1,4}")


@dataclass(frozen=True, slots=True)
class FilamentSensor:
    """A program, `command`, or a line of a GPIO chip, as `gpiochip0:17`; neither is no sensor.

    The program runs for as long as the server and writes a line `out` or `in` whenever that
    changes. The GPIO line is `active`, "high" or "low", where there is no filament; `bias` is one
    of `BIASES`. What doesn't last for `debounce_ms` was nothing.
    """

    command: tuple[str, ...] = ()
    gpio: str = ""
    active: str = "high"
    bias: str = "as_is"
    debounce_ms: float = 300.0

    @classmethod
    def read(cls, table: Table) -> FilamentSensor:
        """Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        if not table.members:
            return cls()
        given = dict(table.members)
        gpio = table.value("gpio", str, "")
        if bool(gpio) == ("command" in given):
            table.refuse("", "needs either command or gpio" + (", not both" if gpio else ""))
        if gpio:
            if not _LINE.fullmatch(gpio):
                table.refuse("gpio", 'must be a chip and a line of it, as "gpiochip0:17"')
        else:
            given["command"] = run(table, "command")
            for name in ("active", "bias"):
                if name in given:
                    table.refuse(name, "goes with gpio")
        for name, known in (("active", ACTIVE), ("bias", BIASES)):
            if table.value(name, str, known[0]) not in known:
                table.refuse(name, f"must be one of: {', '.join(known)}")
        if "debounce_ms" in given:
            given["debounce_ms"] = table.number("debounce_ms", or_zero=True)
            if given["debounce_ms"] > LONGEST_DEBOUNCE_MS:
                table.refuse("debounce_ms", f"must be at most {LONGEST_DEBOUNCE_MS:g}")
        return cls(**given)

    @property
    def chip_and_line(self) -> tuple[str, int]:
        """The chip's device, and the number of the line on it."""
        chip, _, line = self.gpio.partition(":")
        return f"/dev/{chip}", int(line)
