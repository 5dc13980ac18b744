"""How the bed lies, as the board measured it; measuring it, and levelling by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gbterm.backends.capability import Capability
from gbterm.bed_mesh import Mesh
from gbterm.errors import GbtermError
from gbterm.model import PrinterState
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.dialog import Reading
from gbterm.text import scrub
from gbterm.widgets.bed import BedAccount, BedTable

if TYPE_CHECKING:
    from gbterm.screens.base import Console

Ask = Callable[[], Awaitable[Mesh]]
PROBE = partial(ConfirmScreen, yes="Probe the bed", no="Don't")


class BedScreen(Reading):
    """Asks for the mesh as it opens. It can be left at any time: a probing goes on, and says so."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "probe", "Probe", show=False),
        Binding("o", "switch", "On or off", show=False),
        Binding("s", "store", "Store", show=False),
    ]

    table = getters.query_one(BedTable)
    account = getters.query_one(BedAccount)

    @property
    def console(self) -> Console:
        """The app."""
        return cast("Console", self.app)

    def head(self) -> Iterable[Widget]:
        """What it is."""
        yield Static(Content("The bed, seen from the front"), classes="title")
        yield BedAccount()

    def text(self) -> Iterable[Widget]:
        """Its heights."""
        yield BedTable()

    def hint(self) -> str:
        """What this printer can do."""
        probes = Capability.PROBE in self.console.backend.capabilities
        return f"{'p probes it, ' if probes else ''}o levels by it or not, s stores it, Esc closes."

    def on_mount(self) -> None:
        """Ask."""
        super().on_mount()
        self.watch(self.app, "state", self._follow, init=False)
        self._look()

    @work(exit_on_error=False)
    async def _look(self) -> None:
        try:
            self._show(await self.console.backend.bed_mesh())
        except GbtermError as error:
            self._tell(scrub(str(error)))

    def _show(self, mesh: Mesh) -> None:
        if self.is_open:
            self.table.mesh = self.account.mesh = mesh
            self._tell("")

    def _tell(self, news: str) -> None:
        if self.is_open:
            self.account.news = news
            self.fit()

    def _follow(self, state: PrinterState) -> None:
        """How far the probing is, also one that somebody else began."""
        if "prob" in state.waiting_for:
            self._tell(f"Waiting for {scrub(state.waiting_for)}. You may close this: it goes on.")
        elif self.account.news.startswith("Waiting"):
            self._tell("")

    def action_probe(self) -> None:
        """Ask, then measure."""
        if Capability.PROBE not in self.console.backend.capabilities:
            self.console.say("This printer has no probe: level it by hand.", "warning")
            return
        probe = self.console.backend.probe_bed
        self.console.perform(
            partial(self._ask, probe),
            agreed=partial(self._ask, partial(probe, confirmed=True)),
            asks=PROBE,
            then=self._done,
        )

    def action_switch(self) -> None:
        """Level by the mesh, or not any more."""
        enabled = not (self.account.mesh is not None and self.account.mesh.is_active)
        self.console.perform(
            partial(self._ask, partial(self.console.backend.set_levelling, enabled=enabled))
        )

    def action_store(self) -> None:
        """Ask, then keep it past a reset."""
        store = self.console.backend.store_mesh

        async def stored() -> None:
            self.console.say("The mesh is stored.")

        self.console.perform(
            partial(self._ask, store),
            agreed=partial(self._ask, partial(store, confirmed=True)),
            asks=partial(ConfirmScreen, yes="Store it", no="Don't"),
            then=stored,
        )

    async def _ask(self, call: Ask) -> None:
        self._show(await call())

    async def _done(self) -> None:
        self.console.say("The bed is probed, and levelled by that until the board is reset.")
