"""Textual's way to the terminal, made frugal: knows Textual's internals, as the keyboard does.

Textual repaints rows and regions whole and waits for the terminal to take them. Here each cell is
sent when it differs from what the terminal shows, and nobody waits: what is painted while the line
is busy goes into the next frame, so a slow line shows fewer frames instead of late ones.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from functools import lru_cache
from typing import Any

from rich.color import Color, ColorSystem
from rich.console import RenderableType
from rich.style import Style
from textual import constants
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip

from gbterm.cells import Cells, cells_of
from gbterm.keyboard import Keyboard
from gbterm.terminal import size

LEAVE_S = 2.0
"""How long the end waits for a terminal that takes nothing more."""

_LEAVE_KITTY_KEYS = "\x1b[<u"
_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("strike", "9"),
)


class Outlet:
    """The terminal as Textual's writing thread has it: says when all is written, survives a loss.

    It writes to the descriptor itself, for a thread that is stuck in a file of Python's keeps the
    program from ending.
    """

    def __init__(self, fileno: int, encoding: str, written: Callable[[], None]) -> None:
        self._fileno, self._encoding = fileno, encoding
        self._waiting: list[str] = []
        self._written = written

    def fileno(self) -> int:
        """The descriptor."""
        return self._fileno

    def write(self, text: str) -> None:
        """Take `text` until the flush."""
        self._waiting.append(text)

    def flush(self) -> None:
        """Write everything, and wait until a serial line has sent it."""
        data = memoryview("".join(self._waiting).encode(self._encoding, "replace"))
        self._waiting.clear()
        # A terminal that is gone takes nothing; who reads from it notices that.
        with contextlib.suppress(OSError, termios.error):
            while data:
                try:
                    data = data[os.write(self._fileno, data) :]
                except BlockingIOError:
                    select.select([], [self._fileno], [])
            termios.tcdrain(self._fileno)
        self._written()


class FrugalDriver(LinuxDriver):
    """Sends differences, asks the terminal nothing, and ends the app where the terminal is lost."""

    def __init__(self, app: FrugalApp, **options: Any) -> None:
        super().__init__(app, **options)
        self._frugal_app = app
        file = sys.__stderr__
        assert file is not None  # the console is refused without it
        self._file = Outlet(file.fileno(), file.encoding, self._line_is_free)  # type: ignore[assignment]
        self._cells = Cells(0, 0)
        self._busy = False
        self._commands = ""
        self._has_pictures = False
        """Whether something may be shown that no cell tells of."""

    # What is shown

    def show(self, update: LayoutUpdate | ChopsUpdate, colours: ColorSystem) -> None:
        """Have the terminal show what Textual painted, as soon as the line is free."""
        if isinstance(update, LayoutUpdate):
            size = update.region.width, update.region.height
            self._commands = ""
            if size != (self._cells.width, self._cells.height):
                self._cells = Cells(*size)
            for y, strips in enumerate(update.strips):
                x = 0
                for strip in strips:
                    x = self._put(x, y, strip, colours)
        else:
            for x, y, strip in _pieces(update):
                self._put(x, y, strip, colours)
        self._send()

    def repaint(self) -> None:
        """Draw everything, for others may have written to the terminal."""
        self._cells.forget()
        self._send()

    def _put(self, x: int, y: int, strip: Strip, colours: ColorSystem) -> int:
        for text, style, control in strip:
            if control:
                # Pictures come so. They lie over the cells, and go where a cell is drawn.
                self._commands, self._has_pictures = text, True
                continue
            cells = cells_of(text, rendition(style, colours))
            self._cells.put(x, y, cells, anew=self._has_pictures)
            x += len(cells)
        return x

    def _send(self) -> None:
        if self._busy or not (self._cells.differs or self._commands):
            return
        if changes := self._cells.changes() + self._commands:
            self._busy, self._commands = True, ""
            x, y = self._app.cursor_position
            self.write(f"{changes}\x1b[{y + 1};{x + 1}H" if x or y else changes)

    def _line_is_free(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        self._busy = False
        if self._app._running:
            self._send()

    # The terminal's modes

    def start_application_mode(self) -> None:
        """Begin with an empty screen; also after the program was stopped and continued."""
        self._cells.forget()
        self._context = copy_context()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Leave nothing behind on terminals that have but one screen."""
        self.write("\x1b[m\x1b[2J\x1b[H")
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Write what is no cell."""
        if data == _LEAVE_KITTY_KEYS and constants.DISABLE_KITTY_KEY:
            return  # never entered, and old kernels print the tail of it
        super().write(data)

    def close(self) -> None:
        """Let the writing thread go, also one that is stuck."""
        if self._writer_thread is not None:
            self._writer_thread._queue.put(None)
            self._writer_thread.join(LEAVE_S)

    def _request_terminal_sync_mode_support(self) -> None:
        """Differences need no synchronising, and old kernels print the tail of the question."""

    def _query_in_band_window_resize(self) -> None:
        """SIGWINCH tells it; some multiplexers mis-scale the mouse after this question."""

    def _get_terminal_size(self) -> tuple[int, int]:
        return size()

    def run_input_thread(self) -> None:
        """Feed what is typed to the app, until the driver ends or the terminal is gone."""
        keyboard = Keyboard(time.monotonic)
        decode = getincrementaldecoder("utf-8")("replace").decode  # a serial line has noise
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    try:
                        typed = os.read(self.fileno, 4096)
                    except OSError:
                        typed = b""
                    if not typed:
                        self._loop.call_soon_threadsafe(self._frugal_app.terminal_lost)
                        return
                    for event in keyboard.feed(decode(typed)):
                        self._take(event)
                for event in keyboard.tick():
                    self.process_message(event)

    def _take(self, event: Message) -> None:
        """The emergency stop doesn't wait for the keys before it: there may be a whole paste."""
        if isinstance(event, Key) and event.key in self._frugal_app.stop_keys:
            stop = self._frugal_app.stop_at_once
            self._loop.call_soon_threadsafe(stop, event.time, context=self._context)
        else:
            self.process_message(event)


