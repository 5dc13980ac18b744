"""What those are told who watch a host: `[metrics]`, `[mqtt]`, `[log]`, and all of it together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gbterm.config.server import Mdns
from gbterm.config.table import Table

LOG_LEVELS = ("debug", "info", "warning", "error")
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):(\d{1,5})")
_TOPIC = re.compile(r"[^/+#$\s\0][^+#\0]{0,99}(?<!/)")
_PORT_MOST = 65535


@dataclass(frozen=True, slots=True)
class Metrics:
    """Where numbers for Prometheus are served: `listen` is HOST:PORT, empty for nowhere."""

    listen: str = ""

    @staticmethod
    def given(table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(("listen",))
        listen = table.value("listen", str, "")
        address = _ADDRESS.fullmatch(listen)
        if listen and (address is None or int(address[1]) > _PORT_MOST):
            table.refuse("listen", 'must be HOST:PORT, as "127.0.0.1:9199"')
        return table.members

    @classmethod
    def read(cls, table: Table) -> Metrics:
        """That of one printer. Raises `ConfigError`."""
        return cls(**cls.given(table))

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port. Only where there is a `listen`."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True)
class Mqtt:
    """The broker that is told of a printer, none without a `host`.

    `port` is 0 for the usual one; `tls_ca` is the file of who vouches for the broker's certificate,
    else with `tls` the system's authorities do. Topics begin with `prefix`, and with what this
    machine is called: `machine`, or its host name with a mark of its own. `discovery` tells Home
    Assistant of them.
    """

    host: str = ""
    port: int = 0
    tls: bool = False
    tls_ca: str = ""
    user: str = ""
    password_file: str = ""
    prefix: str = "gbterm"
    machine: str = ""
    discovery: bool = True

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is."""
        return self.tls or bool(self.tls_ca)

    @classmethod
    def given(cls, table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(cls.__dataclass_fields__)
        given = dict(table.members)
        for name in given:
            default = getattr(cls(), name)
            table.value(name, type(default), default)
        if given.get("host") is not None and not re.fullmatch(r"[^\s/]+", given["host"]):
            table.refuse("host", 'must be the name or the address of a broker, as "broker.local"')
        if not 0 <= given.get("port", 0) <= _PORT_MOST:
            table.refuse("port", f"must be from 0 to {_PORT_MOST}")
        if "prefix" in given and not _TOPIC.fullmatch(given["prefix"]):
            table.refuse("prefix", 'must be the beginning of a topic, as "gbterm" or "home/gbterm"')
        for name in ("tls_ca", "password_file"):
            if given.get(name):
                given[name] = table.full_path(name)
        return given


@dataclass(frozen=True, slots=True)
class Log:
    """From which `level` on, one of `LOG_LEVELS`, a host's processes write what happens."""

    level: str = "info"

    @classmethod
    def given(cls, table: Table) -> dict[str, Any]:
        """The members that the table gives. Raises `ConfigError`."""
        table.only(("level",))
        if table.value("level", str, cls().level) not in LOG_LEVELS:
            table.refuse("level", f"must be one of: {', '.join(LOG_LEVELS)}")
        return dict(table.members)


@dataclass(frozen=True, slots=True)
class Watching:
    """What a host tells, besides its clients."""

    mdns: Mdns = field(default_factory=Mdns)
    metrics: Metrics = field(default_factory=Metrics)
    mqtt: Mqtt = field(default_factory=Mqtt)
    log: Log = field(default_factory=Log)
