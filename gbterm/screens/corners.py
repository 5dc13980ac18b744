"""Levelling the bed by its screws, corner by corner; left at any point, the nozzle is lifted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gbterm.bed_corners import CORNERS
from gbterm.model import Phase, PrinterState
from gbterm.screens.dialog import Dialog

if TYPE_CHECKING:
    from gbterm.screens.base import Console

SCREW = (
    "Slide a sheet of paper below the nozzle, and turn the screw there until it just drags."
    " Go round again until no screw needs a turn."
)


class CornersScreen(Dialog[None]):
    """The nozzle is at the first corner as it opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "End", show=False),
        Binding("enter,n", "step(1)", "Next", show=False),
        Binding("b", "step(-1)", "Back", show=False),
        *(
            Binding(str(number), f"go({number - 1})", name, show=False)
            for number, name in enumerate(CORNERS, 1)
        ),
    ]
    HINT = "Enter goes on, b back, 1 to 5 to one of them, Esc lifts the nozzle and ends."

    where = getters.query_one("#where", Static)

    def __init__(self) -> None:
        super().__init__()
        self._corner = 0
        self._is_on_its_way = False

    @property
    def console(self) -> Console:
        """The app."""
        return cast("Console", self.app)

    def head(self) -> Iterable[Widget]:
        """Where it is."""
        yield Static(Content("Levelling the bed by hand"), classes="title")
        yield Static(Content(self._told()), id="where")

    def text(self) -> Iterable[Widget]:
        """What to do there."""
        yield Static(Content(SCREW))

    def on_mount(self) -> None:
        """A print, or an error, ends it."""
        super().on_mount()
        self.watch(self.app, "state", self._follow, init=False)

    def on_unmount(self) -> None:
        """However it is left."""
        self.console.perform(partial(self.console.backend.visit_corner, None))

    def _follow(self, state: PrinterState) -> None:
        if state.phase is not Phase.READY:
            self.dismiss(None)

    def _told(self) -> str:
        way = "On its way to" if self._is_on_its_way else "The nozzle is at"
        name = CORNERS[self._corner] + ("" if self._corner == 4 else " corner")
        return f"{way} the {name} ({self._corner + 1} of {len(CORNERS)})."

    def action_step(self, by: int) -> None:
        """The next one, the first after the last."""
        self.action_go((self._corner + by) % len(CORNERS))

    def action_go(self, corner: int) -> None:
        """To that one, once it stands."""
        if not self._is_on_its_way:
            self._corner, self._is_on_its_way = corner, True
            self._show()
            self.console.perform(self._visit)

    async def _visit(self) -> None:
        try:
            await self.console.backend.visit_corner(self._corner)
        finally:
            self._is_on_its_way = False
            self._show()

    def _show(self) -> None:
        if self.is_open:
            self.where.update(Content(self._told()))
            self.fit()

    def action_leave(self) -> None:
        """Lift, and back to where one was."""
        self.dismiss(None)
