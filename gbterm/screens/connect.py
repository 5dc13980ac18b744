"""On the way to another printer: its host is started, its server reached, its key asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import getters, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gbterm import credentials
from gbterm.backends.absent import NoPrinter
from gbterm.backends.base import Backend
from gbterm.beside import beside
from gbterm.errors import AuthenticationRefused, GbtermError
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Console
from gbterm.screens.choose import ChooseScreen
from gbterm.screens.dialog import Dialog
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.cli.opening import Opened

WIDEST = 120
"""Cells of the whole frame."""
GRANTED = ("Ask the server for one", "you allow it on its web page")
TYPED = ("Type a key", "one that you have")


@dataclass(frozen=True, slots=True)
class Connected:
    """A printer that is connected, maybe with a key that was typed or granted for it."""

    opened: Opened
    backend: Backend
    is_key_new: bool = False


class ConnectScreen(Dialog[Connected | None]):
    """Returns the printer once it is connected; None where that failed or the user left.

    The printer on show stays connected meanwhile.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False),
        Binding("enter", "close", "Close", show=False),
    ]
    app = getters.app(Console)
    said = getters.query_one("#said", Static)

    def __init__(self, name: str, opens: Callable[[], Opened]) -> None:
        """`opens` blocks."""
        super().__init__()
        self._printer, self._opens = scrub(name), opens
        self._connected: Connected | None = None
        self._failed = False
        self._to_do: tuple[str, str] | None = None
        """What somebody has to do for a key, and the page that asks for it."""

    def hint(self) -> str:
        """Where Esc leads."""
        if isinstance(self.app.backend, NoPrinter):
            return "Esc goes back."
        return "Esc stays with the printer that is on show."

    def head(self) -> Iterable[Widget]:
        """To whom."""
        yield Static(Content(f"Connecting to {self._printer}"), classes="title")

    def text(self) -> Iterable[Widget]:
        """How it goes."""
        yield Static("Please wait: a board may take a while to start.", id="said")

    def on_mount(self) -> None:
        """Begin."""
        super().on_mount()
        self._connect()

    def on_screen_resume(self) -> None:
        """Something else lay on top, as the emergency stop does."""
        self._end()

    @work(exit_on_error=False)
    async def _connect(self) -> None:
        try:
            opened = await beside(self._opens)
            self._connected = await self._reached(opened)
        except GbtermError as error:
            self._failed = True
            self.said.update(Content.styled(scrub(str(error)), "bold $error"))
            self.fit()
        self._end()

    async def _reached(self, opened: Opened) -> Connected | None:
        """With a key, where the server asks for one and the user has it."""
        is_key_new = False
        while True:
            backend = opened.backend()
            if (watched := self.app.others.take(backend)) is not None:
                await backend.close()
                return Connected(opened, watched, is_key_new)
            try:
                await backend.connect()
            except AuthenticationRefused as refusal:
                await backend.close()
                if not opened.target.takes_credentials:
                    raise
                key = await self._key(backend, refusal)
                if key is None:
                    raise
                opened, is_key_new = opened.with_key(key), True
            except BaseException:
                await backend.close()
                raise
            else:
                return Connected(opened, backend, is_key_new)

    async def _key(self, refused: Backend, refusal: GbtermError) -> str | None:
        """The key that the server grants, or that the user types; None where the user leaves."""
        title = f"The key for {self._printer}"
        if refused.grants_keys:
            ways = ChooseScreen(title, (GRANTED, TYPED), note=str(refusal))
            way = await self.app.push_screen_wait(ways)
            if way is None:
                return None
            if way == 0:
                return await refused.ask_for_key(self._tell)
        typed = AskScreen(title, credentials.checked, note=str(refusal))
        return await self.app.push_screen_wait(typed)

    def on_resize(self) -> None:
        """The address may fit now."""
        super().on_resize()
        if self._to_do is not None and not self._failed:
            self._tell(*self._to_do)

    def _tell(self, what_to_do: str, address: str) -> None:
        """With the address only where it fits into a line, for a broken one can't be opened."""
        self._to_do = what_to_do, address
        fits = len(address) <= min(self.app.size.width, WIDEST) - 2
        self.frame.set_class(fits, "whole")
        page = f" This page asks at once:\n\n{scrub(address)}\n\n" if fits else " "
        self.said.update(Content(f"{scrub(what_to_do)}{page}This console waits for it."))
        self.fit()

    def _end(self) -> None:
        """Leave with the printer, once there is one and nothing lies on top."""
        if self._connected is not None and self.is_active:
            self.dismiss(self._connected)

    async def action_leave(self) -> None:
        """Esc."""
        self.workers.cancel_node(self)
        if self._connected is not None:
            with suppress(GbtermError):
                await self._connected.backend.close()
        self.dismiss(None)

    def action_close(self) -> None:
        """Enter, once there is nothing to wait for."""
        if self._failed:
            self.dismiss(None)
