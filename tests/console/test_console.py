"""The Console screen: lines of the cable, and G-code typed by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Key
from textual.keys import _character_to_key as character_to_key

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.console_lines import ConsoleLine
from gbterm.errors import LinkError, NeedsConfirmation, WrongState
from gbterm.lookalikes import SAFE
from gbterm.model import Phase
from gbterm.screens.console import ConsoleScreen
from gbterm.terminal import Glyphs
from gbterm.widgets.scrollback import MOST, SLACK
from tests.console.conftest import Console, opened
from tests.memory_backend import EVERYTHING, NOON, MemoryBackend

SENT = "sent > "
SAID = "said < "


def said(text: str, after_s: float = 0.0) -> ConsoleLine:
    return ConsoleLine(NOON + after_s, "in", text)


def sent(text: str, after_s: float = 0.0) -> ConsoleLine:
    return ConsoleLine(NOON + after_s, "out", text)


def screen_of(console: Console) -> ConsoleScreen:
    assert isinstance(console.app.screen, ConsoleScreen)
    return console.app.screen


def log_of(console: Console) -> list[str]:
    """The rows of the lines, without their ends."""
    height = screen_of(console).view.size.height
    return [row.rstrip() for row in console.text.splitlines()[1 : 1 + height]]


def untimed(console: Console) -> list[str]:
    """The rows of the lines without their times."""
    return [row[13:] for row in log_of(console)]


async def typed(console: Console, text: str, *more: str) -> None:
    await console.press(*text, *more)


def burst(console: Console, text: str) -> None:
    """Keys that all come at once, as from a line that was slow."""
    for character in text:
        key = {"\r": "enter", "\x08": "backspace", "\x15": "ctrl+u"}.get(character)
        console.app.post_message(Key(key or character_to_key(character), character))


# Lines


async def test_a_line_has_its_time_its_direction_and_no_numbers(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(sent("N12M117 Hello*55", 0.25), said("echo:Hello", 1.5))
        await console.shows("echo:Hello")
        first, second = log_of(console)[:2]
        assert first.endswith(":20.250 sent > M117 Hello")
        assert second.endswith(":21.500 said < echo:Hello")
        await console.press("ctrl+n")
        await console.shows("> N12M117 Hello*55")
        await console.press("ctrl+n")
        await console.until(lambda: "N12" not in console.text)


async def test_lines_of_before_are_there_and_those_of_meanwhile(backend: MemoryBackend) -> None:
    backend.over_the_cable(said("before"))
    async with opened(backend) as console:
        await console.press("f7")
        await console.shows(SAID + "before")
        await console.press("f2")
        backend.over_the_cable(said("meanwhile"))
        await console.press("f7")
        await console.shows(SAID + "meanwhile")
        assert untimed(console)[:3] == [SAID + "before", SAID + "meanwhile", ""]
        await console.press("f1", "escape")
        backend.over_the_cable(said("at last"))
        await console.shows(SAID + "at last")
        assert untimed(console)[1:4] == [SAID + "meanwhile", SAID + "at last", ""]


async def test_nothing_is_asked_for_while_another_screen_is_shown(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        await console.until(lambda: backend.is_watched)
        await console.press("f2")
        await console.until(lambda: not backend.is_watched)


async def test_what_was_missed_is_told(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(said("early"))
        await console.shows(SAID + "early")
        await console.press("f2")
        backend.over_the_cable(*(said(f"line {n}", n) for n in range(3000)))
        await console.press("f7", "escape", "home")
        await console.shows("--- what came before this was not watched ---")


async def test_hidden_lines_come_back(backend: MemoryBackend) -> None:
    lines = (sent("N1M105*2"), said("ok T:20.0 /0.0"), sent("N2G1X5*2"), said("ok"), said("end"))
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(*lines)
        await console.shows(SAID + "end")
        assert "^o ok hidden ^t temperatures/positions hidden ^y moves shown" in console.words
        assert untimed(console)[:3] == [SENT + "G1X5", SAID + "end", ""]
        await console.press("ctrl+o", "ctrl+t")
        await console.shows("ok T:20.0 /0.0")
        whole = [SENT + "M105", SAID + "ok T:20.0 /0.0", SENT + "G1X5", SAID + "ok", SAID + "end"]
        assert untimed(console)[:5] == whole
        await console.press("ctrl+y")
        await console.until(lambda: "G1X5" not in console.text)
        assert "^o ok shown ^t temperatures/positions shown ^y moves hidden" in console.words


async def test_scrolled_back_it_stays_and_counts_what_comes(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(*(said(f"line {n}.") for n in range(100)))
        await console.shows("line 99.")
        await console.press("pageup")
        await console.until(lambda: "line 99." not in console.text)
        before = log_of(console)
        await console.shows("16 below, End: last")
        backend.over_the_cable(*(said(f"line {n}.") for n in range(100, 125)))
        await console.shows("41 below, End: last")
        assert log_of(console) == before
        await console.press("end")
        await console.shows("line 124.")
        assert "below" not in console.text
        backend.over_the_cable(said("line 125."))
        await console.shows("line 125.")
        await console.press("escape", "home")
        await console.shows("line 0.")
        await console.press("down")
        await console.until(lambda: "line 0." not in console.text)


async def test_long_lines_are_cut_with_a_mark_or_whole(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(said("long " * 20 + "end"))
        await console.shows("long long")
        assert log_of(console)[0].endswith("…")
        assert "end" not in "".join(log_of(console))
        await console.press("escape", "w")
        await console.shows("end")
        assert "…" not in "".join(log_of(console))


async def test_finding_goes_from_the_last_match_to_older_ones(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(*(said(f"line {n}.") for n in range(100)))
        await console.shows("line 99.")
        await console.press("escape", "slash", *"Line 3")
        await console.shows("match 11 of 11")
        assert "line 39." in console.text
        await console.press("enter", *"nnnnnnnnnn")
        await console.shows("match 1 of 11")
        assert "line 3." in console.text
        await console.press("n")
        await console.shows("match 1 of 11")
        await console.press("N")
        await console.shows("match 2 of 11")
        await console.press("slash", "ctrl+u", *"nowhere")
        await console.shows("no match")
        await console.press("escape")
        await console.until(lambda: "match" not in console.text)
        assert screen_of(console).command.has_focus


async def test_a_match_is_marked_without_colour(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(said("echo:Needle in hay"))
        await console.press("ctrl+f", *"needle")
        await console.shows("match 1 of 1")
        strips = console.app.screen._compositor.render_strips()
        marked = [s.text for strip in strips for s in strip if s.style and s.style.reverse]
        assert "Needle" in marked


# Typing


async def test_a_command_is_sent_and_its_answer_shown(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        await typed(console, "g28 x ; home", "enter")
        await console.shows("G28 X: ok")
        await console.shows(SENT + "G28 X")
        await console.shows(SAID + "ok")
        assert screen_of(console).command.value == ""


async def test_enter_on_an_empty_line_sends_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7", "enter", "space", "enter")
        await typed(console, "; nothing", "enter")
        await console.shows("There is no command in that")
        assert "send_gcode" not in backend.calls


async def test_a_refusal_is_a_sentence_and_what_was_typed_stays(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.refuse = WrongState("'G28' would come between the lines of the print.")
        await typed(console, "G28", "enter")
        await console.shows("'G28' would come between the lines of the print.")
        assert screen_of(console).command.value == "G28"
        await console.press("enter")
        await console.shows("G28: ok")


async def test_what_changes_settings_is_asked_first(backend: MemoryBackend) -> None:
    question = "'M500' stores the present settings: send it all the same?"
    async with opened(backend) as console:
        await console.press("f7")
        await typed(console, "M500")
        await console.shows("Asks before it is sent: it stores the present settings")
        backend.refuse = NeedsConfirmation(question)
        await console.press("enter")
        await console.shows(question)
        await console.press("enter")
        await console.shows("M500: not sent.")
        assert SENT + "M500" not in console.text
        assert screen_of(console).command.value == "M500"
        backend.refuse = NeedsConfirmation(question)
        await console.press("enter")
        await console.shows(question)
        await console.press("right", "enter")
        await console.shows(SENT + "M500")


async def test_several_lines_are_shown_before_they_are_sent(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        await console.paste("g28 ; home\n\nG1 X10\nM117 Here\n")
        await console.shows("Send these 3 commands, one after the other? G28 G1 X10 M117 Here")
        await console.press("enter")
        assert "send_gcode" not in backend.calls
        await console.paste("G28\nG1 X10")
        await console.shows("Send these 2 commands")
        await console.press("right", "enter")
        await console.shows("2 commands: ok")
        await console.until(lambda: untimed(console)[:1] == [SENT + "G28"])
        await console.paste("M114\n")
        await console.until(lambda: screen_of(console).command.value == "M114")
        await console.paste("\n".join(["M105"] * 101))
        await console.shows("These are 101 commands, and 100 may be sent at once")


async def test_help_while_a_command_is_typed(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        await console.shows("Tab completes a command")
        await typed(console, "m10")
        await console.shows("Tab: also M104 M105")
        await console.press("tab", "tab")
        await console.shows("M104 S<°C> T<tool> I<preset> Set a nozzle's target and go on")
        assert screen_of(console).command.value == "M104"
        await typed(console, " S2")
        await console.shows("M104 S<°C> T<tool> I<preset> Set a nozzle's target and go on")
        await console.press("ctrl+u", *"M112")
        await console.shows("M112 Emergency stop It is not sent: it halts the printer.")
        await console.press("ctrl+u", *"M410 X")
        await console.shows("It is not sent: it is run by Marlin as it arrives")
        await console.press("ctrl+u", *"laser cooler", "tab")
        await console.until(lambda: screen_of(console).command.value == "M143")
        await console.press("ctrl+u", *"M104", "tab")
        assert screen_of(console).command.value == "M104 "


async def test_what_was_typed_is_there_after_a_restart() -> None:
    async with opened(MemoryBackend()) as console:
        await console.press("f7")
        for command in ("M104 S200", "G28", "M105"):
            await typed(console, command, "enter")
            await console.shows(f"{command}: ok")
        await console.press("up", "up")
        assert screen_of(console).command.value == "G28"
        await console.press("down", "down")
        assert screen_of(console).command.value == ""
        await console.app.workers.wait_for_complete()
    async with opened(MemoryBackend()) as console:
        await console.press("f7")
        await console.app.workers.wait_for_complete()
        await typed(console, "M1", "up", "up")
        assert screen_of(console).command.value == "M104 S200"


async def test_keys_in_a_burst_are_done_in_their_order(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        await console.until(lambda: screen_of(console).command.has_focus)
        burst(console, "G1 X10\rG1 Y20\rM10")
        await console.until(lambda: backend.calls.count("send_gcode") == 2)
        await console.until(lambda: untimed(console)[0:4:2] == [SENT + "G1 X10", SENT + "G1 Y20"])
        assert screen_of(console).command.value == "M10"
        burst(console, "\x15T1\x08\x080")
        await console.until(lambda: screen_of(console).command.value == "0")
        await console.press("ctrl+u", "escape")
        burst(console, "M105 T0\r")
        await console.shows("M105 T0: ok")


async def test_commands_wait_for_those_before_them(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.gate = asyncio.Event()
        await typed(console, "G28", "enter")
        await console.shows("G28: the answer is to come.")
        await typed(console, "M105", "enter")
        await console.shows("M105: waits for the answer to what was sent before it.")
        assert backend.calls.count("send_gcode") == 1
        backend.gate.set()
        await console.shows("M105: ok")


async def test_what_was_typed_behind_a_command_that_failed_is_not_sent(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.gate = asyncio.Event()
        backend.refuse = WrongState("The printer can't home now.")
        await typed(console, "G28", "enter", *"G1 X10", "enter", *"G1 X20", "enter")
        await console.shows("G1 X20: waits for the answer")
        backend.gate.set()
        await console.shows("The printer can't home now. So G1 X20 was not sent either.")
        assert backend.calls.count("send_gcode") == 1
        await typed(console, "M105", "enter")
        await console.until(lambda: backend.calls.count("send_gcode") == 2)


async def test_a_mistake_of_ours_is_said_and_ends_nothing(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.refuse = ZeroDivisionError("by zero")  # type: ignore[assignment]
        await typed(console, "G28", "enter")
        await console.says("Internal error (ZeroDivisionError): by zero")
        await typed(console, "M105", "enter")
        await console.shows("M105: ok")


async def test_letters_are_keys_among_the_lines(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7", "escape", "o")
        await console.shows("^o ok shown")
        await typed(console, "M105")
        assert screen_of(console).command.value == "M105"
        await console.press("escape", "i", "backspace")
        assert screen_of(console).command.value == "M10"
        await console.press("escape", "enter", "4")
        assert screen_of(console).command.value == "M104"
        assert "send_gcode" not in backend.calls


async def test_a_printer_that_takes_no_commands_now_says_why(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7")
        backend.report(events.PhaseChanged(Phase.ERROR, "Heating failed"))
        await console.shows("(Enter Send)")
        await typed(console, "M105", "enter")
        await console.shows("Nothing is sent: Heating failed.")
        assert screen_of(console).command.value == "M105"


@pytest.mark.parametrize("lacks", [Capability.GCODE, Capability.CONSOLE])
async def test_what_a_connection_lacks_is_said(lacks: Capability) -> None:
    async with opened(MemoryBackend(EVERYTHING & ~lacks)) as console:
        await console.press("f7")
        await typed(console, "M105", "enter")
        if lacks is Capability.GCODE:
            await console.shows("This connection takes no G-code.")
        else:
            await console.shows("--- this connection doesn't show what goes over the cable")
            await console.shows(SENT + "M105")
            await console.shows(SAID + "ok")


async def test_a_server_that_is_not_there_is_asked_again(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.lose()
        await console.shows("DISCONNECTED")
        backend.refuse = LinkError("The server does not answer.")
        await console.press("f7")
        await console.shows("The server does not answer.")
        backend.come_back()
        await console.until(lambda: backend.is_watched)
        backend.over_the_cable(said("back"))
        await console.shows(SAID + "back")


# Saving


async def test_lines_are_saved_whole_and_nothing_is_overwritten_unasked(
    backend: MemoryBackend, tmp_path: Path
) -> None:
    there = tmp_path / "there.log"
    there.write_text("mine")
    async with opened(backend, size=(120, 40)) as console:
        await console.press("f7")
        backend.over_the_cable(sent("N1M117 Hi*5", 0.5), said("ok"), said("echo:\x1b[2J"))
        await console.press("escape", "s")
        await console.shows("Save the 2 lines that are not hidden to a file of this computer")
        await console.press("ctrl+u", *"~/none/x", "enter")
        await console.shows("There is no folder")
        await console.press("ctrl+u", *"~", "enter")
        await console.shows("is a folder: go on with a name")
        await console.press("ctrl+u", *"~/there.log", "enter")
        await console.shows("there.log is there already. Put these lines in its place?")
        await console.press("enter")
        assert there.read_text() == "mine"
        await console.press("s", "ctrl+u", *"~/there.log", "enter")
        await console.shows("is there already")
        await console.press("right", "enter")
        await console.shows("2 lines are in")
    first, second = there.read_text().splitlines()
    assert first.endswith(":20.500 > N1M117 Hi*5")
    assert second.endswith(":20.000 < echo:?[2J")


# Floods and harm


async def test_a_flood_leaves_the_keys_and_shows_the_end(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f7", "ctrl+o")
        drawn = screen_of(console).view
        for number in range(0, 2 * MOST, 100):
            pair = (
                (sent(f"N{n}G1X{n}*7", n / 1000), said("ok", n / 1000))
                for n in range(number, number + 100, 2)
            )
            backend.over_the_cable(*(line for lines in pair for line in lines))
            if number == MOST:
                await typed(console, "M114")
                assert screen_of(console).command.value == "M114"
            assert len(drawn.scrollback.rows) <= MOST + SLACK + 100
        await console.shows(f"G1X{2 * MOST - 2}")
        rows = untimed(console)
        assert rows[-2:] == [f"{SENT}G1X{2 * MOST - 2}", SAID + "ok"]
        moves = [int(row.partition("G1X")[2]) for row in rows if "G1X" in row]
        assert moves == list(range(moves[0], 2 * MOST, 2))
        await console.press("ctrl+backslash")
        await console.shows("STOPPED")


async def test_on_a_slow_line_rows_stay_where_they_are_for_half_a_page(
    backend: MemoryBackend,
) -> None:
    async with opened(backend, slow=True) as console:
        await console.press("f7")
        height = screen_of(console).view.size.height
        for number in range(height):
            backend.over_the_cable(said(f"line {number}."))
        await console.press("end")
        assert untimed(console) == [f"{SAID}line {n}." for n in range(height)]
        for number in range(height, height + height // 2):
            backend.over_the_cable(said(f"line {number}."))
            await console.press("end")
            first = height + 1 - (height - height // 2)
            shown = [f"{SAID}line {n}." for n in range(first, number + 1)]
            assert untimed(console) == shown + [""] * (height - len(shown))


async def test_text_of_the_printer_is_shown_and_not_obeyed(backend: MemoryBackend) -> None:
    hostile = "[red]x[/] \x1b[2J\x9b31m\x07 [@click=app.quit]y[/] ‮"
    async with opened(backend) as console:
        await console.press("f7")
        backend.over_the_cable(said(hostile), ConsoleLine(float("nan"), "sideways", hostile))
        await console.until(lambda: console.text.count("[red]x[/] ?[2J?31m? [@click") == 2)
        await typed(console, "[b]M105 \\[/", "enter")
        await console.press("ctrl+f", *"[red]x[")
        await console.shows("match 2 of 2")


@pytest.mark.parametrize("draws", [Glyphs.CONSOLE, Glyphs.ASCII])
@pytest.mark.parametrize("size", [(80, 24), (40, 24), (40, 12), (20, 8), (120, 40)])
async def test_any_terminal_shows_what_matters(
    backend: MemoryBackend, draws: Glyphs, size: tuple[int, int]
) -> None:
    async with opened(backend, draws=draws, size=size) as console:
        await console.press("f7")
        backend.over_the_cable(*(said(f"Line {n} 日本 ▁ {'x' * 90}") for n in range(50)))
        await typed(console, "m104")
        await console.until(lambda: "M104" in console.text.upper())
        await console.until(lambda: "< Line 49" in console.text)
        await console.press("escape", "w", "pageup", "slash", *"line 2")
        assert set(console.text.replace("\n", "")) <= SAFE[draws]
        await console.press("enter")
        if size[0] >= 40:
            assert "match" in console.text
