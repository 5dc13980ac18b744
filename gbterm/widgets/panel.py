"""What the value widgets share: lines of text that are drawn again only where they changed."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget

Line = Content | str


class Panel(Widget):
    """Draws `lines()`; its height follows their number, its width is given from outside."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: list[Content] = []

    def lines(self, width: int) -> list[Line]:
        """The lines to draw, at most `width` cells each; longer ones are cut."""
        raise NotImplementedError

    def render(self) -> Content:
        """The lines, one below the other."""
        self._drawn = self._contents()
        return Content("\n").join(self._drawn)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        del container, viewport
        return len(self.lines(width))

    def redraw(self) -> None:
        """Draw the changed cells; lay the screen out again only for more or fewer lines."""
        old, new = self._drawn, self._contents()
        if len(new) != self.content_size.height or len(new) != len(old):
            self.refresh(layout=True)
        else:
            changed = [changed_cells(y, *pair) for y, pair in enumerate(zip(old, new, strict=True))]
            if regions := [region for region in changed if region]:
                self.refresh(*regions)

    def _contents(self) -> list[Content]:
        lines = self.lines(self.content_size.width)
        return [Content(line) if isinstance(line, str) else line for line in lines]


def changed_cells(y: int, old: Content, new: Content) -> Region:
    """The cells of row `y` that `new` draws otherwise than `old`; empty for none."""
    if old.is_same(new):
        return Region()
    width = max(old.cell_length, new.cell_length)
    characters_are_cells = all(len(line) == line.cell_length for line in (old, new))
    if old.spans != new.spans or not characters_are_cells:
        return Region(0, y, width, 1)
    pairs = zip(old.plain.ljust(width), new.plain.ljust(width), strict=True)
    cells = [x for x, (before, after) in enumerate(pairs) if before != after]
    return Region(cells[0], y, cells[-1] + 1 - cells[0], 1) if cells else Region()


def wrapped(text: Line, width: int, limit: int) -> list[Line]:
    """`text` in at most `limit` lines of `width` cells."""
    content = Content(text) if isinstance(text, str) else text
    lines: list[Line] = list(content.wrap(max(1, width)))
    if len(lines) > limit:
        rest = Content(" ").join(lines[limit - 1 :])
        lines[limit - 1 :] = [rest.truncate(width, ellipsis=True)]
    return lines
