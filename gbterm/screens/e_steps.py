"""Calibrating an extruder: a temperature, a mark, the push, what is left, and the new value.

Each step is a question of its own, and leaving any of them changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gbterm import e_steps
from gbterm.errors import GbtermError, NeedsConfirmation
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Console
from gbterm.screens.confirm import ConfirmScreen
from gbterm.screens.dialog import Dialog
from gbterm.screens.numbers import number
from gbterm.text import scrub

USUAL_C, MOST_C = 200.0, 500.0
LEFT = "How many mm are left to the mark?"
LEFT_NOTE = "From where the filament goes in; 20 where the extruder is right already."


class PushScreen(Dialog[bool]):
    """Heats and pushes as it opens; true once all was pushed. Leaving ends it after a piece."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]
    HINT = "Esc ends it: the nozzle is as warm as before then, and nothing is changed."

    app = getters.app(Console)
    news = getters.query_one("#news", Static)

    def __init__(self, nozzle: int, target: float) -> None:
        super().__init__()
        self.nozzle, self.target = nozzle, target

    def head(self) -> Iterable[Widget]:
        """How far it is."""
        yield Static(
            Content(f"Calibrating the extruder of nozzle {self.nozzle + 1}"), classes="title"
        )
        yield Static(id="news")

    def on_mount(self) -> None:
        """Begin."""
        super().on_mount()
        self._push()

    @work(exit_on_error=False)
    async def _push(self) -> None:
        try:
            await e_steps.push(self.app.backend, self.nozzle, self.target, self._tell)
        except GbtermError as error:
            self.app.say(str(error), "error")
            self.dismiss(False)
        else:
            self.dismiss(True)

    def _tell(self, news: str) -> None:
        if self.is_open:
            self.news.update(Content(scrub(news)))

    def action_leave(self) -> None:
        """Its worker ends with it, and cleans up behind itself."""
        self.dismiss(False)


async def calibrate(app: Console, nozzle: int) -> None:
    """The whole conversation. Raises `GbtermError`."""
    backend = app.backend
    e_steps.require(backend, nozzle)
    now = await e_steps.setting(backend, nozzle)
    target = await _number(app, "Push filament at which temperature?", "In °C.", f"{USUAL_C:g}")
    if target is None or not await _agrees(app, str(e_steps.question(nozzle, target)), "Push"):
        return
    if not await app.push_screen_wait(PushScreen(nozzle, target)):
        app.say("Nothing was changed.")
        return
    left = await _number(app, LEFT, LEFT_NOTE, "20")
    if left is None:
        app.say("Nothing was changed.")
        return
    then = e_steps.corrected(now.value, left)
    if e_steps.is_odd(now.value, then) and not await _agrees(app, e_steps.QUESTION_ODD, "It was"):
        return
    if not await _agrees(app, f"{now.name} is {now.value} and becomes {then}. Set it?", "Set it"):
        app.say("Nothing was changed.")
        return
    await backend.set_board_settings({now.name: then}, confirmed=True)
    await _store(app, f"{now.name} is {then} now")


async def _store(app: Console, done: str) -> None:
    try:
        await app.backend.store_board_settings()
    except NeedsConfirmation as ask:
        if not await _agrees(app, str(ask), "Store it"):
            app.say(f"{done}, and not stored: a restart of the board takes it back.")
            return
        await app.backend.store_board_settings(confirmed=True)
    app.say(f"{done}, and stored.")


async def _agrees(app: Console, question: str, yes: str) -> bool:
    sure: bool | None = await app.push_screen_wait(ConfirmScreen(question, yes=yes, no="Don't"))
    return bool(sure)


async def _number(app: Console, title: str, note: str, value: str) -> float | None:
    check = partial(number, what="It", least=0, most=MOST_C, unit="the kind that is asked for")
    ask: AskScreen[float] = AskScreen(title, check, note=note, value=value)
    return await app.push_screen_wait(ask)
