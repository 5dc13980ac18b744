"""The layer that is printed, fetched when the print comes to it."""

from __future__ import annotations

from textual import getters, work
from textual.reactive import var

from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError
from gbterm.screens.frame import PrinterScreen
from gbterm.widgets.job_slice import layers_of
from gbterm.widgets.plan_view import PlanView
from gbterm.widgets.raster import Spot

WAITING = "The layer is drawn once the print has come to one."
Layer = tuple[int, int]
"""A file by its id in the library, and the number of a layer of it."""


class LayerWatch(PrinterScreen):
    """Keeps a plan view at the layer that is printed, one question at a time.

    On a slow line it is shown only where somebody asks for it.
    """

    wants_layer: var[bool] = var(False)
    """Whether somebody asked to see it where there is room only for that."""

    view = getters.query_one(PlanView)

    def plan_view(self) -> PlanView:
        """The widget, for the screen's content."""
        self._shown: Layer | None = None
        self._asking = False
        return PlanView(self.app.draws)

    def on_mount(self) -> None:
        """Know the line."""
        super().on_mount()
        self.set_class(self.app.terminal.slow, "-slow")

    def watch_wants_layer(self) -> None:
        """Show or hide it."""
        self.set_class(self.wants_layer, "-layer")
        self.call_after_refresh(self.follow_layer)

    def action_layer_view(self) -> None:
        """v."""
        self.wants_layer = not self.wants_layer

    def on_screen_resume(self) -> None:
        """It may have changed meanwhile."""
        self.follow_layer()

    def on_resize(self) -> None:
        """There may be room for it now."""
        self.call_after_refresh(self.follow_layer)

    def follow_layer(self) -> None:
        """Ask for the layer where it is another one, somebody sees it, and nothing is asked."""
        if not self.is_mounted or not self.view.region.area or not self.is_current:
            return
        self.view.head = self._head()
        wanted = self._wanted()
        if wanted is None:
            self.view.geometry, self.view.note, self._shown = None, WAITING, None
        elif wanted != self._shown and not self._asking:
            self._asking = True
            self._fetch(wanted)

    def _head(self) -> Spot | None:
        """Where it is, unless every cell that moves is dear."""
        at = self.app.state.position
        if at.x is None or at.y is None or self.app.terminal.slow:
            return None
        return at.x, at.y

    def _wanted(self) -> Layer | None:
        state = self.app.state
        layers = layers_of(state.job)
        able = Capability.LAYERS in self.app.backend.capabilities
        if state.job is None or state.job.file_id is None or not able or layers is None:
            return None
        self.view.count = layers[1]
        return (state.job.file_id, layers[0]) if layers[0] else None

    @work(group="layer", exit_on_error=False)
    async def _fetch(self, wanted: Layer) -> None:
        try:
            self.view.geometry = await self.app.backend.layer_geometry(*wanted)
        except GbtermError as error:
            self.view.geometry, self.view.note = None, str(error)
        finally:
            self._shown, self._asking = wanted, False
        self.follow_layer()
