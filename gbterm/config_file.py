"""Reading the configuration: every file that there is, checked key by key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from gbterm import config_actions, paths
from gbterm.config import (
    CONSOLE_GLYPHS,
    CONSOLE_THEMES,
    ESTOP_RESETS,
    LOOPBACK,
    URL_EXAMPLES,
    Z_HOMES,
    Actions,
    Config,
    ConsoleSettings,
    KeyChoice,
    Limits,
    Mdns,
    PrinterProfile,
    Serving,
    Streaming,
    Suite,
    check_url,
)
from gbterm.config_actions import Given
from gbterm.config_table import Table
from gbterm.errors import ConfigError, UsageError

_TABLES = ("default", "printer", "server", "auth", "mdns", "console", "keys", "suite")
RESERVED_NAMES = ("demo",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")

_OF_A_PORT = (
    "limits",
    "streaming",
    "estop_reset",
    "z_home",
    "second_motors",
    *config_actions.TABLES,
)
_OF_A_URL = ("key_file", "tls_ca")
_LEAST_STREAMING = {"window_lines": 0, "ring_bytes": 96, "damaged_lines": 0}
"""A ring must hold the longest line."""
_AT_LEAST_ONE = ("clients", "calls_per_s", "frame_mib", "file_mib")
_SERVED_PATHS = ("tls_cert", "tls_key", "frontend")


def load(files: Iterable[Path] | None = None) -> Config:
    """Read the configuration files that exist, the last one wins. Raises ConfigError."""
    return read(
        (path, text_of(path)) for path in (paths.config_files() if files is None else files)
    )


def read(texts: Iterable[tuple[Path, str]]) -> Config:
    """The configuration that files with these texts are. Raises ConfigError."""
    printers: dict[str, PrinterProfile] = {}
    default, default_from = "", None
    serving: dict[str, Any] = {}
    mdns: dict[str, Any] = {}
    keys: dict[str, KeyChoice] = {}
    console: dict[str, Any] = {}
    suite: dict[str, Any] = {}
    shared, own = Given(), {}
    for path, text in texts:
        file = _parsed(path, text)
        file.only((*_TABLES, *config_actions.TABLES))
        for name, table in file.tables("printer"):
            printers[name], own[name] = _printer(name, table), config_actions.read(table)
        shared = shared.and_then(config_actions.read(file))
        serving |= _serving(file)
        mdns |= _mdns(file.table("mdns"))
        keys |= {choice.action: choice for choice in _keys(file.table("keys"))}
        console |= _console(file.table("console"))
        suite |= _suite(file.table("suite"))
        if named := file.value("default", str, ""):
            default, default_from = named, path
    if default not in printers and default_from is not None:
        known = ", ".join(sorted(printers)) or "none"
        raise ConfigError(
            f"{default_from}: default names the printer {default!r}, which is not configured;"
            f" name one of: {known}."
        )
    for name, printer in printers.items():
        if printer.port:
            actions = _actions(shared, own[name], printer.limits)
            printers[name] = replace(printer, actions=actions)
    actions = _actions(shared, Given(), Limits())
    return Config(
        printers,
        default,
        Serving(**serving),
        actions,
        Mdns(**mdns),
        tuple(keys.values()),
        ConsoleSettings(**console),
        Suite(**suite),
    )


def _actions(shared: Given, own: Given, limits: Limits) -> Actions:
    if not shared.presets:
        shared = config_actions.built_in(limits).and_then(shared)
    return shared.and_then(own).within(limits)


def text_of(path: Path) -> str:
    """What the file holds, nothing where there is none. Raises ConfigError."""
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ConfigError(
            f"{path} can't be read ({error.strerror}); mend its permissions or remove it."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} is no valid TOML: {error}; correct it.") from error


def _parsed(path: Path, text: str) -> Table:
    try:
        return Table(path, tomllib.loads(text))
    except ValueError as error:
        raise ConfigError(f"{path} is no valid TOML: {error}; correct it.") from error


def _printer(name: str, table: Table) -> PrinterProfile:
    if not _NAME.fullmatch(name):
        table.refuse("", "is no name; use up to 32 letters, digits, dots, dashes and underscores")
    if name in RESERVED_NAMES:
        table.refuse("", "is the name of the built-in virtual printer; choose another")
    table.only(("port", "baud", "url", *_OF_A_PORT, *_OF_A_URL))
    port, url = table.value("port", str, ""), table.value("url", str, "")
    if bool(port) == bool(url):
        table.refuse("", "needs either port or url" + (", not both" if port else ""))
    if url:
        return _remote(name, table, url)
    for other in _OF_A_URL:
        if other in table.members:
            table.refuse(other, "goes with url")
    return _local(name, table, port)


def _local(name: str, table: Table, port: str) -> PrinterProfile:
    if not port.startswith("/") and "://" not in port:
        table.refuse("port", "must be the full path of a device, as /dev/ttyUSB0")
    baud = table.value("baud", int, None)
    if baud is not None and baud <= 0:
        table.refuse("baud", "must be above zero, as 115200")
    estop_reset = table.value("estop_reset", str, "")
    if estop_reset not in ESTOP_RESETS:
        table.refuse("estop_reset", 'must be "dtr"')
    z_home = table.value("z_home", str, "")
    if z_home not in Z_HOMES:
        table.refuse("z_home", 'must be "max", for a printer that homes Z at its top')
    second_motors = table.value("second_motors", str, "")
    if not set(second_motors) <= set("xyz"):
        table.refuse("second_motors", 'must name axes, as "z"')
    return PrinterProfile(
        name,
        port,
        baud,
        limits=_limits(table.table("limits")),
        streaming=_streaming(table.table("streaming")),
        estop_reset=estop_reset,
        z_home=z_home,
        second_motors=second_motors,
    )


def _remote(name: str, table: Table, url: str) -> PrinterProfile:
    for other in ("baud", *_OF_A_PORT):
        if other in table.members:
            table.refuse(other, "goes with port; a server behind url has its own")
    files = {other: table.value(other, str, "") for other in _OF_A_URL}
    try:
        return PrinterProfile(name, url=check_url(url), **files)
    except UsageError:
        table.refuse("url", f"must be as {URL_EXAMPLES}")


def _limits(table: Table) -> Limits:
    table.only(member.name for member in fields(Limits))
    return Limits(**{name: table.number(name) for name in table.members})


def _streaming(table: Table) -> Streaming:
    table.only(_LEAST_STREAMING)
    for name, least in _LEAST_STREAMING.items():
        table.at_least(name, least)
    return Streaming(**table.members)


def _serving(file: Table) -> dict[str, Any]:
    """The members of `Serving` that the file gives."""
    server, auth = file.table("server"), file.table("auth")
    auth.only(("loopback",))
    server.only(("allow", *_AT_LEAST_ONE, *_SERVED_PATHS))
    if auth.value("loopback", str, LOOPBACK[0]) not in LOOPBACK:
        auth.refuse("loopback", 'must be "open" or "key"')
    given = dict(server.members)
    for name in _AT_LEAST_ONE:
        server.at_least(name, 1)
    for name in _SERVED_PATHS:
        if not (text := server.value(name, str, "")):
            continue
        path = Path(text).expanduser()
        if not path.is_absolute():
            server.refuse(name, "must be a full path")
        given[name] = str(path)
    allow = server.value("allow", list, [])
    if not all(isinstance(name, str) for name in allow):
        server.refuse("allow", 'must be a list of names, as ["pi.example"]')
    if "allow" in given:
        given["allow"] = tuple(allow)
    return {**given, **auth.members}


def _mdns(table: Table) -> dict[str, Any]:
    """The members of `Mdns` that the table gives."""
    table.only(("search", "interfaces"))
    table.value("search", bool, True)
    given = dict(table.members)
    if "interfaces" in given:
        interfaces = table.value("interfaces", list, [])
        if not all(isinstance(address, str) and _is_address(address) for address in interfaces):
            table.refuse("interfaces", 'must be a list of addresses, as ["192.168.1.5"]')
        given["interfaces"] = tuple(interfaces)
    return given


def _is_address(text: str) -> bool:
    # Only where somebody names one: one-shot commands are to start quickly.
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _console(table: Table) -> dict[str, Any]:
    """The members of `ConsoleSettings` that the table gives."""
    table.only(member.name for member in fields(ConsoleSettings))
    for name, known in (("theme", CONSOLE_THEMES), ("glyphs", CONSOLE_GLYPHS)):
        if table.value(name, str, known[0]) not in known:
            table.refuse(name, f"must be one of: {', '.join(known)}")
    for name in ("slow", "mouse", "bell"):
        table.value(name, bool, None)
    return table.members


def _keys(table: Table) -> Iterator[KeyChoice]:
    for action, given in table.members.items():
        keys = [given] if isinstance(given, str) else given
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            table.refuse(action, 'must be a key or a list of keys, as ["Ctrl+R", "F5"]')
        yield KeyChoice(action, tuple(keys), table.path)


def _suite(table: Table) -> dict[str, Any]:
    """The members of `Suite` that the table gives."""
    table.only(member.name for member in fields(Suite))
    given = dict(table.members)
    for name in given:
        default = getattr(Suite(), name)
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
