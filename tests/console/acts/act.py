"""One action as a user does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from gbterm.keymap import BY_NAME
from gbterm.model import Phase
from gbterm.screens.help import KeyTable
from tests.console.conftest import Console

Prepare = Callable[[Console], Awaitable[None]]
Look = Callable[[Console], object]


async def nothing(console: Console) -> None:
    """A printer that is READY."""


async def a_file(console: Console, content: bytes = b"", name: str = "box.gcode") -> int:
    """The id of a file in the library, by default a long print, selected on the Files screen."""
    path = Path(console.folder) / name
    path.write_bytes(content or console.behind.long_print)
    file = await console.app.backend.upload(path)
    await console.press("f3", "r")
    await console.shows(name)
    return file.id


async def a_print(console: Console) -> None:
    """A print under way."""
    await console.app.backend.print_file(await a_file(console))
    await console.until(lambda: console.app.state.phase is Phase.EXECUTING)


async def a_paused_print(console: Console) -> None:
    """A print that waits."""
    await a_print(console)
    await console.app.backend.pause()
    await console.until(lambda: console.app.state.phase is Phase.PAUSED)


def helped(console: Console) -> str:
    """What the help says of all keys, those below its edge included."""
    tables = console.app.screen.query(KeyTable)
    lines = (line for table in tables for line in table.lines(table.size.width))
    return " ".join(" ".join(map(str, lines)).split())


@dataclass(frozen=True)
class Act:
    """The action `name`, done by `keys`, on its screen, after `before`; then `seen` comes true.

    `seen` is a text on the screen, or asks the console.
    """

    name: str
    seen: str | Look
    keys: tuple[str, ...] = ()
    """The action's first key where it is empty."""
    before: Prepare = nothing

    async def do(self, console: Console) -> None:
        """Prepare it, go to its screen, press the keys, and wait for what is seen.

        Where the backend can't do it, its keys do nothing, and the help says why.
        """
        action = BY_NAME[self.name]
        if action.needs not in console.app.backend.capabilities:
            await self.do_nothing(console)
            await console.press("f1")
            self.assert_told(console)
            return
        await self.before(console)
        await console.press(BY_NAME[action.screen or "dashboard"].keys)
        await console.until(lambda: self.name in console.app.possible)
        # One by one: a dialog takes keys once it has the focus.
        for key in self.keys or (action.keys.split(",")[0],):
            await console.press(key)
        if isinstance(self.seen, str):
            await console.shows(self.seen)
        else:
            await console.until(lambda: self._look(console))

    async def do_nothing(self, console: Console) -> None:
        """Press its keys where the backend can't do it."""
        action, app = BY_NAME[self.name], console.app
        await console.press(BY_NAME[action.screen or "dashboard"].keys)
        for key in action.keys.split(","):
            screen, notices, phase = app.screen, console.notices, app.state.phase
            assert self.name not in app.possible
            await console.press(key)
            assert (app.screen, console.notices, app.state.phase) == (screen, notices, phase)

    def assert_told(self, console: Console) -> None:
        """The help that is open says why not."""
        action, app = BY_NAME[self.name], console.app
        assert f"{action.help} (not here: {app.backend.lack(action.needs)})" in helped(console)

    def _look(self, console: Console) -> object:
        assert not isinstance(self.seen, str)
        return self.seen(console)
