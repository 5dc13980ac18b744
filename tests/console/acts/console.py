"""What the Console screen does."""

from __future__ import annotations

import itertools
import re
from functools import partial

from gbterm.screens.console import ConsoleScreen
from tests.console.acts.act import Act
from tests.console.conftest import Console

NUMBERS = itertools.count()
"""A host still has the lines of the tests before."""


def lines_screen(console: Console) -> ConsoleScreen:
    """The Console screen, which is on top."""
    assert isinstance(console.app.screen, ConsoleScreen)
    return console.app.screen


async def greeted(console: Console) -> None:
    """A board that was greeted and moved, which the screen shows."""
    await console.press("f7")
    number = next(NUMBERS)
    await console.app.backend.send_gcode(f"G0 X5\nM117 Hello {number}")
    await console.shows(f"> M117 Hello {number}")


async def among_the_lines(console: Console) -> None:
    """The focus is on the lines."""
    await greeted(console)
    await console.press("escape")


async def long_ago(console: Console) -> None:
    """More lines than there is room for, of which the last are in sight."""
    await console.press("f7")
    number = next(NUMBERS)
    lines = [*(f"M117 Line {n}" for n in range(30)), f"M117 Last {number}"]
    await console.app.backend.send_gcode("\n".join(lines))
    await console.shows(f"> M117 Last {number}")


async def scrolled_back(console: Console) -> None:
    """The last lines are out of sight."""
    await long_ago(console)
    await console.press("pageup", "pageup")
    await console.until(lambda: "M117 Last" not in console.text)


def match(console: Console, *, from_the_last: int) -> bool:
    """Whether one is that far from the last match."""
    shown = re.search(r"match (\d+) of (\d+)", console.text)
    return shown is not None and int(shown[2]) - int(shown[1]) == from_the_last


async def found(console: Console) -> None:
    """Many matches, the last one in sight."""
    await long_ago(console)
    await console.press("ctrl+f", *"m117 line 1", "enter")
    await console.until(lambda: match(console, from_the_last=0))


async def before_the_last(console: Console) -> None:
    """Not the last match."""
    await found(console)
    await console.press("n")
    await console.until(lambda: match(console, from_the_last=1))


async def without_oks(console: Console) -> None:
    """Oks are hidden, which they are at first."""
    await greeted(console)
    assert not oks_shown(console)


def oks_shown(console: Console) -> bool:
    """Whether oks are in sight, or what a hasty board says of its card after them."""
    return "< ok" in console.text or "< Not SD printing" in console.text


ACTS = (
    Act("send", "sent > M117 Typed", (*"m117 Typed", "enter"), greeted),
    Act("browse", lambda c: lines_screen(c).view.has_focus, before=greeted),
    Act("type_gcode", lambda c: lines_screen(c).command.has_focus, before=among_the_lines),
    Act("find", partial(match, from_the_last=0), ("ctrl+f", *"117 HELLO"), greeted),
    Act("find_older", partial(match, from_the_last=1), ("n",), found),
    Act("find_newer", partial(match, from_the_last=0), ("N",), before_the_last),
    Act("hide_ok", oks_shown, before=without_oks),
    Act("hide_temperatures", "^t temperatures/positions shown", before=greeted),
    Act("hide_moves", lambda c: "> G0 X5" not in c.text, before=greeted),
    Act("raw_lines", "^n raw", before=greeted),
    Act("wrap_lines", "w wrapped", before=among_the_lines),
    Act("scroll_back", "below, End: last", before=long_ago),
    Act("scroll_on", "> M117 Last", ("pagedown", "pagedown"), scrolled_back),
    Act("follow", "> M117 Last", before=scrolled_back),
    Act("save_lines", "lines are in", ("s", "enter"), among_the_lines),
)
