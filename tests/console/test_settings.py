"""The Settings screen: what is set, who says so, and changing it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from textual.events import Key

from gbterm import config_edit, config_file, keymap
from gbterm.config import Config, ConsoleSettings
from gbterm.model import Phase
from gbterm.screens.settings import SettingsScreen
from tests.console.conftest import Console, configure, opened, printing
from tests.memory_backend import MemoryBackend


@pytest.fixture(autouse=True)
def _afterwards_as_before() -> Iterator[None]:
    yield
    keymap.choose(Config())


async def refused(console: Console, sentence: str) -> None:
    """Wait until the dialog says so."""
    await console.until(lambda: sentence in str(console.app.screen.query_one("#note").render()))


async def select_key(console: Console, action: str) -> None:
    """Move to the key of `action`."""
    screen = console.app.screen
    assert isinstance(screen, SettingsScreen)
    await console.until(lambda: screen.settings)
    row = [setting.name for setting in screen.settings].index(action)
    await console.press("home", *["down"] * row)
    await console.until(lambda: screen.selected is screen.settings[row])


async def test_every_setting_says_how_it_is_and_who_says_so(backend: MemoryBackend) -> None:
    configure('default = "a"\n[printer.a]\nurl = "ws://a:1"\n[console]\nmouse = false')
    async with opened(backend, size=(120, 40)) as console:
        await console.press("f9")
        file = str(config_edit.user_file())
        await console.shows("Theme dark found out")
        for said in (f"Mouse no {file[:20]}", f"Default printer a {file[:20]}"):
            await console.shows(said)
        await console.shows("Key: estop ^\\ built in")


@pytest.mark.parametrize(
    ("row", "keys", "console"),
    [
        (0, "2", ConsoleSettings(theme="light")),
        (1, "3", ConsoleSettings(glyphs="ascii")),
        (2, "1", ConsoleSettings(slow=True)),
        (3, "2", ConsoleSettings(mouse=False)),
        (4, "2", ConsoleSettings(bell=False)),
    ],
)
async def test_what_is_chosen_is_written(
    backend: MemoryBackend, row: int, keys: str, console: ConsoleSettings
) -> None:
    configure("# mine")
    async with opened(backend) as shown:
        await shown.press("f9")
        await shown.shows("Theme dark")
        await shown.press(*["down"] * row, "enter", keys)
        await shown.says("it is in")
        assert config_file.load().console == console
        assert "# mine" in config_edit.user_file().read_text()


async def test_the_limits_of_the_printer_are_shown_and_not_changed(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f9")
        await console.shows("Nozzle at most")
        await console.press(*["down"] * 6)
        await console.shows("once its host was ended and started again")
        await console.press("enter")
        assert console.top == "SettingsScreen"


async def test_a_key_is_chosen_and_counts_at_once(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f9")
        await select_key(console, "pause")
        await console.press("enter")
        await console.shows("Keys of pause")
        await console.press("ctrl+a", "ctrl+k", "r", "enter")
        await refused(console, "which is resume on the Job screen")
        await console.press("ctrl+a", "ctrl+k", *"Ctrl+B x", "enter")
        await refused(console, "is x, which is forget_lost")
        await console.press("ctrl+a", "ctrl+k", *"Ctrl+B", "enter")
        await console.shows("Key: pause ^b")
        await printing(console)
        await console.shows("^b Pause")
        await console.press("p")
        assert backend.state.phase is Phase.EXECUTING
        await console.press("ctrl+b")
        await console.until(lambda: backend.state.phase is Phase.PAUSED)
        await console.press("f9", "o")
        await console.until(lambda: config_file.load().keys == ())
        await console.press("f4")
        await console.shows("p Pause")


async def test_the_stop_can_not_be_left_without_a_key(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f9")
        await select_key(console, "estop")
        await console.press("enter", "ctrl+a", "ctrl+k", "enter")
        await refused(console, "keys.estop needs a key at least")
        await console.press("s", "enter")
        await refused(console, "keys.estop must be a key with Ctrl or an F-key")
        await console.press("escape", "ctrl+backslash")
        await console.shows("STOPPED")


@pytest.mark.parametrize(
    ("keys", "asked"), [(("down", "enter"), "Characters"), (("enter", "down"), "Theme")]
)
async def test_keys_that_come_at_once_are_about_what_the_cursor_was_on(
    backend: MemoryBackend, keys: tuple[str, ...], asked: str
) -> None:
    async with opened(backend) as console:
        await console.press("f9")
        await console.shows("Theme dark")
        for key in keys:
            console.app.post_message(Key(key, None))
        await console.until(lambda: console.top == "ChooseScreen")
        assert console.app.screen.asked == asked  # type: ignore[attr-defined]


async def test_what_is_taken_back_at_once_is_what_the_cursor_was_moved_to(
    backend: MemoryBackend,
) -> None:
    configure('[console]\ntheme = "light"\nglyphs = "ascii"')
    async with opened(backend) as console:
        await console.press("f9")
        await console.shows("Theme light /")
        for key in ("down", "o"):
            console.app.post_message(Key(key, None))
        await console.says("Characters: it is in")
        assert config_file.load().console == ConsoleSettings(theme="light")


async def test_a_configuration_that_is_wrong_is_a_sentence(backend: MemoryBackend) -> None:
    configure("nonsense = 1")
    async with opened(backend) as console:
        await console.press("f9")
        await console.says("nonsense is not known")


async def test_what_was_read_before_a_change_is_not_shown_after_it(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('[console]\ntheme = "light"')
    held: list[threading.Thread] = []
    released = threading.Event()

    def load() -> Config:
        config = config_file.load()
        if config.console.theme == "light" and changing:
            held.append(threading.current_thread())
            released.wait()
        return config

    async with opened(backend) as console:
        changing = False
        monkeypatch.setattr("gbterm.screens.settings.config_file", SimpleNamespace(load=load))
        await console.press("f9")
        await console.shows("Theme light /")
        await console.press("enter")
        changing = True
        await console.press("escape")
        await console.until(lambda: held)
        await console.press("enter", "3")
        await console.until(lambda: config_file.load().console.theme == "none")
        await console.rest()
        released.set()
        await console.until(lambda: not any(thread.is_alive() for thread in held))
        await console.rest()
        await console.shows("Theme none /")
