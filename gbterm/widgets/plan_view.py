"""A layer of a file seen from above."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from gbterm.files import LayerGeometry
from gbterm.terminal import Glyphs
from gbterm.widgets.panel import changed_cells, wrapped
from gbterm.widgets.raster import Extent, Spot, View, drawn, extent, fitted

NOTHING_PRINTED = "Nothing is printed on this layer."
_MISSING = {
    "": "",
    "thinned": "thinned: details are left out",
    "cut": "cut: only its beginning is shown",
}
_MARK = Style(reverse=True, bold=True)


class PlanView(Widget):
    """Fills its box: a line that says what is seen, below it the layer as large as fits.

    Extrusions are lines, travels dots, the head a mark in reverse video. `bounds`, the space of
    the whole file, keeps the scale from one layer to the next.
    """

    DEFAULT_CSS = "PlanView { width: 1fr; height: 1fr; }"

    geometry: reactive[LayerGeometry | None] = reactive(None, repaint=False)
    bounds: reactive[Extent | None] = reactive(None, repaint=False)
    count: reactive[int | None] = reactive(None, repaint=False)
    """How many layers the file has."""
    travels: reactive[bool] = reactive(False, repaint=False)
    note: reactive[str] = reactive("", repaint=False)
    """Shown while there is no geometry."""
    head: reactive[Spot | None] = reactive(None, repaint=False)
    """Where the head is, in mm; outside of what is drawn it isn't shown."""

    def __init__(self, draws: Glyphs) -> None:
        super().__init__()
        self.draws = draws
        self._box = Size(0, 0)
        self._view: View | None = None
        self._rows: list[str] = []
        self._mark: tuple[int, int] | None = None

    def watch_geometry(self) -> None:
        """Another layer, or none."""
        self._redraw()

    def watch_bounds(self) -> None:
        """Another scale."""
        self._redraw()

    def watch_count(self) -> None:
        """Their number became known."""
        self._redraw()

    def watch_travels(self) -> None:
        """Travels are shown, or not."""
        self._redraw()

    def watch_note(self) -> None:
        """There is another reason for there being no layer."""
        if self.geometry is None:
            self._redraw()

    def watch_head(self) -> None:
        """Draw the cells that the head left and came to."""
        old, self._mark = self._mark, self._head_cell()
        if old != self._mark:
            self.refresh(*(Region(*cell, 1, 1) for cell in (old, self._mark) if cell))

    def render_line(self, y: int) -> Strip:
        """A row of the box."""
        if self._box != self.content_size:
            self._lay_out()
        width, style = self._box.width, self.rich_style
        row = self._rows[y] if y < len(self._rows) else ""
        strip = Strip([Segment(row, style)]).adjust_cell_length(width, style)
        if self._mark is None or self._mark[1] != y:
            return strip
        before, _, after = strip.divide([self._mark[0], self._mark[0] + 1, width])
        sign = "@" if self.draws is Glyphs.ASCII else "●"
        return Strip.join([before, Strip([Segment(sign, style + _MARK)]), after])

    def _redraw(self) -> None:
        """Draw the cells that changed."""
        old, mark = self._rows, self._mark
        self._lay_out()
        changed = [
            changed_cells(y, Content(before), Content(after))
            for y, (before, after) in enumerate(zip(old, self._rows, strict=False))
        ]
        if len(old) != len(self._rows) or mark != self._mark:
            self.refresh()
        elif regions := [region for region in changed if region]:
            self.refresh(*regions)

    def _lay_out(self) -> None:
        self._box = self.content_size
        width, height = self._box
        layer = self.geometry
        self._view, picture = None, list[str]()
        if layer is None:
            above = _plain(self.note, width)
        elif (shown := extent(layer.paths)) is None:
            above = [_caption(layer, None, self.count, width), *_plain(NOTHING_PRINTED, width)]
        else:
            above = [_caption(layer, shown, self.count, width)]
            self._view = fitted(shown.joined(self.bounds), width, max(0, height - 1))
            picture = drawn(layer.paths, self._view, self.draws, travels=self.travels)
        self._rows = [*above, *picture][:height]
        self._mark = self._head_cell()

    def _head_cell(self) -> tuple[int, int] | None:
        """The column and row of the head in the box."""
        cell = self._view.cell(self.head) if self._view and self.head else None
        return None if cell is None else (cell[0], cell[1] + 1)


def _plain(text: str, width: int) -> list[str]:
    return [str(line) for line in wrapped(text, width, 4)]


def _caption(layer: LayerGeometry, shown: Extent | None, count: int | None, width: int) -> str:
    """What is seen, in `width` cells; what is missing of it is said to the last."""
    number, z_mm = layer.layer, layer.z_mm
    of, short = (f" of {count}", f"/{count}") if count else ("", "")
    z = "" if z_mm is None else f"Z {z_mm:.2f}"
    size = f"{shown.right - shown.left:.1f} x {shown.back - shown.front:.1f} mm" if shown else ""
    missing = "cut" if layer.cut else "thinned" if layer.thinned else ""
    spelt = (
        (f"Layer {number}{of}", z and f"{z} mm", size, _MISSING[missing]),
        (f"Layer {number}{of}", z and f"{z} mm", size, missing),
        (f"Layer {number}{short}", z, size, missing),
        (f"Layer {number}{short}", z, missing),
        (f"{number}{short}", missing),
    )
    captions = ["  ".join(fact for fact in facts if fact) for facts in spelt]
    return next((caption for caption in captions if len(caption) <= width), captions[-1])
