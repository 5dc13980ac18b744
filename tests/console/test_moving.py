"""Getting around, finding commands, and leaving."""

from __future__ import annotations

import pytest

from gbterm.app import GbtermApp, run_console
from gbterm.errors import LinkError
from gbterm.keymap import ACTIONS, SCREENS
from gbterm.model import Phase
from tests.console.conftest import opened, printing
from tests.memory_backend import MemoryBackend


@pytest.mark.parametrize("screen", SCREENS, ids=lambda action: action.name)
async def test_every_screen_has_a_key_and_a_letter(backend: MemoryBackend, screen: object) -> None:
    action = next(a for a in SCREENS if a is screen)
    start = "f3" if action.name == "dashboard" else "f2"
    async with opened(backend) as console:
        await console.press(start, action.keys)
        assert console.top == f"{action.title}Screen"
        assert f"[{action.shown} {action.tab}]" in console.text
        await console.press(start, "ctrl+g")
        await console.shows(f"{action.letter} {action.title}")
        await console.press(action.letter)
        assert console.top == f"{action.title}Screen"


async def test_going_nowhere_changes_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+g", "z", "ctrl+g", "escape")
        assert console.top == "DashboardScreen"


async def test_screens_that_were_away_show_what_is_true_now(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4", "f2")
        file = backend.add_file("box.gcode")
        await backend.print_file(file.id)
        backend.advance(3)
        await console.press("f4")
        await console.shows("Line 3 of 4")


async def test_a_dialog_keeps_the_screen_keys_away(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("c", "f2", "ctrl+p", "ctrl+g")
        assert console.top == "ConfirmScreen"


@pytest.mark.parametrize(("key", "screen"), [("f4", "JobScreen"), ("f3", "FilesScreen")])
async def test_the_keys_of_the_screens_leave_the_help(
    backend: MemoryBackend, key: str, screen: str
) -> None:
    async with opened(backend) as console:
        await console.press("f3", "f1")
        await console.shows("On the Files screen")
        await console.press(key)
        await console.until(lambda: console.top == screen)
        await console.press("f3")
        await console.until(lambda: console.top == "FilesScreen")


@pytest.mark.parametrize("key", ["f1", "question_mark"])
async def test_help_names_every_key_of_the_screen(backend: MemoryBackend, key: str) -> None:
    async with opened(backend) as console:
        await console.press("f3", key)
        await console.shows("On the Files screen")
        unseen = {action.shown for action in ACTIONS if action.screen in ("", "files")}
        while unseen := {shown for shown in unseen if f"{shown} " not in console.words}:
            before = console.text
            await console.press("pagedown")
            assert console.text != before, unseen
        await console.press("escape")
        assert console.top == "FilesScreen"


async def test_the_palette_runs_an_action_of_another_screen(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f2", "ctrl+p", *"paus")
        await console.shows("Pause (p)")
        await console.press("enter")
        await console.until(lambda: backend.state.phase is Phase.PAUSED)
        await console.until(lambda: console.top == "JobScreen")


async def test_the_palette_offers_only_what_is_possible(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+p", *"resume")
        await console.shows("Job (F4)")
        assert "Resume" not in console.text
        await console.press("escape")
        assert console.top == "DashboardScreen"


async def test_cancel_from_the_palette_asks_as_well(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("f2", "ctrl+p", *"cancel")
        await console.shows("Cancel (c)")
        await console.press("enter")
        await console.until(lambda: console.top == "ConfirmScreen")
        assert "cancel" not in backend.calls


async def test_ctrl_c_ctrl_x_and_escape_end_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        for screen in ("f2", "f3", "f4"):
            await console.press(screen, "escape", "ctrl+x", "ctrl+c")
        await console.says("Ctrl+Q leaves; a print goes on without the console.")
        assert console.app.is_running
        assert backend.state.phase is Phase.EXECUTING


async def test_leaving_without_a_print_asks_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+q")
        await console.until(lambda: not console.app.is_running)
        assert console.app.return_value is None


@pytest.mark.parametrize("last", ["enter", "ctrl+q"])
async def test_leaving_a_print_says_that_it_goes_on(backend: MemoryBackend, last: str) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("ctrl+q")
        sentence = (
            "The print of box.gcode goes on without the console. "
            "Attach again with: gbterm --port /dev/ttyUSB0"
        )
        await console.shows("The print of box.gcode goes on without the console.")
        await console.shows("Attach again with: gbterm --port /dev/ttyUSB0")
        await console.press(last)
        await console.until(lambda: not console.app.is_running)
        assert console.app.return_value == sentence
        assert backend.state.phase is Phase.EXECUTING
        assert {"cancel", "pause", "emergency_stop"}.isdisjoint(backend.calls)


async def test_leaving_a_lost_print_does_not_promise_too_much(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.lose()
        await console.shows("DISCONNECTED")
        await console.press("ctrl+q")
        await console.shows("The print of box.gcode, if it is still there, goes on")


async def test_leaving_after_a_print_asks_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.advance(4)
        await console.shows("READY")
        await console.press("ctrl+q")
        await console.until(lambda: not console.app.is_running)
        assert console.app.return_value is None


async def test_one_may_stay(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("ctrl+q", "escape")
        assert console.top == "JobScreen"
        await console.press("ctrl+q", "left", "enter")
        assert console.top == "JobScreen"
        assert console.app.is_running


async def test_the_backend_is_let_go(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("ctrl+q")
    backend.say("nobody hears this")
    assert not backend._listeners


async def test_a_printer_that_can_not_be_reached_never_opens_the_screen(
    backend: MemoryBackend,
) -> None:
    backend.refuse = LinkError("/dev/ttyUSB0 is missing: plug the printer in.")
    with pytest.raises(LinkError, match="plug the printer in"):
        await run_console(backend)


async def test_run_console_connects_and_closes(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leave_at_once(app: GbtermApp, *, mouse: bool) -> str:
        assert backend.state.phase is Phase.READY
        return f"{app.title} {app.attach}"

    monkeypatch.setattr(GbtermApp, "run_async", leave_at_once)
    said = await run_console(backend, attach="gbterm --port X")
    assert said == "gbterm memory gbterm --port X"
    assert backend.closed
