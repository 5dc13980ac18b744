"""The settings that the board keeps, on their screen."""

from __future__ import annotations

import asyncio

from gbterm.board_settings import BoardSettings
from gbterm.model import Phase
from tests.console.conftest import Console, opened
from tests.memory_backend import MemoryBackend


async def settings_open(console: Console) -> None:
    await console.press("f5", "s")
    await console.shows("none not stored")


async def type_value(console: Console, text: str) -> None:
    """Another value for the setting with the mark."""
    await console.press("enter")
    await console.until(lambda: console.top == "AskScreen")
    await console.press("ctrl+a", "ctrl+k", *text)
    await console.press("enter")


async def test_a_value_is_changed_marked_and_stored(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await settings_open(console)
        await console.press("down")
        await console.shows("M92 E is 93.00. Stored so.")
        await type_value(console, "98.5")
        await console.shows("* M92 E")
        await console.shows("stored 93.00")
        await console.shows("1 not stored")
        await console.press("s")
        await console.shows("Store the active settings?")
        await console.press("right", "enter")
        await console.shows("none not stored")
        assert backend.stored["M92 E"] == "98.5"


async def test_leaving_says_what_is_active_and_not_stored(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await settings_open(console)
        await type_value(console, "81")
        await console.shows("1 not stored")
        await console.press("escape")
        await console.until(lambda: "1 setting active but not stored." in console.notices)
        assert console.top == "JogScreen"


async def test_a_refusal_is_said_and_the_list_read_again(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await settings_open(console)
        backend.takes = False
        await type_value(console, "81")
        await console.until(lambda: "The board did not take it." in console.notices)
        await console.shows("none not stored")


async def test_a_copy_is_made_compared_and_gone_back_to(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await settings_open(console)
        await console.press("c")
        await console.shows("Save what is active")
        await console.press("1")
        await console.until(lambda: console.top == "AskScreen")
        await console.press(*"winter", "enter")
        await console.until(lambda: "The settings are saved as winter." in console.notices)
        await type_value(console, "81")
        await console.shows("1 not stored")
        await console.press("c")
        await console.shows("winter")
        await console.press("2")
        await console.shows("Not as on the board: 1 setting.")
        await console.shows("81 copy 80.00")
        await console.press("a")
        await console.shows("Go by the copy winter again?")
        await console.press("right", "enter")
        await console.shows("Not as on the board: 0 settings.")
        await console.press("x")
        await console.shows("Delete the copy winter?")
        await console.press("right", "enter")
        await console.shows("none not stored")
        assert not backend.copies


async def test_no_settings_while_something_is_printed(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await settings_open(console)
        await backend.print_file(backend.add_file("part.gcode").id)
        await console.until(lambda: console.app.state.phase is Phase.EXECUTING)
        await console.press("escape", "s")
        assert console.top == "JogScreen"


async def test_a_setting_takes_one_row_on_a_narrow_terminal(backend: MemoryBackend) -> None:
    async with opened(backend, size=(60, 24)) as console:
        await settings_open(console)
        rows = console.text.splitlines()
        above = next(at for at, row in enumerate(rows) if "M92 X " in row)
        assert "M92 E " in rows[above + 1]


async def test_who_leaves_before_the_board_has_answered_hears_nothing_of_it(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f5")
        backend.gate = asyncio.Event()
        await console.press("s", "escape")
        assert console.top == "JogScreen"
        backend.gate.set()
        await console.rest()
        assert console.notices == []


async def test_an_answer_that_comes_late_does_not_hide_a_change() -> None:
    held: list[asyncio.Event] = []

    class Late(MemoryBackend):
        async def board_settings(self) -> BoardSettings:
            told = await super().board_settings()
            if held:
                await held.pop().wait()
            return told

    async with opened(Late()) as console:
        await settings_open(console)
        console.app.screen.on_screen_resume()  # type: ignore[attr-defined]
        held.append(late := asyncio.Event())
        await console.until(lambda: not held)
        await type_value(console, "81")
        await console.shows("1 not stored")
        late.set()
        await console.rest()
        await console.shows("1 not stored")
