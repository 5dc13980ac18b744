"""A fact under its name."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm.widgets.panel import Line, Panel, wrapped


class FactLine(Panel):
    """One line, two where the screen is narrow, none while there is no fact."""

    fact: reactive[str] = reactive("", repaint=False)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.label = name

    def watch_fact(self) -> None:
        """It changed."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """The name and the fact."""
        text = Content.assemble((f"{self.label:<9}", "bold"), self.fact)
        return wrapped(text, width, 2) if self.fact else []
