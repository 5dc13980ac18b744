"""Keys that the user chose, in the console: they do it, the old ones don't, and all says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gbterm import keymap
from gbterm.config import Config, KeyChoice
from gbterm.model import Phase, StopReport
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend


@pytest.fixture(autouse=True)
def _chosen() -> Iterator[None]:
    choices = {
        "pause": ("Space", "k"),
        "estop": ("Ctrl+B",),
        "jog": ("Ctrl+D",),
        "resume": ("p",),
        "help": ("Ctrl+L",),
    }
    chosen = tuple(KeyChoice(name, keys) for name, keys in choices.items())
    keymap.choose(Config(keys=chosen))
    yield
    keymap.choose(Config())


async def test_a_chosen_key_does_it_and_the_old_one_something_else(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("p")
        assert backend.state.phase is Phase.EXECUTING
        await console.press("space")
        await console.until(lambda: backend.state.phase is Phase.PAUSED)
        await console.press("p")
        await console.until(lambda: backend.state.phase is Phase.EXECUTING)
        await console.press("k")
        await console.until(lambda: backend.state.phase is Phase.PAUSED)


async def test_the_stop_has_its_new_key_in_every_dialog_and_lost_the_old(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f3", "u", "ctrl+backslash")
        assert console.top == "PathScreen"
        await console.press("ctrl+b")
        await console.shows("STOPPED: the printer confirmed that it halted")


async def test_the_bars_the_help_and_the_palette_tell_the_truth(backend: MemoryBackend) -> None:
    async with opened(backend, size=(120, 40)) as console:
        await printing(console)
        await console.shows("^b STOP NOW")
        await console.shows("Space Pause")
        await console.shows("^d Jog")
        await console.press("ctrl+l")
        await console.shows("Space k Pause the print")
        await console.press(*["pagedown"] * 3)
        await console.shows("^d Jog,")
        await console.press("escape", "ctrl+p", *"pause the")
        await console.shows("Pause (Space)")
        await console.press("escape", "ctrl+d")
        assert console.app.current_mode == "jog"


async def test_sentences_name_the_chosen_keys(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+l")
        await console.press(*["pagedown"] * 4)
        await console.shows("Only Ctrl+B and the question after c on the Job screen end one.")
        await console.press("escape")
        backend.stop_report = StopReport(False, "No answer.")
        await console.press("ctrl+b")
        await console.shows("Ctrl+B tries the stop once more.")
