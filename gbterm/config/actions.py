"""Presets, macros, commands and hooks of a configuration: every printer's, or only one's.

They are every printer's unless they stand below `[printer.NAME]`: there they add to the others, or
replace those of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gbterm.actions import Macro, Preset
from gbterm.config.console import MacroKey
from gbterm.config.printer_tables import Limits
from gbterm.config.programs import Hook, Program
from gbterm.config.table import ConfigFile, Table
from gbterm.errors import UsageError

TABLES = ("preset", "macro", "command", "hook")
LONGEST_NAME = 40
BUILT_IN_PRESETS = (
    Preset("PLA", 210.0, 60.0),
    Preset("PETG", 240.0, 80.0),
    Preset("ABS", 245.0, 100.0),
    Preset("cool down", 0.0, 0.0, 0.0),
)
"""Of those who configure none, as far as the limits let them."""
_HEATERS = {"nozzle": "nozzle_max", "bed": "bed_max", "chamber": "chamber_max"}


@dataclass(frozen=True, slots=True)
class Actions:
    """What a printer's user can have done by name, and what is done where something happens."""

    presets: tuple[Preset, ...] = BUILT_IN_PRESETS
    macros: tuple[Macro, ...] = ()
    programs: tuple[Program, ...] = ()
    hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What tables give, by its name, presets and macros with the table that each is."""

    presets: dict[str, tuple[Preset, Table]] = field(default_factory=dict)
    macros: dict[str, tuple[Macro, Table]] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)

    def and_then(self, other: Given) -> Given:
        """These with those of `other`, which replace what has the same name."""
        return Given(
            self.presets | other.presets,
            self.macros | other.macros,
            self.programs | other.programs,
            self.hooks | other.hooks,
        )

    def refuse_beyond(self, limits: Limits, whose: str) -> None:
        """Raise `ConfigError` for a preset beyond the limits of `whose` printer."""
        for preset, table in self.presets.values():
            if heater := _beyond(preset, limits):
                most = getattr(limits, _HEATERS[heater])
                table.refuse(heater, f"is more than {whose} {_HEATERS[heater]}, {most:g}")

    def actions(self) -> Actions:
        """What a printer has then."""
        presets = tuple(preset for preset, _ in self.presets.values())
        macros = tuple(macro for macro, _ in self.macros.values())
        return Actions(presets, macros, tuple(self.programs.values()), tuple(self.hooks.values()))

    def macro_keys(self) -> Iterator[MacroKey]:
        """Those that macros have."""
        for macro, table in self.macros.values():
            if macro.key:
                yield MacroKey((*table.key, "key"), macro.key, table.file)


def read(table: Table) -> Given:
    """The actions in `table`. Raises `ConfigError`."""
    return Given(
        {name: (_preset(name, inner), inner) for name, inner in _named(table, "preset")},
        {name: (_macro(name, inner), inner) for name, inner in _named(table, "macro")},
        {name: Program.read(name, inner) for name, inner in _named(table, "command")},
        {name: Hook.read(name, inner) for name, inner in _named(table, "hook")},
    )


def built_in(limits: Limits) -> Given:
    """`BUILT_IN_PRESETS`, as far as the limits let them."""
    table = Table(ConfigFile(), {})
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


def gcode(table: Table, name: str) -> tuple[str, ...]:
    """The commands that the member `name` holds. Raises `ConfigError`."""
    # Only where somebody has some: one-shot commands are to start quickly.
    from gbterm.gcode import typed

    try:
        commands = typed.read(table.value(name, str, ""))
    except UsageError as error:
        table.refuse(name, f"can't be sent: {str(error).rstrip('.')}")
    if refusal := typed.refusal(commands):
        table.refuse(name, refusal)
    return commands


def _macro(name: str, table: Table) -> Macro:
    table.only(("gcode", "confirm", "key", "description"))
    return Macro(
        name,
        gcode(table, "gcode"),
        table.question("confirm", f"Run the macro {name}?"),
        table.words("key"),
        table.words("description"),
    )
