"""The lines at the bottom of the Console screen: to type G-code in, and what to find."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from gbterm.gcode.codes import Code, candidates
from gbterm.text import scrub
from gbterm.typed_commands import TypedCommands


def _keys(**actions: str) -> list[BindingType]:
    return [Binding(keys, action, show=False) for action, keys in actions.items()]


class _Line(Input, inherit_bindings=False):
    """A line that leaves the keys to the screen that it doesn't need to be typed in."""

    BINDINGS: ClassVar[list[BindingType]] = _keys(
        cursor_left="left",
        cursor_right="right",
        home="home,ctrl+a",
        end="end,ctrl+e",
        delete_left="backspace",
        delete_right="delete,ctrl+d",
        delete_left_word="ctrl+w",
        delete_left_all="ctrl+u",
        delete_right_all="ctrl+k",
        submit="enter",
    )

    def __init__(self, placeholder: str, name: str) -> None:
        super().__init__(placeholder=placeholder, id=name, compact=True, select_on_focus=False)
        self.cursor_blink = False


class CommandLine(_Line):
    """Tab completes, the arrow keys bring back what was typed before."""

    BINDINGS: ClassVar[list[BindingType]] = _keys(complete="tab", older="up", newer="down")

    class Pasted(Message):
        """More than one line at once."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class AtEnd(Message):
        """End was pressed where the line ends already."""

    def __init__(self, past: TypedCommands) -> None:
        super().__init__("G-code, as G28 or M105", "command")
        self.past = past
        self.stem = ""
        """What was typed, which Tab completes in one way after the other."""
        self._completed = self._recalled = ""

    @property
    def candidates(self) -> tuple[Code, ...]:
        """What it may become."""
        return candidates(self.stem)

    def put(self, text: str) -> None:
        """Have `text` on it."""
        self.value = text
        self.cursor_position = len(text)

    def watch_value(self, value: str) -> None:
        """What was typed is where Tab and the arrow keys begin anew."""
        if value != self._completed:
            self.stem = value
        if value != self._recalled:
            self.past.stay()

    def action_complete(self) -> None:
        """The next one of those that it may become."""
        names, typed = [code.name for code in self.candidates], self.value.upper()
        if names == [typed]:
            self.put(f"{typed} ")
        elif names:
            here = names.index(typed) if typed in names else -1
            self._completed = names[(here + 1) % len(names)]
            self.put(self._completed)

    def action_older(self) -> None:
        """What was typed before, of that what begins alike."""
        self._recall(self.past.older(self.value))

    def action_newer(self) -> None:
        """What was typed after it."""
        self._recall(self.past.newer(self.value))

    def _recall(self, text: str) -> None:
        self._recalled = text
        self.put(text)

    def action_end(self, select: bool = False) -> None:
        """To the end of the line, then to that of the lines."""
        if self.cursor_position == len(self.value):
            self.post_message(self.AtEnd())
        super().action_end(select)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text.strip()
        if len(text.splitlines()) > 1:
            self.post_message(self.Pasted(text))
        else:
            self.insert_text_at_cursor(scrub(text))


class FindLine(_Line):
    """What to find among the lines."""

    def __init__(self) -> None:
        super().__init__("part of a line", "sought")

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(scrub(event.text.strip()))
