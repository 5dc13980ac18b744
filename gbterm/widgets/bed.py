"""The mesh of a bed: heights as numbers, shaded and, where there is colour, coloured."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm import bed_table
from gbterm.bed_mesh import Mesh
from gbterm.widgets.panel import Line, Panel, wrapped

STYLES = ("$primary", "$secondary", "$success", "$warning", "$error")
"""From the lowest fifth to the highest."""


class BedTable(Panel):
    """The back of the bed on top, as one sees it who stands before the printer."""

    mesh: reactive[Mesh] = reactive(Mesh(), repaint=False)

    def watch_mesh(self) -> None:
        """It was told."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """A line for each row; none where nothing was measured."""
        width = max(width, 1)
        if not self.mesh.is_measured:
            return []
        below = Content.styled(bed_table.footing(self.mesh, width), "dim")
        rows: list[Line] = [
            Content.assemble(
                (line.label, "dim"),
                *(
                    (cell.text, "dim" if cell.level is None else STYLES[cell.level])
                    for cell in line.cells
                ),
            )
            for line in bed_table.lines(self.mesh, width)
        ]
        return [*rows, *wrapped(below, width, 2)]


class BedAccount(Panel):
    """What there is to say of it, what to do first; before that, what the printer is asked."""

    mesh: reactive[Mesh | None] = reactive(None, repaint=False)
    news: reactive[str] = reactive("Asking the printer ...", repaint=False)

    def watch_mesh(self) -> None:
        """It was told."""
        self.redraw()

    def watch_news(self) -> None:
        """Something else goes on."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """A sentence each; the first one stands out."""
        told: list[Line] = [self.news] if self.news else []
        if self.mesh is not None:
            first, *facts = bed_table.account(self.mesh)
            told += [Content.styled(first, "bold"), *facts]
        return [row for text in told for row in wrapped(text, width, 3)]
