"""The configuration, as frozen values: what may stand in each table, beside what reads it.

`example.toml` shows every key. `gbterm.config_file` reads the files, `gbterm.config_edit` changes
one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gbterm import paths
from gbterm.config.actions import BUILT_IN_PRESETS, Actions
from gbterm.config.areas import AREAS, Area
from gbterm.config.console import (
    CONSOLE_GLYPHS,
    CONSOLE_THEMES,
    ConsoleSettings,
    KeyChoice,
    MacroKey,
)
from gbterm.config.filament import FilamentSensor
from gbterm.config.guards import Guards
from gbterm.config.history import History
from gbterm.config.printer import PrinterProfile
from gbterm.config.printer_tables import Heaters, Limits, Pausing, Streaming
from gbterm.config.programs import HOOK_EVENTS, Hook, Program
from gbterm.config.server import DEFAULT_LISTEN, FRAME_MIB, OCTOPRINT_LISTEN, Mdns, Serving
from gbterm.config.suite import Suite
from gbterm.config.table import ConfigFile
from gbterm.config.watching import LOG_LEVELS, Log, Metrics, Mqtt, Watching

__all__ = [
    "AREAS",
    "BUILT_IN_PRESETS",
    "CONSOLE_GLYPHS",
    "CONSOLE_THEMES",
    "DEFAULT_LISTEN",
    "EXAMPLE",
    "FRAME_MIB",
    "HOOK_EVENTS",
    "LOG_LEVELS",
    "OCTOPRINT_LISTEN",
    "Actions",
    "Area",
    "Config",
    "ConfigFile",
    "ConsoleSettings",
    "FilamentSensor",
    "Guards",
    "Heaters",
    "History",
    "Hook",
    "KeyChoice",
    "Limits",
    "Log",
    "MacroKey",
    "Mdns",
    "Metrics",
    "Mqtt",
    "Pausing",
    "PrinterProfile",
    "Program",
    "Serving",
    "Streaming",
    "Suite",
    "Watching",
]

EXAMPLE = Path(__file__).with_name("example.toml")
"""A file in which every key stands, as a comment, with what it means."""


@dataclass(frozen=True, slots=True)
class Config:
    """The printers by name, and the name of the one that is meant where none is named."""

    printers: dict[str, PrinterProfile] = field(default_factory=dict)
    default: str = ""
    serving: Serving = field(default_factory=Serving)
    actions: Actions = field(default_factory=Actions)
    """Of a printer that is not configured."""
    mdns: Mdns = field(default_factory=Mdns)
    keys: tuple[KeyChoice, ...] = ()
    """Whether the console has such actions and keys is for its key map to say."""
    macro_keys: tuple[MacroKey, ...] = ()
    """As `keys`."""
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    suite: Suite = field(default_factory=Suite)
    metrics: Metrics = field(default_factory=Metrics)
    mqtt: Mqtt = field(default_factory=Mqtt)
    log: Log = field(default_factory=Log)
    history: History = field(default_factory=History)

    @property
    def watching(self) -> Watching:
        """What a host tells, besides its clients."""
        return Watching(self.mdns, self.metrics, self.mqtt, self.log)

    def default_printer(self) -> PrinterProfile | None:
        """The default printer or the only one, else None."""
        if self.default:
            return self.printers[self.default]
        return next(iter(self.printers.values())) if len(self.printers) == 1 else None

    def on_port(self, port: str) -> PrinterProfile | None:
        """The printer on this port, however the port is spelt."""
        name = paths.host_name(port)
        return next((p for p in self.printers.values() if paths.host_name(p.port) == name), None)
