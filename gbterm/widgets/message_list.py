"""The last messages, newest at the bottom."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from gbterm.model import Message
from gbterm.widgets.panel import wrapped
from gbterm.widgets.words import clock

_LEVEL_STYLE = {"warning": "bold $warning", "error": "bold $error"}


class MessageList(Widget):
    """As many of the last messages as fit, with their time and, where it matters, level."""

    messages: reactive[tuple[Message, ...]] = reactive(())

    def render(self) -> Content:
        """The end of the list."""
        width, height = self.content_size
        if not self.messages:
            return Content("No messages yet.")
        rows: list[Content | str] = []
        for message in reversed(self.messages):
            rows[:0] = wrapped(_line(message), width, 3)
            if len(rows) >= height:
                break
        return Content("\n").join(rows[-height:] if height else [])


def _line(message: Message) -> Content:
    at = clock(message.at) or "--:--:--"
    level = "" if message.level == "info" else f"{message.level.upper()}: "
    return Content.assemble(
        (at, "dim"), "  ", (level, _LEVEL_STYLE.get(message.level, "bold")), message.text
    )
