"""Reading the configuration: every file that there is, checked key by key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from gbterm import paths
from gbterm.config import AREAS, Config, Limits, PrinterProfile, actions, printer
from gbterm.config.actions import Given
from gbterm.config.console import KeyChoice
from gbterm.config.table import ConfigFile, Table
from gbterm.errors import ConfigError

TABLES = ("default", "printer", *(area.table for area in AREAS), "keys", *actions.TABLES)
"""What a file may hold."""


def load(files: Iterable[Path] | None = None) -> Config:
    """Read the configuration files that exist, the last one wins. Raises ConfigError."""
    found = paths.config_files() if files is None else files
    return read(ConfigFile(path, text_of(path)) for path in found)


def read(files: Iterable[ConfigFile]) -> Config:
    """The configuration that files with these texts are. Raises ConfigError."""
    return assembled([parsed(file) for file in files])


def assembled(files: Iterable[Table]) -> Config:
    """The configuration that parsed files are, the last one wins. Raises ConfigError."""
    printers: dict[str, PrinterProfile] = {}
    default, default_from = "", None
    keys: dict[str, KeyChoice] = {}
    given: dict[str, dict[str, Any]] = {area.member: {} for area in AREAS}
    shared, own = Given(), {}
    for file in files:
        file.only(TABLES)
        for name, table in file.tables("printer"):
            printers[name], own[name] = printer.read(name, table), actions.read(table)
        shared = shared.and_then(actions.read(file))
        for area in AREAS:
            given[area.member] |= area.read(file.table(area.table))
        keys |= {choice.action: choice for choice in KeyChoice.read(file.table("keys"))}
        if named := file.value("default", str, ""):
            default, default_from = named, file
    if default not in printers and default_from is not None:
        known = ", ".join(sorted(printers)) or "none"
        default_from.refuse(
            "default",
            f"names the printer {default!r}, which is not configured; name one of: {known}",
        )
    for name, profile in printers.items():
        if profile.port:
            had = _with_built_in(shared, profile.limits).and_then(own[name])
            had.refuse_beyond(profile.limits, f"{name}'s")
            printers[name] = replace(profile, actions=had.actions())
    made = {member: _KINDS[member](**values) for member, values in given.items()}
    made["macro_keys"] = tuple(key for one in (shared, *own.values()) for key in one.macro_keys())
    unnamed = _with_built_in(shared, Limits())
    if not any(profile.port for profile in printers.values()):
        # They may be meant for a printer that bears more; any other one's host refuses the target.
        unnamed.refuse_beyond(Limits(), "the printer's")
    return Config(printers, default, actions=unnamed.actions(), keys=tuple(keys.values()), **made)


_KINDS: dict[str, Any] = {member.name: member.default_factory for member in fields(Config)}
"""The classes of its members."""


def _with_built_in(shared: Given, limits: Limits) -> Given:
    return shared if shared.presets else actions.built_in(limits).and_then(shared)


def text_of(path: Path) -> str:
    """What the file holds, nothing where there is none. Raises ConfigError."""
    try:
        # Some editors put a mark of byte order before it.
        return (held := path.read_bytes()).decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ConfigError(
            f"{path} can't be read ({error.strerror}); mend its permissions or remove it."
        ) from error
    except UnicodeDecodeError as error:
        line = held.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}, line {line}: a character there is not written in UTF-8; save the file as"
            " UTF-8."
        ) from error


def parsed(file: ConfigFile) -> Table:
    """What the file holds, none of it checked. Raises ConfigError."""
    try:
        return Table(file, tomllib.loads(file.text))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file.path} is no valid TOML: {error}; correct it.") from error
