"""The console in tmux as on several terminals: driven by keys, its screens read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gbterm.keymap import SCREENS
from gbterm.lookalikes import SAFE
from gbterm.terminal import Glyphs
from tests.endtoend.house import House, wait_until
from tests.endtoend.screen import Screen

Open = Callable[[str, tuple[int, int]], Screen]
DRAWN = {"linux": SAFE[Glyphs.CONSOLE], "vt100": SAFE[Glyphs.ASCII]}


@pytest.fixture
def console(house: House) -> Iterator[Open]:
    screens: list[Screen] = []

    def open_console(term: str, size: tuple[int, int]) -> Screen:
        house.environment |= {"LC_ALL": "C.UTF-8"}
        before = ("env", f"TERM={term}")
        screens.append(Screen(house, "--port", str(house.tty), size=size, before=before))
        return screens[-1]

    yield open_console
    for screen in screens:
        screen.close()


def reaches_down(screen: Screen, rows: int) -> bool:
    """Whether something is in the last of so many rows."""
    return len(screen.text().rstrip("\n").splitlines()) == rows


@pytest.mark.parametrize("size", [(80, 24), (40, 24)])
@pytest.mark.parametrize("term", ["linux", "vt100", "xterm-256color", "screen"])
def test_every_screen_by_keys_that_every_terminal_has(
    house: House, console: Open, term: str, size: tuple[int, int]
) -> None:
    house.board()
    screen = console(term, size)
    screen.wait_for("READY")
    for there in (*SCREENS[1:], SCREENS[0]):
        screen.press_until(["C-g"], "A letter goes there")
        screen.press_until([there.letter], f"[{there.shown}")
        shown = screen.text()
        assert set(shown.replace("\n", "")) <= DRAWN.get(term, set(shown)), shown
        wait_until(lambda: reaches_down(screen, size[1]), "the bottom line at the bottom")
    screen.press_until(["C-\\"], "STOPPED")
    screen.keys("Enter")
    screen.wait_for("ERROR")
    screen.press_until(["C-q"], "EXIT 0")