class FrugalApp(App[str]):
    """An app that draws through the `FrugalDriver`."""

    @property
    def stop_keys(self) -> Sequence[str]:
        """Textual's names of the keys of the emergency stop."""
        return ()

    def stop_at_once(self, pressed_at: float) -> None:
        """One of them was pressed, at the time of events."""

    def get_driver_class(self) -> type[Driver]:
        """Ours, unless the environment names another."""
        return super().get_driver_class() if constants.DRIVER else FrugalDriver

    def terminal_lost(self) -> None:
        """End: nobody sees this any more."""
        self.exit()

    def repaint(self) -> None:
        """Draw the whole screen once more, for others may have written to the terminal."""
        if isinstance(self._driver, FrugalDriver):
            self._driver.repaint()

    @property
    def mistake(self) -> Exception | None:
        """What of ours ended the app, if anything did."""
        return self._exception

    def _fatal_error(self) -> None:
        # Whoever runs the app says it; a person is not shown a traceback.
        self._close_messages_no_wait()

    def _set_pointer_shape(self, shape: str) -> None:
        # A terminal without a mouse prints the tail of this.
        if self._driver is not None and self._driver._mouse:
            super()._set_pointer_shape(shape)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        if not isinstance(driver, FrugalDriver):
            super()._display(screen, renderable)
            return
        ready = self._running and not self._closed and not self._batch_count
        if ready and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            driver.show(renderable, self.console._color_system or ColorSystem.STANDARD)
        self.post_display_hook()


def _pieces(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Column, row and content of everything within the spans of `update`."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            start, stop = max(x, first), min(end, last)
            if strip is not None and start < stop:
                yield start, y, strip.crop(start - x, stop - x)


@lru_cache(4096)
def rendition(style: Style | None, colours: ColorSystem) -> str:
    """The codes that select it; the terminal's own colours need none."""
    if style is None:
        return ""
    attributes = [code for name, code in _ATTRIBUTES if getattr(style, name)]
    fore = _codes(style.color, colours, foreground=True)
    back = _codes(style.bgcolor, colours, foreground=False)
    return ";".join([*attributes, *fore, *back])


def _codes(colour: Color | None, colours: ColorSystem, *, foreground: bool) -> list[str]:
    if colour is None or colour.is_default:
        return []
    return [*colour.downgrade(colours).get_ansi_codes(foreground)]
