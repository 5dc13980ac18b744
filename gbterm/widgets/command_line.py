"""The lines at the bottom of the Console screen: to type G-code in, and what to find."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.message import Message
from textual.widgets import Input

from gbterm.gcode.codes import Code, candidates
from gbterm.text import scrub
from gbterm.typed_commands import TypedCommands


class _Line(Input, inherit_bindings=False):
    """A line that takes as few keys as it can, for those of the screen work beside it.

    Its own keys are done as they come, and not by Textual's bindings: those wait until the keys
    behind them were typed, so that of keys in a burst, as from a paste or over a slow line, an
    Enter came after what belongs to the next line.
    """

    KEYS: ClassVar[dict[str, str]] = {
        "left": "cursor_left",
        "right": "cursor_right",
        "home": "home",
        "ctrl+a": "home",
        "end": "end",
        "backspace": "delete_left",
        "delete": "delete_right",
        "ctrl+d": "delete_right",
        "ctrl+w": "delete_left_word",
        "ctrl+u": "delete_left_all",
        "enter": "submit",
    }

    def __init__(self, placeholder: str, name: str) -> None:
        super().__init__(placeholder=placeholder, id=name, compact=True, select_on_focus=False)
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.key in self.KEYS:
            event.stop()
            event.prevent_default()
            await self.run_action(self.KEYS[event.key])

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.pasted(event.text.strip())

    def pasted(self, text: str) -> None:
        """Text came at once."""
        self.insert_text_at_cursor(scrub(text))


class FindLine(_Line):
    """What to find among the lines."""

    def __init__(self) -> None:
        super().__init__("part of a line", "sought")


class CommandLine(_Line):
    """Tab completes, the arrow keys bring back what was typed before."""

    KEYS: ClassVar[dict[str, str]] = _Line.KEYS | {
        "tab": "complete",
        "up": "older",
        "down": "newer",
    }

    class Entered(Message):
        """Enter was pressed, or several lines came at once; the line is empty again."""

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

    async def action_submit(self) -> None:
        """Hand over what was typed."""
        text = self.value
        with self.prevent(Input.Changed):
            self.put("")
        self.post_message(self.Entered(text))

    def pasted(self, text: str) -> None:
        """One line is as if it had been typed; more are handed over."""
        if len(text.splitlines()) > 1:
            self.post_message(self.Entered(text))
        else:
            super().pasted(text)

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
