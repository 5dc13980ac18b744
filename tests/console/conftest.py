"""A console at 80x24 on a printer in memory, driven by keys and read as a user reads it."""

from __future__ import annotations

import asyncio
import re
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.segment import Segment
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from gbterm import config_edit
from gbterm.app import GbtermApp
from gbterm.backends.base import Backend
from gbterm.cli.elsewhere import Elsewhere
from gbterm.elsewhere import Elsewhere as IsElsewhere
from gbterm.screens.base import Clock
from gbterm.terminal import Glyphs, Terminal
from tests.console.behind import Behind, Memory
from tests.endtoend.house import GENEROUS_S
from tests.memory_backend import MemoryBackend

SIZE = (80, 24)
FRAMES = re.compile("[│▁-█]")
"""Lines at the side of a text: a dialog's, a scroll bar's."""
TURNS = 20_000
"""Of the app's loop, more than anything takes that waits for its turn alone."""


class Console:
    """One running app."""

    def __init__(
        self, app: GbtermApp, pilot: Pilot[str], folder: Path | None, behind: Behind
    ) -> None:
        self.app, self.pilot, self.behind = app, pilot, behind
        self._folder = folder

    @property
    def backend(self) -> MemoryBackend:
        """The printer, for a test that has it in memory."""
        assert isinstance(self.app.backend, MemoryBackend)
        return self.app.backend

    @property
    def folder(self) -> Path:
        """Where files of the test's own may lie."""
        assert self._folder is not None
        return self._folder

    @property
    def text(self) -> str:
        """What the screen shows, one line a row."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def segments(self) -> list[Segment]:
        """What the screen shows, with its style."""
        return [s for strip in self.app.screen._compositor.render_strips() for s in strip]

    @property
    def words(self) -> str:
        """What the screen shows with its lines joined, for sentences that were wrapped."""
        return " ".join(FRAMES.sub(" ", self.text).split())

    @property
    def top(self) -> str:
        """The class of the screen on top."""
        return type(self.app.screen).__name__

    @property
    def notices(self) -> list[str]:
        """The notifications on show."""
        return [notification.message for notification in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Press keys one by one, each once what the one before it began has come to rest.

        A dialog takes keys once it has the focus, which may be long after it is the screen.
        """
        await self.rest()
        for key in keys:
            await self.app._press_keys([key])
            await self.rest()

    async def paste(self, text: str) -> None:
        """Paste text as a terminal does."""
        await self.until(lambda: self.app.focused is not None)
        await self.rest()
        self.app.post_message(events.Paste(text))
        await self.rest()

    async def rest(self) -> None:
        """Let all be handled and drawn that waits for nothing but its turn.

        The process is quiet, too, while others have the processor: so the loop tells, not a clock.
        """
        loop = asyncio.get_running_loop()
        for _ in range(TURNS):
            await asyncio.sleep(0)
            if loop._ready:  # type: ignore[attr-defined]
                continue
            if not (self.app.screen_stack and _is_to_be_drawn(self.app.screen)):
                break
            self.app.screen._on_timer_update()  # which comes 60 times a second at most

    async def until(self, done: Callable[[], object]) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + GENEROUS_S
        while not done():
            late = time.monotonic() >= deadline
            assert not late, f"it never came to pass; the screen shows\n{self.text}"
            await self.pilot.pause()

    async def shows(self, text: str) -> None:
        """Wait for `text` to be on the screen."""
        await self.until(lambda: text in self.words)

    async def says(self, text: str) -> None:
        """Wait for a notification that holds `text`."""
        await self.until(lambda: any(text in notice for notice in self.notices))


def _is_to_be_drawn(screen: Screen[object]) -> bool:
    """Whether it has changed since it was drawn, or something is to be done after that."""
    due = screen._layout_required, screen._scroll_required, screen._repaint_required
    return any((*due, screen._recompose_required, screen._dirty_widgets, screen._callbacks))


@pytest.fixture(autouse=True)
def _plain_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing of the user's own, and the network ends at the loopback interface."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("GBTERM_PICTURES", "none")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for folder in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(tmp_path_factory.mktemp(folder.lower())))
    configure("")


def configure(text: str) -> None:
    """Be configured so."""
    file = config_edit.user_file()
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'{text}\n[mdns]\ninterfaces = ["127.0.0.1"]\n')


@pytest.fixture
def backend() -> MemoryBackend:
    """A printer that a test may prepare before the console opens."""
    return MemoryBackend()


@asynccontextmanager
async def opened(
    backend: Backend,
    *,
    folder: Path | None = None,
    behind: Behind | None = None,
    size: tuple[int, int] = SIZE,
    draws: Glyphs = Glyphs.UNICODE,
    theme: str = "dark",
    connect: bool = True,
    toasts: bool = False,
    starts: str = "",
    slow: bool = False,
    clock: Clock = time.monotonic,
    elsewhere: IsElsewhere | None = None,
) -> AsyncIterator[Console]:
    """The console, open; an error inside the app fails the test. `behind` it is memory by default.

    Notifications are drawn only with `toasts`: they lie on top of what a test reads.
    """
    if connect:
        await backend.connect()
    terminal = Terminal(draws, theme, slow=slow, readings_s=0.0)
    app = GbtermApp(
        backend,
        attach="gbterm --port /dev/ttyUSB0",
        starts=starts,
        elsewhere=elsewhere or Elsewhere(Namespace()),
        terminal=terminal,
    )
    app.clock = clock
    async with app.run_test(size=size, notifications=toasts) as pilot:
        console = Console(app, pilot, folder, behind or Memory())
        await console.rest()
        yield console
        await app.others.close()


async def printing(console: Console, name: str = "box.gcode") -> None:
    """Have a file of four lines printing, with the job on show."""
    file = console.backend.add_file(name)
    await console.backend.print_file(file.id)
    await console.press("f4")
