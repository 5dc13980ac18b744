"""The picture of a file."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import TYPE_CHECKING

from rich.segment import ControlType, Segment
from textual import work
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from gbterm.pictures import Pictures, cell_pixels

if TYPE_CHECKING:
    from gbterm.widgets.picture import Drawing

NO_PICTURE = "No picture"
_numbers = cycle(range(200, 256))
"""Under which the terminal holds pictures; other programs are likely to begin with 1."""


class Thumbnail(Widget):
    """Takes what it needs of its box; a bad picture is none, and none is said to be none.

    Where the terminal shows no pictures it isn't displayed and takes no room.
    """

    DEFAULT_CSS = "Thumbnail { width: 24; height: 10; }"

    png_base64: reactive[str] = reactive("", repaint=False)

    def __init__(self, how: Pictures) -> None:
        super().__init__()
        self.display = how is not Pictures.NONE
        cell = cell_pixels()
        # Sixels are pixels, so without the size of a cell nobody knows where they end.
        self._how = Pictures.BLOCKS if how is Pictures.SIXEL and cell is None else how
        self._cell = cell or (10, 20)
        self._number = next(_numbers)
        self._drawing: Drawing | None = None

    def watch_png_base64(self) -> None:
        """Another file's picture."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the new box."""
        self._draw()

    @work(exclusive=True, group="thumbnail", exit_on_error=False)
    async def _draw(self) -> None:
        """The last picture stays until the next one is ready."""
        new, box = None, self.content_size
        if self.display and box and self.png_base64:
            new = await asyncio.to_thread(self._drawn, self.png_base64, *box)
        if new != self._drawing:
            self._drawing = new
            self.refresh()

    def _drawn(self, png_base64: str, columns: int, rows: int) -> Drawing | None:
        # Only who sees pictures pays for what reads them.
        from gbterm.widgets import picture

        image = picture.decoded(png_base64)
        if image is None:
            return None
        ground = 0 if self.app.current_theme.dark else 255
        return picture.drawn(image, self._how, (columns, rows), self._cell, self._number, ground)

    def render_line(self, y: int) -> Strip:
        """A row of the box; what draws the rest of a picture goes with its first or last one."""
        width, style = self.content_size.width, self.rich_style
        if self._drawing is None:
            return Strip([Segment(NO_PICTURE if y == 0 else "", style)]).adjust_cell_length(width)
        strips, commands = self._drawing.strips, self._drawing.commands
        strip = strips[y] if y < len(strips) else Strip.blank(0)
        strip = strip.adjust_cell_length(width)
        if y != self._drawing.commanding or not self._is_in_sight():
            return strip
        at = f"\x1b7\x1b[{self.region.y + 1};{self.region.x + 1}H"
        # Textual leaves control segments as they are and counts no cells for them.
        control = Segment(f"{at}{commands}\x1b8", None, [(ControlType.CURSOR_FORWARD, 0)])
        return Strip([*strip, control], width)

    def _is_in_sight(self) -> bool:
        return self.screen.is_active and self.screen.region.contains_region(self.region)
