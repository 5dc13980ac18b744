"""The layers of a file, one at a time, seen from above."""

from __future__ import annotations

from typing import ClassVar

from textual import events, getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from gbterm.backends.server_side import ServerSide
from gbterm.errors import GbtermError
from gbterm.files import FileDetails, GcodeFile
from gbterm.terminal import Glyphs
from gbterm.text import scrub
from gbterm.widgets.plan_view import PlanView
from gbterm.widgets.raster import Extent

KEYS = "↑↓ layer  PgUp PgDn ten  Home End  number, Enter  t travels  Esc back"
MANY = 1_000_000_000


class LayerScreen(ModalScreen[None]):
    """Reads a layer when it is wanted; on the way to it those in between are passed over."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,right", "go(1)", "Up", show=False),
        Binding("down,left", "go(-1)", "Down", show=False),
        Binding("pageup", "go(10)", "Ten up", show=False),
        Binding("pagedown", "go(-10)", "Ten down", show=False),
        Binding("home", f"go({-MANY})", "First", show=False),
        Binding("end", f"go({MANY})", "Last", show=False),
        Binding("enter", "go_to", "Go there", show=False),
        Binding("backspace", "erase", "Erase", show=False),
        Binding("t", "travels", "Travels", show=False),
        Binding("escape,q,v", "leave", "Back", show=False),
    ]
    CSS_PATH = "layers.tcss"

    view = getters.query_one(PlanView)
    keys = getters.query_one("#keys", Static)

    def __init__(self, backend: ServerSide, file: GcodeFile, draws: Glyphs, layer: int = 1) -> None:
        """`layer` is shown first."""
        super().__init__()
        self._backend, self._file, self._draws = backend, file, draws
        self._wanted, self._shown = layer, 0
        self._count: int | None = None
        self._typed = ""
        self._is_reading = False

    def compose(self) -> ComposeResult:
        """Whose layers they are, one of them, the keys."""
        yield Static(Content(scrub(self._file.name)), id="name")
        yield PlanView(self._draws)
        yield Static(KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin with the first."""
        self.view.bounds = _bounds(self._file.details)
        self.view.note = "Reading the layers ..."
        self._read()

    def on_key(self, event: events.Key) -> None:
        """A figure of a layer's number."""
        if event.key.isdecimal() and len(self._typed) < 9:
            event.stop()
            self._type(self._typed + event.key)

    def action_erase(self) -> None:
        """Take the last figure back."""
        self._type(self._typed[:-1])

    def action_go_to(self) -> None:
        """Go to the layer whose number was typed."""
        if self._typed:
            self._want(int(self._typed))
        self._type("")

    def action_go(self, layers: int) -> None:
        """Go up by so many, or down."""
        self._type("")
        self._want(self._wanted + layers)

    def action_travels(self) -> None:
        """Show the travels, or not."""
        self.view.travels = not self.view.travels

    def action_leave(self) -> None:
        """Take a number back, else go back to the list."""
        if self._typed:
            self._type("")
        else:
            self.dismiss(None)

    def _type(self, figures: str) -> None:
        if figures != self._typed:
            self._typed = figures
            self.keys.update(f"Layer {figures}: Enter goes there, Esc doesn't" if figures else KEYS)

    def _want(self, layer: int) -> None:
        self._wanted = max(1, min(layer, self._count or 1))
        if not self._is_reading:
            self._read()

    @work(group="layers", exit_on_error=False)
    async def _read(self) -> None:
        """One at a time: a server reads whatever it was asked for."""
        self._is_reading = True
        try:
            if self._count is None:
                self._count = (await self._backend.layers(self._file.id)).layers
                self.view.count = self._count
                self._wanted = max(1, min(self._wanted, self._count))
            while self._count and self._shown != self._wanted:
                layer = self._wanted
                geometry = await self._backend.layer_geometry(self._file.id, layer)
                self._shown, self.view.geometry = layer, geometry
            if not self._count:
                self.view.note = "This file shows no layers."
        except GbtermError as error:
            self._shown, self.view.geometry, self.view.note = 0, None, scrub(str(error))
        finally:
            self._is_reading = False


def _bounds(details: FileDetails) -> Extent | None:
    if len(details.low_mm) < 2 or len(details.high_mm) < 2:
        return None
    return Extent(*details.low_mm[:2], *details.high_mm[:2])
