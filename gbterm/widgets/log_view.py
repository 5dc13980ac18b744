"""The lines of the G-code console on the screen."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from gbterm.widgets.panel import Line, Panel
from gbterm.widgets.scrollback import NOTE, Row, Scrollback
from gbterm.widgets.words import clock

WHOLE_PREFIX = 70
"""From so many columns on a line has milliseconds and its direction in a word."""
TIMES = 30
"""From so many on it has its time at all."""
_SIGNS = {"out": (">", "sent"), "in": ("<", "said")}
_ALARMS = ("Error:", "!!", "Resend:", "rs ", "fatal:")


class LogView(Panel, can_focus=True):
    """As many lines as there is room for: the last ones, or those that were scrolled to.

    It is drawn when told so (`update`), not when lines come.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_rows(-1)", "Up", show=False),
        Binding("down", "scroll_rows(1)", "Down", show=False),
        Binding("home", "first", "First", show=False),
    ]

    class Moved(Message):
        """Other lines are on show."""

    def __init__(self, scrollback: Scrollback) -> None:
        super().__init__()
        self.scrollback = scrollback
        self.is_following = True
        """Whether the last line stays in sight."""
        self.hidden: frozenset[str] = frozenset()
        """Kinds of lines that are not shown."""
        self.is_raw = self.is_wrapping = False
        """Whether line numbers and checksums are shown, and long lines whole."""
        self.leaps = False
        """Whether following moves on by half a page at a time, which takes far fewer bytes."""
        self.current: int | None = None
        """The number of the line that was found last."""
        self._top = (0, 0)

    # What is on show

    @property
    def below(self) -> int:
        """Rows below those in sight."""
        return max(0, len(self.scrollback.rows) - self._start() - self.content_size.height)

    @property
    def last_in_sight(self) -> int:
        """The number of the last line in sight."""
        rows = self.scrollback.rows[: self._start() + self.content_size.height]
        return rows[-1].entry.number if rows else 0

    def update(self) -> None:
        """Draw what came since the last time, and what is shown otherwise now."""
        width = self.content_size.width
        wrapped = max(1, width - _prefix_width(width)) if self.is_wrapping and width else 0
        self.scrollback.show(hidden=self.hidden, is_raw=self.is_raw, width=wrapped)
        if self.is_following:
            self._follow()
        self.redraw()

    def _start(self) -> int:
        return self.scrollback.row_of(self._top)

    def _last_start(self) -> int:
        return max(0, len(self.scrollback.rows) - self.content_size.height)

    def _follow(self) -> None:
        last = self._last_start()
        if self.leaps and last:
            start, height = self._start(), self.content_size.height
            if start + height >= len(self.scrollback.rows) > start:
                return
            last += height // 2
        self._go(last)

    def _go(self, row: int) -> None:
        rows = self.scrollback.rows
        self._top = rows[row].place if row < len(rows) else (0, 0)

    def lines(self, width: int) -> list[Line]:
        """A row each, to the last one of the widget."""
        start, height = self._start(), self.content_size.height
        rows = self.scrollback.rows[start : start + height]
        lines: list[Line] = [self._line(row, width) for row in rows]
        return lines + [""] * (height - len(lines))

    def _line(self, row: Row, width: int) -> Content:
        entry = row.entry
        if entry.direction == NOTE:
            return Content.styled(f"--- {row.text} ---", "bold").truncate(width, ellipsis=True)
        prefix = _prefix(entry.at, entry.direction, width)
        if row.part:
            prefix = " " * len(prefix)
        is_alarm = entry.direction == "in" and entry.text.startswith(_ALARMS)
        style = "bold $error" if is_alarm else "bold" if entry.direction == "out" else ""
        text = self._marked(Content.styled(row.text, style), row)
        return Content.assemble((prefix, "dim"), text).truncate(width, ellipsis=True)

    def _marked(self, text: Content, row: Row) -> Content:
        sought = self.scrollback.sought
        if not sought:
            return text
        style = "reverse bold underline" if row.entry.number == self.current else "reverse"
        plain, at = text.plain.lower(), -1
        while (at := plain.find(sought, at + 1)) >= 0:
            text = text.stylize(style, at, at + len(sought))
        return text

    # Moving in it

    def action_scroll_rows(self, rows: int) -> None:
        """Up, or down; at the end it follows again."""
        last = self._last_start()
        start = min(self._start(), last) if rows < 0 else self._start()
        self._show_from(start + rows)

    def action_page(self, pages: int) -> None:
        """A page up or down, with one row in common."""
        self.action_scroll_rows(pages * max(1, self.content_size.height - 1))

    def action_first(self) -> None:
        """The oldest line that is kept."""
        self._show_from(0)

    def action_follow(self) -> None:
        """The last line, and those that come."""
        self._show_from(len(self.scrollback.rows))

    def _show_from(self, row: int) -> None:
        self.is_following = row >= self._last_start()
        if not self.is_following:
            self._go(max(0, row))
        self.update()
        self.post_message(self.Moved())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.action_scroll_rows(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.action_scroll_rows(3)

    def on_resize(self) -> None:
        """Other rows fit, and are wrapped elsewhere."""
        self.update()

    # Looking for something

    def show_found(self, number: int) -> None:
        """Bring the line `number` into sight and stay there."""
        self.current = number
        row, start, height = self._row_of(number), self._start(), self.content_size.height
        if not start <= row < start + height:
            start = max(0, min(row - height // 2, self._last_start()))
        self.is_following = False
        self._go(start)
        self.update()
        self.post_message(self.Moved())

    def _row_of(self, number: int) -> int:
        return self.scrollback.row_of((number, 0))


def _prefix_width(width: int) -> int:
    return len(_prefix(0.0, "in", width))


def _prefix(at: float, direction: str, width: int) -> str:
    """Time and direction of a line, as many cells for every line."""
    sign, word = _SIGNS.get(direction, ("?", "?   "))
    if width >= WHOLE_PREFIX:
        return f"{_clock(int(at))}.{int(at * 1000) % 1000:03} {word} {sign} "
    return f"{_clock(int(at))} {sign} " if width >= TIMES else f"{sign} "


@lru_cache(256)
def _clock(at: int) -> str:
    return clock(at) or "--:--:--"
