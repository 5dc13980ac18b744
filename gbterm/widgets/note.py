"""A text that follows what it tells of."""

from __future__ import annotations

from textual.reactive import reactive

from gbterm.widgets.panel import Line, Panel, wrapped

LINES = 6


class Note(Panel):
    """`texts` one below the other, each wrapped."""

    texts: reactive[tuple[Line, ...]] = reactive((), repaint=False)

    def watch_texts(self) -> None:
        """There is something else to tell."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """As many as there are."""
        return [line for text in self.texts for line in wrapped(text, width, LINES)]
