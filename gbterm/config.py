"""The configuration: `/etc/gbterm/config.toml`, then the user's own, as frozen values.

    default = "ender"

    [printer.ender]
    port = "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"
    baud = 115200

    [printer.ender.limits]
    nozzle_max = 275

    [server]
    allow = ["http://panel.example"]

    [auth]
    loopback = "key"

A printer that both files name is taken from the user's file alone.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from gbterm import paths
from gbterm.errors import ConfigError, UsageError

URL_SCHEMES = ("ws://", "wss://", "unix:")
RESERVED_NAMES = ("demo",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What no client may exceed: temperatures in °C, the feed rate in mm/s."""

    nozzle_max: float = 300.0
    bed_max: float = 150.0
    chamber_max: float = 100.0
    feed_max_mm_s: float = 500.0


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a board is fed, for one that differs from what nearly all have.

    `window_lines` may be under way at most, 0 for what the board proves to bear; `ring_bytes` is
    what its receive ring holds (RX_BUFFER_SIZE less one); more than `damaged_lines` damaged ones in
    any 1,000 pause a print.
    """

    window_lines: int = 0
    ring_bytes: int = 127
    damaged_lines: int = 3


_LEAST_STREAMING = {"window_lines": 0, "ring_bytes": 96, "damaged_lines": 0}
"""A ring must hold the longest line."""

ESTOP_RESETS = ("", "dtr")


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """A printer by name, on a `port` of this machine or behind a `url`; the other one is empty.

    `baud` is None where it is to be found out. What follows `url` holds for a port: a server has
    its own. `estop_reset` is "dtr" where an emergency stop that nobody confirms may reset the board
    by its DTR line. `second_motors` names the axes with two motors, which the counters
    count. `key_file` and `tls_ca` go with a url: the files of the key to show
    there, and of who vouches for the server's certificate.
    """

    name: str
    port: str = ""
    baud: int | None = None
    url: str = ""
    limits: Limits = Limits()
    streaming: Streaming = Streaming()
    estop_reset: str = ""
    second_motors: str = ""
    key_file: str = ""
    tls_ca: str = ""


LOOPBACK = ("open", "key")


@dataclass(frozen=True, slots=True)
class Serving:
    """How the server of a host serves clients on TCP.

    `loopback` is "key" where also this machine's own connections need one; `allow` holds host names
    and origins that browsers may use besides the server's own; `frame_mib` bounds a message in MiB.
    `tls_cert` and `tls_key` are files in PEM, the second empty where the first holds both;
    `frontend` is the directory of a web frontend's static files.
    """

    loopback: str = "open"
    allow: tuple[str, ...] = ()
    clients: int = 256
    calls_per_s: int = 500
    frame_mib: int = 128
    tls_cert: str = ""
    tls_key: str = ""
    frontend: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """The printers by name, and the name of the one that is meant where none is named."""

    printers: dict[str, PrinterProfile] = field(default_factory=dict)
    default: str = ""
    serving: Serving = Serving()

    def default_printer(self) -> PrinterProfile | None:
        """The default printer or the only one, else None."""
        if self.default:
            return self.printers[self.default]
        return next(iter(self.printers.values())) if len(self.printers) == 1 else None

    def on_port(self, port: str) -> PrinterProfile | None:
        """The printer on this port, however the port is spelt."""
        name = paths.host_name(port)
        return next((p for p in self.printers.values() if paths.host_name(p.port) == name), None)


def load(files: Iterable[Path] | None = None) -> Config:
    """Read the configuration files that exist, the last one wins. Raises ConfigError."""
    printers: dict[str, PrinterProfile] = {}
    default, default_from = "", None
    serving: dict[str, Any] = {}
    for path in paths.config_files() if files is None else files:
        reader = _Reader(path)
        found = reader.config()
        printers |= found.printers
        serving |= reader.serving()
        if found.default:
            default, default_from = found.default, path
    if default not in printers and default_from is not None:
        known = ", ".join(sorted(printers)) or "none"
        raise ConfigError(
            f"{default_from}: default names the printer {default!r}, which is not configured;"
            f" name one of: {known}."
        )
    return Config(printers, default, Serving(**serving))


def check_url(url: str) -> str:
    """`url` as it stands. Raises UsageError where it is no address of a server."""
    if not any(url.startswith(scheme) and url != scheme for scheme in URL_SCHEMES):
        raise UsageError(f"{url!r} is no address of a server; write ws://HOST:PORT or unix:PATH.")
    return url


class _Reader:
    """Checks one file; every complaint names it and the key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def config(self) -> Config:
        tables = self._tables
        self._only_known(tables, "", ("default", "printer", "server", "auth"))
        printers = self._value(tables, "", "printer", dict, {})
        return Config(
            {name: self._printer(name, table) for name, table in printers.items()},
            self._value(tables, "", "default", str, ""),
        )

    def serving(self) -> dict[str, Any]:
        """The members of `Serving` that the file gives."""
        given = dict(self._value(self._tables, "", "server", dict, {}))
        auth = self._value(self._tables, "", "auth", dict, {})
        self._only_known(auth, "auth", ("loopback",))
        self._only_known(given, "server", ("allow", *_AT_LEAST_ONE, *_SERVED_PATHS))
        if self._value(auth, "auth", "loopback", str, LOOPBACK[0]) not in LOOPBACK:
            self._refuse("auth.loopback", 'must be "open" or "key"')
        for name in _AT_LEAST_ONE:
            if self._value(given, "server", name, int, 1) < 1:
                self._refuse(f"server.{name}", "must be at least 1")
        for name in _SERVED_PATHS:
            path = Path(self._value(given, "server", name, str, "")).expanduser()
            if name in given and not path.is_absolute():
                self._refuse(f"server.{name}", "must be a full path")
            if name in given:
                given[name] = str(path)
        allow = self._value(given, "server", "allow", list, [])
        if not all(isinstance(name, str) for name in allow):
            self._refuse("server.allow", 'must be a list of names, as ["pi.example"]')
        if "allow" in given:
            given["allow"] = tuple(allow)
        return {**given, **auth}

    @cached_property
    def _tables(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise ConfigError(
                f"{self.path} can't be read ({error.strerror}); mend its permissions or remove it."
            ) from error
        except ValueError as error:
            raise ConfigError(f"{self.path} is no valid TOML: {error}; correct it.") from error

    def _printer(self, name: str, table: Any) -> PrinterProfile:
        key = f"printer.{name}"
        if not _NAME.fullmatch(name):
            self._refuse(
                key, "is no name; use up to 32 letters, digits, dots, dashes and underscores"
            )
        if name in RESERVED_NAMES:
            self._refuse(key, "is the name of the built-in virtual printer; choose another")
        if not isinstance(table, dict):
            self._refuse(key, "must be a table, begun by a line [printer.NAME]")
        self._only_known(table, key, ("port", "baud", "url", *_OF_A_PORT, *_OF_A_URL))
        port = self._value(table, key, "port", str, "")
        url = self._value(table, key, "url", str, "")
        if bool(port) == bool(url):
            self._refuse(key, "needs either port or url" + (", not both" if port else ""))
        if url:
            return self._remote(name, key, table, url)
        for other in _OF_A_URL:
            if other in table:
                self._refuse(f"{key}.{other}", "goes with url")
        if not port.startswith("/") and "://" not in port:
            self._refuse(f"{key}.port", "must be the full path of a device, as /dev/ttyUSB0")
        baud = self._value(table, key, "baud", int, None)
        if baud is not None and baud <= 0:
            self._refuse(f"{key}.baud", "must be above zero, as 115200")
        estop_reset = self._value(table, key, "estop_reset", str, "")
        if estop_reset not in ESTOP_RESETS:
            self._refuse(f"{key}.estop_reset", 'must be "dtr"')
        second_motors = self._value(table, key, "second_motors", str, "")
        if not set(second_motors) <= set("xyz"):
            self._refuse(f"{key}.second_motors", 'must name axes, as "z"')
        limits = self._limits(table, f"{key}.limits")
        streaming = self._streaming(table, f"{key}.streaming")
        return PrinterProfile(name, port, baud, "", limits, streaming, estop_reset, second_motors)

    def _remote(self, name: str, key: str, table: dict[str, Any], url: str) -> PrinterProfile:
        for other in ("baud", *_OF_A_PORT):
            if other in table:
                self._refuse(f"{key}.{other}", "goes with port; a server behind url has its own")
        files = {other: self._value(table, key, other, str, "") for other in _OF_A_URL}
        try:
            return PrinterProfile(name, url=check_url(url), **files)
        except UsageError:
            self._refuse(f"{key}.url", "must be ws://HOST:PORT or unix:PATH")

    def _limits(self, table: dict[str, Any], key: str) -> Limits:
        limits = self._value(table, key.removesuffix(".limits"), "limits", dict, {})
        self._only_known(limits, key, [member.name for member in fields(Limits)])
        for name, value in limits.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                self._refuse(f"{key}.{name}", "must be a number")
            if not (math.isfinite(value) and value > 0):
                self._refuse(f"{key}.{name}", "must be above zero")
        return Limits(**{name: float(value) for name, value in limits.items()})

    def _streaming(self, table: dict[str, Any], key: str) -> Streaming:
        members = self._value(table, key.removesuffix(".streaming"), "streaming", dict, {})
        self._only_known(members, key, list(_LEAST_STREAMING))
        for name, least in _LEAST_STREAMING.items():
            if self._value(members, key, name, int, least) < least:
                self._refuse(f"{key}.{name}", f"must be at least {least}")
        return Streaming(**members)

    def _value(
        self, table: dict[str, Any], prefix: str, name: str, kind: type, default: Any
    ) -> Any:
        value = table.get(name, default)
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
            self._refuse(f"{prefix}.{name}".lstrip("."), f"must be {_KINDS[kind]}")
        return value

    def _only_known(self, table: dict[str, Any], prefix: str, known: Iterable[str]) -> None:
        for name in table:
            if name not in known:
                self._refuse(
                    f"{prefix}.{name}".lstrip("."), f"is not known; known are: {', '.join(known)}"
                )

    def _refuse(self, key: str, why: str) -> NoReturn:
        raise ConfigError(f"{self.path}: {key} {why}.")


_OF_A_PORT = ("limits", "streaming", "estop_reset", "second_motors")
_OF_A_URL = ("key_file", "tls_ca")

_AT_LEAST_ONE = ("clients", "calls_per_s", "frame_mib")
_SERVED_PATHS = ("tls_cert", "tls_key", "frontend")

_KINDS: dict[type, str] = {
    str: 'a text in quotes, as "name"',
    int: "a whole number",
    dict: "a table",
    list: "a list, in brackets",
}
