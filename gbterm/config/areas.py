"""The tables of a file besides those of printers and of what is done by name.

A new one is a class in a module of its own, a member of `Config`, a row here, and its place in
`example.toml`, which has every key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from gbterm.config.console import ConsoleSettings
from gbterm.config.history import History
from gbterm.config.server import Mdns, Serving
from gbterm.config.suite import Suite
from gbterm.config.table import Table
from gbterm.config.watching import Log, Metrics, Mqtt


@dataclass(frozen=True, slots=True)
class Area:
    """A table: what it is called, the member of `Config` that it fills, and what reads it."""

    table: str
    member: str
    read: Callable[[Table], dict[str, Any]]
    """The members of the class that the table gives. Raises `ConfigError`."""
    keys: tuple[str, ...]


def _of(kind: type, *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(member.name for member in fields(kind) if member.name not in without)


AREAS = (
    Area("server", "serving", Serving.given, _of(Serving, without=("loopback",))),
    Area("auth", "serving", Serving.given_by_auth, ("loopback",)),
    Area("mdns", "mdns", Mdns.given, _of(Mdns)),
    Area("console", "console", ConsoleSettings.given, _of(ConsoleSettings)),
    Area("metrics", "metrics", Metrics.given, _of(Metrics)),
    Area("mqtt", "mqtt", Mqtt.given, _of(Mqtt)),
    Area("log", "log", Log.given, _of(Log)),
    Area("history", "history", History.given, _of(History)),
    Area("suite", "suite", Suite.given, _of(Suite)),
)
