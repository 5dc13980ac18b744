"""Presets, macros and commands of a configuration: every printer's, or one printer's alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gbterm.actions import HostCommand, Macro, Preset
from gbterm.config import BUILT_IN_PRESETS, Actions, Limits, Program
from gbterm.config_table import Table
from gbterm.errors import UsageError
from gbterm.text import scrub

TABLES = ("preset", "macro", "command")
LONGEST_NAME, LONGEST_TEXT = 40, 200
LONGEST_TIMEOUT_S = 600.0
_HEATERS = {"nozzle": "nozzle_max", "bed": "bed_max", "chamber": "chamber_max"}


@dataclass(frozen=True, slots=True)
class Given:
    """What tables give, by its name, and the presets with the table that each stands in."""

    presets: dict[str, tuple[Preset, Table]] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)

    def and_then(self, other: Given) -> Given:
        """These with those of `other`, which replace what has the same name."""
        return Given(
            self.presets | other.presets,
            self.macros | other.macros,
            self.programs | other.programs,
        )

    def within(self, limits: Limits) -> Actions:
        """What a printer with these limits has. Raises `ConfigError` for a preset beyond them."""
        for preset, table in self.presets.values():
            if heater := _beyond(preset, limits):
                most = getattr(limits, _HEATERS[heater])
                table.refuse(heater, f"is more than the printer's {_HEATERS[heater]}, {most:g}")
        presets = tuple(preset for preset, _ in self.presets.values())
        return Actions(presets, tuple(self.macros.values()), tuple(self.programs.values()))


def read(table: Table) -> Given:
    """The actions in `table`. Raises `ConfigError`."""
    return Given(
        {name: (_preset(name, inner), inner) for name, inner in _named(table, "preset")},
        {name: _macro(name, inner) for name, inner in _named(table, "macro")},
        {name: _program(name, inner) for name, inner in _named(table, "command")},
    )


def built_in(limits: Limits) -> Given:
    """The presets of those who configure none, as far as the limits let them."""
    table = Table(Path(), {})
    possible = [preset for preset in BUILT_IN_PRESETS if not _beyond(preset, limits)]
    return Given({preset.name: (preset, table) for preset in possible})


def _beyond(preset: Preset, limits: Limits) -> str:
    """The heater whose target is more than it may be, or nothing."""
    for heater, limit in _HEATERS.items():
        if (getattr(preset, heater) or 0.0) > getattr(limits, limit):
            return heater
    return ""


def _named(table: Table, kind: str) -> list[tuple[str, Table]]:
    found = list(table.tables(kind))
    for name, inner in found:
        if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
            inner.refuse("", f"is no name; use up to {LONGEST_NAME} letters, digits and signs")
    return found


def _preset(name: str, table: Table) -> Preset:
    table.only(_HEATERS)
    if not table.members:
        table.refuse("", "needs one of nozzle, bed and chamber, as nozzle = 210")
    return Preset(name, **{heater: table.number(heater, or_zero=True) for heater in table.members})


def _macro(name: str, table: Table) -> Macro:
    # Only where somebody has a macro: one-shot commands are to start quickly.
    from gbterm.gcode import typed

    table.only(("gcode", "confirm", "key", "description"))
    try:
        gcode = typed.read(table.value("gcode", str, ""))
    except UsageError as error:
        table.refuse("gcode", f"can't be sent: {str(error).rstrip('.')}")
    if refusal := typed.refusal(gcode):
        table.refuse("gcode", refusal)
    return Macro(
        name,
        gcode,
        _confirm(table, f"Run the macro {name}?"),
        _text(table, "key"),
        _text(table, "description"),
    )


def _program(name: str, table: Table) -> Program:
    table.only(("run", "confirm", "safe", "timeout_s", "description"))
    run: list[Any] = table.value("run", list, [])
    if not all(isinstance(word, str) and "\0" not in word for word in run):
        table.refuse("run", "must be a list of texts")
    if not run or not run[0].startswith("/"):
        table.refuse("run", 'must begin with the full path of a program, as ["/bin/true"]')
    timeout_s = table.number("timeout_s") if "timeout_s" in table.members else 60.0
    if timeout_s > LONGEST_TIMEOUT_S:
        table.refuse("timeout_s", f"must be at most {LONGEST_TIMEOUT_S:g}")
    about = HostCommand(
        name,
        _confirm(table, f"Run the command {name}?"),
        _text(table, "description"),
        table.value("safe", bool, False),
        timeout_s,
    )
    return Program(about, tuple(run))


def _confirm(table: Table, question: str) -> str:
    """What is asked; `question` where the user has none of his own."""
    confirm = table.members.get("confirm", False)
    if isinstance(confirm, bool):
        return question if confirm else ""
    if not isinstance(confirm, str) or not confirm.strip():
        table.refuse("confirm", 'must be true, false or a question, as "Is the bed empty?"')
    return _text(table, "confirm")


def _text(table: Table, name: str) -> str:
    return scrub(table.value(name, str, ""), LONGEST_TEXT)
