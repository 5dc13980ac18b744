"""Everything about the printer at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, work
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Rule

from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError
from gbterm.model import Phase, PrinterState, StreamStatistics
from gbterm.pictures import Pictures
from gbterm.screens.facts import Fact, FactsScreen
from gbterm.screens.frame import PrinterScreen, screen_bindings
from gbterm.screens.port import PortScreen
from gbterm.widgets import slices
from gbterm.widgets.about import about_disks, about_machine, about_printer, about_use
from gbterm.widgets.fact_line import FactLine
from gbterm.widgets.message_list import MessageList
from gbterm.widgets.progress import JobPanel
from gbterm.widgets.readings import HeaterPanel, MotionPanel
from gbterm.widgets.stream_words import stream_facts
from gbterm.widgets.thumbnail import Thumbnail

LOOK_EVERY_S = 10.0
"""How often the cable is asked about while the dashboard is on top."""
DETAILS_EVERY_S = 5.0


class DashboardScreen(PortScreen):
    """State, temperatures, position, job, cable and messages."""

    NAME = "dashboard"
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = screen_bindings("dashboard")

    link: var[str] = var("")
    statistics: var[StreamStatistics | None] = var(None)
    pictured: var[int | None] = var(None)
    """The file whose picture is shown or asked for, by its id in the library."""

    thumbnail = getters.query_one(Thumbnail)

    def content(self) -> Iterable[Widget]:
        """From top to bottom; readings side by side where there is room."""
        yield self.status_panel()
        with Container(id="readings"):
            yield HeaterPanel().data_bind(PrinterScreen.heaters)
            yield MotionPanel().data_bind(PrinterScreen.motion)
        with Container(id="print"):
            with Vertical():
                yield JobPanel().data_bind(PrinterScreen.job)
                yield FactLine("Cable").data_bind(fact=DashboardScreen.link)
            with Container(id="picture"):
                yield Thumbnail(self.app.pictures)
        yield Rule()
        yield MessageList().data_bind(PrinterScreen.messages)

    def on_mount(self) -> None:
        """Ask now and then what no event tells."""
        super().on_mount()
        self.set_interval(LOOK_EVERY_S, self.look)

    def on_screen_resume(self) -> None:
        """Nobody asked meanwhile."""
        self.look()

    def show_state(self, state: PrinterState) -> None:
        """Also what only this screen shows."""
        was = self.status.phase
        super().show_state(state)
        self.link = slices.link(state, self.statistics)
        self.pictured = state.job.file_id if state.job else None
        if was in (Phase.DISCONNECTED, Phase.CONNECTING):
            self.look()

    def look(self) -> None:
        """Ask how the cable fares, where somebody sees it."""
        able = Capability.STATISTICS in self.app.backend.capabilities
        if able and self.is_current and self.app.state.phase is not Phase.DISCONNECTED:
            self._look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        try:
            self.statistics = await self.app.backend.stream_statistics()
        except GbtermError:
            self.statistics = None
        self.link = slices.link(self.app.state, self.statistics)

    # The picture of the file that is printed

    def watch_pictured(self) -> None:
        """Another file."""
        able = Capability.FILES in self.app.backend.capabilities
        shows = self.app.pictures is not Pictures.NONE
        if shows and able and self.pictured is not None:
            self._picture(self.pictured)
        else:
            self._show_picture("")

    @work(group="picture", exclusive=True, exit_on_error=False)
    async def _picture(self, file_id: int) -> None:
        try:
            self._show_picture((await self.app.backend.file(file_id)).thumbnail_png_base64)
        except GbtermError:
            self._show_picture("")

    def _show_picture(self, png_base64: str) -> None:
        self.thumbnail.png_base64 = png_base64
        self.set_class(bool(png_base64), "-pictured")

    # Details

    def action_details(self) -> None:
        """Show what is needed seldom."""
        self.app.push_screen(FactsScreen("Details", self._details, DETAILS_EVERY_S))

    async def _details(self) -> list[Fact]:
        backend = self.app.backend
        able = backend.capabilities
        told = about_printer(
            self.app.state.firmware, backend.name, backend.address, backend.host_version
        )
        if backend.machine is not None:
            told += [("Profile", ""), *about_machine(backend.machine)]
        if Capability.STATISTICS in able:
            told += [("Stream", ""), *stream_facts(await backend.stream_statistics())]
        if Capability.COUNTERS in able:
            told += [("Hours of use", ""), *about_use(await backend.counters())]
        if Capability.DISKS in able:
            told += [("Disks", ""), *about_disks(await backend.disks())]
        return told
