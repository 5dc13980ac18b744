"""The keys of a screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gbterm.backends.base import Backend
from gbterm.keymap import BY_NAME, SCREENS, actions_of, key_of, screens
from gbterm.keymap.action import Action
from gbterm.keymap.keys import shown
from gbterm.screens.dialog import Reading
from gbterm.text import scrub
from gbterm.widgets.panel import Line, Panel, wrapped

_ABOUT = (
    "A print goes on when this console is closed or its line drops. "
    "Only {estop} and the question after {cancel} on the Job screen end one. "
    "A star marks the nozzle in use."
)
KEYS_WIDTH, HELP_LINES = 9, 4


class KeyTable(Panel):
    """Keys on the left, beside them what they do."""

    def __init__(self, actions: Iterable[Action], backend: Backend) -> None:
        super().__init__()
        self.actions, self.backend = tuple(actions), backend

    def lines(self, width: int) -> list[Line]:
        """One line an action, more where the terminal is narrow."""
        rows: list[Line] = []
        for action in self.actions:
            keys = f"{_keys(action):<{KEYS_WIDTH}}"
            for line in wrapped(self._about(action), width - KEYS_WIDTH, HELP_LINES):
                rows.append(Content.assemble((keys, "bold"), line))
                keys = " " * KEYS_WIDTH
        return rows

    def _about(self, action: Action) -> str:
        """What it does, and why that can't be done at all here."""
        if action.needs in self.backend.capabilities:
            return action.help
        return f"{action.help} (not here: {scrub(self.backend.lack(action.needs))})"


class HelpScreen(Reading):
    """Lists what keys do here and everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,q", "close", "Close", show=False),
        *(Binding(a.keys, f"leave_to('{a.name}')", a.title, id=a.name) for a in SCREENS),
    ]

    def __init__(self, screen: str, backend: Backend) -> None:
        super().__init__()
        self.about, self.backend = screen, backend

    def text(self) -> Iterable[Widget]:
        """The keys of the screen first."""
        actions = actions_of(self.about)
        if any(action.screen for action in actions):
            yield Static(f"On the {BY_NAME[self.about].title} screen", classes="title")
            yield KeyTable((action for action in actions if action.screen), self.backend)
        everywhere = (action for action in actions if not (action.screen or action.letter))
        yield Static("Everywhere", classes="title")
        yield KeyTable(everywhere, self.backend)
        yield Static("Screens", classes="title")
        yield Static(", ".join(f"{screen.shown} {screen.title}" for screen in screens()))
        about = _ABOUT.format(estop=key_of("estop"), cancel=key_of("cancel"))
        yield Static(Content(about), id="about")

    async def action_leave_to(self, screen: str) -> None:
        """The screen whose key one has just read."""
        self.dismiss(None)
        await self.app.run_action(f"show('{screen}')", self.app)


def _keys(action: Action) -> str:
    return " ".join(map(shown, action.keys.split(",")))
