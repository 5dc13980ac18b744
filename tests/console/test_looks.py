"""Poor terminals, narrow ones, and text that means harm."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.segment import Segment
from textual.color import Color

from gbterm import events
from gbterm.errors import PrinterError
from gbterm.keymap import actions_of
from gbterm.keymap.action import Footer
from gbterm.lookalikes import SAFE
from gbterm.model import Phase, Position, Prompt, Temperature
from gbterm.screens.frame import PrinterScreen
from gbterm.terminal import Glyphs
from gbterm.widgets.bars import KeyBar
from gbterm.widgets.glyphs import SafeGlyphs
from gbterm.widgets.panel import Panel
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import MemoryBackend

HOSTILE = "[red]x[/] \x1b[2J\x9b31m\x07 [@click=app.quit]y[/].gcode"
SHOWN = re.compile(r"\[red\]x\[/\] \S\[2J\S31m\S \[@click=app\.quit\]")

TOUR = (
    *("f2", "i", "escape", "f3", "u", "escape", "d", "escape", "f1", "escape"),
    *("v", "t", "1", "escape", "escape", "g", "escape", "n", "escape", "slash", "x", "escape", "s"),
    *("f4", "v", "v"),
    *("s", "escape", "h", "escape", "l", "escape", "e", "escape", "w", "escape", "c", "escape"),
    *("ctrl+k", "escape", "ctrl+e", "escape", "ctrl+p"),
)
"""Every screen and dialog but the stop, which ends the tour."""


async def tour(console: Console) -> str:
    """Everything that was shown on the way."""
    backend = console.backend
    await printing(console, HOSTILE)
    backend.advance(1)
    backend.enter_layer(1, 3)
    backend.library[2] = replace(backend.library[1], id=2, name="日本 ▁▂▃ ⏎ 🖨 é ß “quoted”.gcode")
    backend.say("…and 🖨 a message — with ▔▕▏ “all” of it", "error")
    seen = [console.text]
    for key in TOUR:
        await console.press(key)
        seen.append(console.text)
    await console.press("escape")
    backend.ask("Really? 🖨 ▁", "Yes ✓", "No ✗")
    await console.until(lambda: console.top == "PromptScreen")
    seen.append(console.text)
    await console.press("escape", "ctrl+q")
    seen.append(console.text)
    await console.press("ctrl+backslash")
    await console.shows("STOPPED")
    seen.append(console.text)
    return "".join(seen).replace("\n", "")


@pytest.mark.parametrize("draws", [Glyphs.CONSOLE, Glyphs.ASCII])
async def test_nothing_is_drawn_that_the_terminal_lacks(
    backend: MemoryBackend, draws: Glyphs
) -> None:
    async with opened(backend, draws=draws, toasts=True) as console:
        seen = await tour(console)
        assert set(seen) <= SAFE[draws]


async def test_where_unicode_is_drawn_names_stay_as_they_are(backend: MemoryBackend) -> None:
    backend.add_file("日本.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("日本.gcode")


def test_what_is_replaced_keeps_its_width() -> None:
    for kind in (Glyphs.CONSOLE, Glyphs.ASCII):
        filtered = SafeGlyphs(kind).apply([Segment("│日本▁é")], Color(0, 0, 0))
        assert sum(segment.cell_length for segment in filtered) == 7


@pytest.mark.parametrize("size", [(80, 24), (40, 20), (20, 8), (200, 60)])
async def test_the_tour_works_at_any_size(backend: MemoryBackend, size: tuple[int, int]) -> None:
    async with opened(backend, size=size, toasts=True) as console:
        await tour(console)


def screen_of(console: Console) -> PrinterScreen:
    """The main screen on top."""
    assert isinstance(console.app.screen, PrinterScreen)
    return console.app.screen


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
@pytest.mark.parametrize("screen", ["f2", "f3", "f4", "f7"])
async def test_the_keys_that_do_something_are_named_whole(
    backend: MemoryBackend, screen: str, size: tuple[int, int]
) -> None:
    async with opened(backend, size=size) as console:
        await printing(console)
        backend.report(events.PromptShown(Prompt("Go on?", ("Yes", "No"))))
        await console.until(lambda: console.top == "PromptScreen")
        await console.press("escape", screen)
        for phase in Phase:
            backend.report(events.PhaseChanged(phase))
            await console.until(lambda: console.app.state is backend.state)
            await console.rest()
            rows = console.app.screen.query_one(KeyBar).size.height
            assert rows <= (1 if size == (80, 24) else 3)
            bar = "".join(console.text.splitlines()[-rows:])
            for action in actions_of(console.app.current_mode):
                key = f" {action.shown} {action.title} "
                if action.name in screen_of(console).possible and action.footer is not Footer.NEVER:
                    assert key in bar or action.name == "palette"
                bar = bar.replace(key.strip(), "")
            assert bar.strip(" ()") == ""


async def test_forty_columns_keep_what_matters(backend: MemoryBackend) -> None:
    async with opened(backend, size=(40, 20)) as console:
        await printing(console)
        backend.advance(2)
        await console.shows("50 %")
        for text in ("STOP NOW", "F1 Help", "p Pause", "c Cancel", "EXECUTING", "Nozzle"):
            assert text in console.text
        await console.press("f2")
        for text in ("Nozzle", "X ", "Speed", "box.gcode"):
            assert text in console.text
        await console.press("f3")
        assert "u Upload" in console.text


async def test_text_of_others_is_shown_and_not_obeyed(backend: MemoryBackend) -> None:
    backend.add_file(HOSTILE)
    backend.library[1] = replace(backend.library[1], print_material=HOSTILE, uploaded=HOSTILE)
    backend.name = HOSTILE
    async with opened(backend, size=(200, 30)) as console:
        await console.press("f3")
        await console.until(lambda: len(SHOWN.findall(console.text)) >= 3)
        await console.press("d")
        await console.until(lambda: SHOWN.search(console.words) is not None)
        await console.press("escape", "enter")
        await console.until(lambda: console.top == "JobScreen")
        backend.say(HOSTILE, HOSTILE)
        backend.report(events.WaitBegan(HOSTILE))
        backend.report(events.PhaseChanged(Phase.PAUSED, HOSTILE))
        await console.until(lambda: len(SHOWN.findall(console.text)) >= 4)
        backend.report(events.PromptShown(Prompt(HOSTILE, (HOSTILE,))))
        await console.until(lambda: console.top == "PromptScreen")
        await console.until(lambda: len(SHOWN.findall(console.words)) >= 2)
        await console.press("escape")
        backend.fail(HOSTILE)
        await console.press("f2")
        await console.until(lambda: len(SHOWN.findall(console.text)) >= 3)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", console.text)


async def test_a_hostile_error_is_a_notification_without_markup(backend: MemoryBackend) -> None:
    async with opened(backend, toasts=True) as console:
        await printing(console)
        backend.refuse = PrinterError(HOSTILE)
        await console.press("p")
        await console.until(lambda: any(SHOWN.search(notice) for notice in console.notices))
        await console.until(lambda: SHOWN.search(console.words) is not None)


async def test_without_colour_every_choice_can_be_seen(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    backend.add_file("box.gcode")
    async with opened(backend) as console:
        await console.press("f3", "d")
        focused = _segments(console, "[ Keep ]")
        other = _segments(console, "[ Delete ]")
        assert all(segment.style and segment.style.reverse for segment in focused)
        assert not any(segment.style and segment.style.reverse for segment in other)
        await console.press("escape")
        assert all(s.style and s.style.reverse for s in _segments(console, "box.gcode  "))
        for segment in console.segments:
            assert segment.style is None or _colourless(segment)


async def test_colours_are_the_terminals_own_sixteen(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.fail("Heating failed.")
        await console.press("f2")
        for segment in console.segments:
            for colour in (
                segment.style and segment.style.color,
                segment.style and segment.style.bgcolor,
            ):
                assert not colour or colour.is_system_defined


async def test_what_is_drawn_in_part_is_what_would_be_drawn_whole(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console, "日本 ü.gcode")
        await console.press("f2")
        for step in range(4):
            backend.report(events.PositionReported(Position(10.0**step, -3.14 * step, step / 3)))
            backend.report(events.FanChanged(0, 100.0 - step * 33))
            bed = Temperature(55.0 + step * 3, 60.0)
            backend.report(events.TemperaturesReported({0: Temperature(9.0**step, 90.0)}, bed))
            backend.advance(1)
            await console.until(lambda: console.app.state is backend.state)
            await console.rest()
            drawn = console.text
            for panel in console.app.screen.query(Panel):
                panel.refresh()
            await console.rest()
            assert drawn == console.text


async def test_a_new_command_takes_old_notifications_away(backend: MemoryBackend) -> None:
    async with opened(backend, toasts=True) as console:
        await printing(console)
        backend.refuse = PrinterError("The printer does not answer.")
        await console.press("p")
        await console.shows("The printer does not answer.")
        await console.press("p")
        await console.until(lambda: "The printer does not answer." not in console.text)
        await console.shows("PAUSED")


async def test_many_files_scroll(backend: MemoryBackend) -> None:
    for number in range(40):
        backend.add_file(f"part-{number}.gcode")
    async with opened(backend) as console:
        await console.press("f3", "end")
        await console.until(lambda: "part-0.gcode" in console.text)


def _segments(console: Console, text: str) -> list[Segment]:
    found = [segment for segment in console.segments if text in segment.text]
    assert found, console.text
    return found


def _colourless(segment: Segment) -> bool:
    style = segment.style
    return style is None or all(c is None or c.is_default for c in (style.color, style.bgcolor))
