"""`[printer.NAME.guards]`: what is done where a heater does what nobody asked it to."""

from __future__ import annotations

from dataclasses import dataclass, fields

from gbterm.config.programs import run, timeout_s
from gbterm.config.table import Table

GUARDED = ("over_cap", "not_following", "drifting")
GUARD_ACTIONS = ("none", "warn", "pause", "off", "halt", "power_off")
AWAY_ACTIONS = ("none", "power_off")


@dataclass(frozen=True, slots=True)
class Guards:
    """What is done in each case, one of `GUARD_ACTIONS`, and what makes one; °C, seconds, minutes.

    *Over the cap* is `margin` above the printer's limits. *Not following* is a heater that is more
    than `drift` below its target and doesn't gain 2 °C in its `…_follow_s`, or one that gets hotter
    though it is off or above its target. *Drifting* is one that was at its target and is more
    than `drift` off it for its `…_drift_s`.

    `power_off` is a program with its full path and arguments that cuts the printer's power, killed
    after `power_off_timeout_s`. `out_of_reach` is "power_off" where that is done, too, while
    heaters are on and the board was out of reach for `out_of_reach_min`.
    """

    over_cap: str = "halt"
    not_following: str = "off"
    drifting: str = "off"
    out_of_reach: str = "none"
    margin: float = 15.0
    drift: float = 15.0
    nozzle_follow_s: float = 120.0
    bed_follow_s: float = 300.0
    nozzle_drift_s: float = 50.0
    bed_drift_s: float = 180.0
    out_of_reach_min: float = 10.0
    power_off: tuple[str, ...] = ()
    power_off_timeout_s: float = 30.0

    @classmethod
    def read(cls, table: Table) -> Guards:
        """Raises `ConfigError`."""
        table.only(member.name for member in fields(cls))
        given = dict(table.members)
        if "power_off" in given:
            given["power_off"] = run(table, "power_off")
        for member in fields(cls):
            if isinstance(member.default, float) and member.name in given:
                given[member.name] = table.number(member.name)
        if "power_off_timeout_s" in given:
            given["power_off_timeout_s"] = timeout_s(table, 0.0, "power_off_timeout_s")
        for name in (*GUARDED, "out_of_reach"):
            known = AWAY_ACTIONS if name == "out_of_reach" else GUARD_ACTIONS
            action = table.value(name, str, "none")
            if action not in known:
                table.refuse(name, f"must be one of: {', '.join(known)}")
            if action == "power_off" and "power_off" not in given:
                table.refuse(
                    name,
                    'needs power_off, a program, as power_off = ["/usr/local/bin/plug", "off"]',
                )
        return cls(**given)
