"""The frame that every main screen has, and the state as it is cut for its widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

from gbterm.keymap import BY_NAME, actions_of
from gbterm.keymap.action import Action
from gbterm.model import Message, PrinterState
from gbterm.screens.base import Console
from gbterm.widgets import slices
from gbterm.widgets.bars import KeyBar, TopBar
from gbterm.widgets.job_slice import Progress, progress
from gbterm.widgets.status import StatusPanel


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """Textual's bindings of `actions`; the id is what a key map names."""
    return [
        Binding(a.keys, a.does, a.title, id=a.name, tooltip=a.help, priority=a.priority)
        for a in actions
    ]


class PrinterScreen(Screen[None]):
    """A main screen: a line on top, the content, the keys below; the state in slices."""

    NAME: ClassVar[str]
    app = getters.app(Console)

    status: var[slices.Status] = var(slices.Status())
    heaters: var[tuple[slices.Heater, ...]] = var(())
    motion: var[slices.Motion] = var(slices.Motion())
    job: var[Progress | None] = var(None)
    messages: var[tuple[Message, ...]] = var(())
    possible: var[frozenset[str]] = var(frozenset(), bindings=True)

    def compose(self) -> ComposeResult:
        """The frame around `content()`."""
        yield TopBar(self.app.backend.name, self.NAME).data_bind(PrinterScreen.status)
        yield from self.content()
        yield KeyBar(self.NAME).data_bind(PrinterScreen.possible)

    def content(self) -> Iterable[Widget]:
        """The widgets between the two bars."""
        raise NotImplementedError

    def status_panel(self) -> StatusPanel:
        """What goes on, with the keys that are of use on this screen."""
        panel = StatusPanel(self.NAME, self.app.starts)
        panel.data_bind(PrinterScreen.status, PrinterScreen.possible)
        return panel

    def on_mount(self) -> None:
        """Follow the app's state, on top or not."""
        self.watch(self.app, "state", self.show_state)
        self.watch(self.app, "fresh", lambda: self.show_state(self.app.state), init=False)
        self.watch(self.app, "noted", self.show_messages)
        self.app.mode_change_signal.subscribe(self, lambda _: self.redraw_bars())

    def redraw_bars(self) -> None:
        """Other keys may do things now."""
        self.query_one(TopBar).refresh()
        self.query_one(KeyBar).redraw()

    def show_state(self, state: PrinterState) -> None:
        """Cut the state into slices; one that is equal to the last draws nothing."""
        fresh = self.app.fresh
        self.status = slices.status(state, fresh)
        self.heaters = slices.heaters(state, self.app.trend, is_old=fresh.is_old)
        self.motion = slices.motion(state, is_old=fresh.is_old)
        self.job = progress(state, is_old=fresh.is_old)
        self.show_messages()
        self.update_possible()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Those of a screen don't come to the app by themselves."""
        self.app.on_worker_state_changed(event)

    def show_messages(self) -> None:
        """Those of the printer and those of the console by their time."""
        self.messages = slices.messages(self.app.state, self.app.noted)

    def update_possible(self) -> None:
        """Find out again which actions are possible."""
        self.possible = self.app.possible - self.impossible()

    def impossible(self) -> set[str]:
        """The actions that the printer could do, but this screen can't now."""
        return set()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None, which greys the key, for an action that is not possible now."""
        del parameters
        return None if action in BY_NAME and action not in self.possible else True


def screen_bindings(screen: str) -> list[BindingType]:
    """The bindings that belong to `screen` alone."""
    return bindings(a for a in actions_of(screen) if a.screen == screen)
