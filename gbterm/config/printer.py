"""`[printer.NAME]`: a printer on a port of this machine, or behind the address of a server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gbterm.address import URL_EXAMPLES, check_url, is_listen
from gbterm.config import actions
from gbterm.config.actions import Actions
from gbterm.config.filament import FilamentSensor
from gbterm.config.guards import Guards
from gbterm.config.printer_tables import Heaters, Limits, Pausing, Streaming, Volume
from gbterm.config.server import DEFAULT_LISTEN, OCTOPRINT_LISTEN
from gbterm.config.table import Table
from gbterm.config.watching import Metrics
from gbterm.errors import UsageError

RESERVED_NAMES = ("demo",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """A printer by name, on a `port` of this machine or behind a `url`; the other one is empty.

    `baud` is None where it is to be found out. What follows `url` holds for a port: a server has
    its own. `listen` is the address for clients, empty for the usual one, `octoprint_listen` that
    for clients of OctoPrint, empty for none. `estop_reset` is "dtr"
    where an emergency stop that nobody confirms may reset the board by its DTR line. `z_home` is
    "max" where Z is homed at its top, and so may be over a part. `after_replug` is "go_on" where a
    print whose cable was out goes on by itself once its board is found alive.
    `second_motors` names the axes with two motors, which the counters count. `cancel_gcode` is what
    a cancel does once the heaters are off; it begins in mm, with X, Y, Z and E absolute. `model` is
    what slicers call the printer.
    `key_file` and `tls_ca` go with a url: the files of the key to show there, and of who vouches
    for the server's certificate.
    """

    name: str
    port: str = ""
    baud: int | None = None
    url: str = ""
    limits: Limits = field(default_factory=Limits)
    streaming: Streaming = field(default_factory=Streaming)
    pausing: Pausing = field(default_factory=Pausing)
    heaters: Heaters = field(default_factory=Heaters)
    guards: Guards = field(default_factory=Guards)
    volume: Volume = field(default_factory=Volume)
    filament_sensor: FilamentSensor = field(default_factory=FilamentSensor)
    metrics: Metrics = field(default_factory=Metrics)
    estop_reset: str = ""
    z_home: str = ""
    after_replug: str = ""
    second_motors: str = ""
    cancel_gcode: tuple[str, ...] = ()
    key_file: str = ""
    tls_ca: str = ""
    actions: Actions = field(default_factory=Actions)
    listen: str = ""
    octoprint_listen: str = ""
    model: str = ""


TABLES: dict[str, tuple[str, Any]] = {
    "limits": ("limits", Limits),
    "streaming": ("streaming", Streaming),
    "pause": ("pausing", Pausing),
    "heaters": ("heaters", Heaters),
    "guards": ("guards", Guards),
    "volume": ("volume", Volume),
    "filament_sensor": ("filament_sensor", FilamentSensor),
    "metrics": ("metrics", Metrics),
}
"""By the name that a file has for it, the member of `PrinterProfile` and its class."""
_WORDS = {
    "estop_reset": ("dtr", 'must be "dtr"'),
    "z_home": ("max", 'must be "max", for a printer that homes Z at its top'),
    "after_replug": ("go_on", 'must be "go_on", or left out for a pause'),
}
"""What is one word or left out, with the sentence for any other."""
_LISTENS = {"listen": DEFAULT_LISTEN, "octoprint_listen": OCTOPRINT_LISTEN}
"""Addresses for clients, each with an example."""
OF_A_PORT = ("baud", *_LISTENS, *_WORDS, "second_motors", "cancel_gcode", "model")
"""Besides tables."""
OF_A_URL = ("key_file", "tls_ca")
_TABLES_OF_A_PORT = (*TABLES, *actions.TABLES)


def read(name: str, table: Table) -> PrinterProfile:
    """The printer `name` but for its actions, which others may add to. Raises `ConfigError`."""
    if not _NAME.fullmatch(name):
        table.refuse("", "is no name; use up to 32 letters, digits, dots, dashes and underscores")
    if name in RESERVED_NAMES:
        table.refuse("", "is the name of the built-in virtual printer; choose another")
    table.only(("port", "url", *OF_A_PORT, *_TABLES_OF_A_PORT, *OF_A_URL))
    port, url = table.value("port", str, ""), table.value("url", str, "")
    if bool(port) == bool(url):
        table.refuse("", "needs either port or url" + (", not both" if port else ""))
    if url:
        return _remote(name, table, url)
    for other in OF_A_URL:
        if other in table.members:
            table.refuse(other, "goes with url")
    return _local(name, table, port)


def _local(name: str, table: Table, port: str) -> PrinterProfile:
    if not port.startswith("/") and "://" not in port:
        table.refuse("port", "must be the full path of a device, as /dev/ttyUSB0")
    baud = table.value("baud", int, None)
    if baud is not None and baud <= 0:
        table.refuse("baud", "must be above zero, as 115200")
    listens = {key: table.value(key, str, "") for key in _LISTENS}
    for key, example in _LISTENS.items():
        if listens[key] and not is_listen(listens[key]):
            table.refuse(key, f"must be HOST:PORT, as {example}")
    words = {word: table.value(word, str, "") for word in _WORDS}
    for word, (known, why) in _WORDS.items():
        if words[word] not in ("", known):
            table.refuse(word, why)
    second_motors = table.value("second_motors", str, "")
    if not set(second_motors) <= set("xyz"):
        table.refuse("second_motors", 'must name axes, as "z"')
    cancel_gcode: tuple[str, ...] = ()
    if "cancel_gcode" in table.members:
        cancel_gcode = actions.gcode(table, "cancel_gcode")
    tables = {member: kind.read(table.table(own)) for own, (member, kind) in TABLES.items()}
    given = {**listens, "second_motors": second_motors, "cancel_gcode": cancel_gcode}
    given["model"] = table.words("model")
    return PrinterProfile(name, port, baud, **given, **words, **tables)


def _remote(name: str, table: Table, url: str) -> PrinterProfile:
    for other in (*OF_A_PORT, *_TABLES_OF_A_PORT):
        if other in table.members:
            table.refuse(other, "goes with port; a server behind url has its own")
    files = {other: table.value(other, str, "") for other in OF_A_URL}
    for other in files:
        table.path(other)
    try:
        return PrinterProfile(name, url=check_url(url), **files)
    except UsageError:
        table.refuse("url", f"must be as {URL_EXAMPLES}")
