"""What the value widgets share: lines of text that are drawn again only where they changed."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

Line = Content | str


class Panel(Widget):
    """Draws `lines()`; its height follows their number, its width is given from outside."""

    def lines(self, width: int) -> list[Line]:
        """The lines to draw, at most `width` cells each; longer ones are cut."""
        raise NotImplementedError

    def render(self) -> Content:
        """The lines, one below the other."""
        return Content("\n").join(self.lines(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        del container, viewport
        return len(self.lines(width))

    def redraw(self) -> None:
        """Draw again; lay the screen out again only where the number of lines changed."""
        layout = len(self.lines(self.content_size.width)) != self.content_size.height
        self.refresh(layout=layout)


def wrapped(text: Line, width: int, limit: int) -> list[Line]:
    """`text` in at most `limit` lines of `width` cells."""
    content = Content(text) if isinstance(text, str) else text
    lines: list[Line] = list(content.wrap(max(1, width)))
    if len(lines) > limit:
        rest = Content(" ").join(lines[limit - 1 :])
        lines[limit - 1 :] = [rest.truncate(width, ellipsis=True)]
    return lines
