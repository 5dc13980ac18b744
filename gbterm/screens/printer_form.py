"""A printer of the user's own configuration: added, or changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any, ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from gbterm import config_edit, config_file
from gbterm.backends import kinds
from gbterm.beside import beside
from gbterm.config import Config, Limits, PrinterProfile
from gbterm.errors import ConfigError, GbtermError
from gbterm.screens.dialog import Dialog
from gbterm.text import scrub

NAMES = {
    "name": "Name",
    "where": "Port or address",
    "baud": "Baud rate",
    "nozzle_max": "Nozzle at most, °C",
    "bed_max": "Bed at most, °C",
    "key_file": "File of the key",
}
HINTS = {
    "name": "a word, as ender",
    "where": "/dev/..., ws://, http:// or ssh://",
    "baud": "found out",
    "nozzle_max": f"{Limits().nozzle_max:g}",
    "bed_max": f"{Limits().bed_max:g}",
    "key_file": "of a server that asks for one",
}
OF_A_PORT, OF_A_SERVER = ("baud", "nozzle_max", "bed_max"), ("key_file",)


class PrinterForm(Dialog[str | None]):
    """Returns the name of the printer once it is in the configuration, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("down", "app.focus_next", "Next", show=False),
    ]
    HINT = "Tab or arrow keys move, Enter keeps it, Esc changes nothing."

    note = getters.query_one("#note", Static)

    def __init__(self, known: Mapping[str, str], profile: PrinterProfile | None = None) -> None:
        """`known` is what its lines begin with; `profile` what is configured already."""
        super().__init__()
        self._profile = profile
        self._values = {**known, **_values(profile)}

    def head(self) -> Iterable[Widget]:
        """A line for each value."""
        profile = self._profile
        title = f"Change {profile.name}" if profile else "A new printer"
        yield Static(Content(title), classes="title")
        for name, label in NAMES.items():
            if profile is not None and name == "name":
                continue
            yield Container(Label(f"{label} "), self._line(name), classes="line")

    def _line(self, name: str) -> Input:
        return Input(
            scrub(self._values.get(name, "")), placeholder=HINTS[name], compact=True, id=name
        )

    def text(self) -> Iterable[Widget]:
        """What is wrong."""
        yield Static(id="note")

    def on_mount(self) -> None:
        """A cursor that blinks costs bytes on a slow line."""
        super().on_mount()
        for line in self.query(Input):
            line.cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: keep it, or say what is wrong."""
        event.stop()
        given = {line.id or "": line.value.strip() for line in self.query(Input)}
        self._keep(self._profile.name if self._profile else given.pop("name"), given)

    @work(exclusive=True, exit_on_error=False)
    async def _keep(self, name: str, given: dict[str, str]) -> None:
        try:
            await beside(partial(keep, name, given, new=self._profile is None))
        except GbtermError as error:
            self.note.update(Content.styled(scrub(str(error)), "bold $error"))
            self.fit()
        else:
            self.dismiss(name)

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss(None)


def keep(name: str, given: dict[str, str], *, new: bool) -> Config:
    """Put the printer into the user's configuration. Blocks. Raises `ConfigError`.

    What is empty is left to gbterm. The first printer is the default.
    """
    if not name:
        raise ConfigError("Give it a name, as ender.")
    known = config_file.load().printers
    if new and name in known:
        raise ConfigError(f"There is a printer {name!r} already: choose another name.")
    return config_edit.put_printer(name, members(given), is_default=new and not known)


def suggested_name(machine: str) -> str:
    """A name for a printer whose firmware calls itself `machine`, as ender-3-pro."""
    label = re.sub(r"[^a-z0-9]+", "-", machine.lower()).strip("-")
    return label[:32].rstrip("-") or "printer"


def members(given: dict[str, str]) -> dict[str, Any]:
    """What `[printer.NAME]` holds then, None for what goes out. Raises `ConfigError`."""
    where = given["where"]
    is_server = kinds.is_address(where)
    for name in OF_A_PORT if is_server else OF_A_SERVER:
        if given[name]:
            whose = "a printer on a port" if is_server else "a server"
            raise ConfigError(f"{NAMES[name]} goes with {whose}: leave it empty.")
    limits = {name: _number(name, given[name]) for name in ("nozzle_max", "bed_max")}
    return {
        "port": None if is_server else where,
        "url": where if is_server else None,
        "baud": _number("baud", given["baud"]),
        "key_file": given["key_file"] or None,
        "limits": limits,
    }


def _number(name: str, text: str) -> float | int | None:
    if not text:
        return None
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise ConfigError(f"{NAMES[name]} must be a number, not {text!r}.") from None


def _values(profile: PrinterProfile | None) -> dict[str, str]:
    if profile is None:
        return {}
    limits = {
        member.name: f"{value:g}"
        for member in fields(Limits)
        if (value := getattr(profile.limits, member.name)) != getattr(Limits(), member.name)
    }
    baud = "" if profile.baud is None else str(profile.baud)
    return {"baud": baud, "key_file": profile.key_file} | limits
