"""What the console costs a slow line, counted on a pty of 80x24 with 16 colours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from gbterm.keymap import SCREENS
from tests.console.terminal import Terminal

FIRST_PAINT, SCREEN_CHANGE = 10_000, 6_000
STEADY = {"slow": 300, "quick": 1_000}
"""Bytes a second."""
WATCHED_S = 8.0

Open = Callable[..., Terminal]


@pytest.fixture
def opened() -> Iterator[Open]:
    terminals: list[Terminal] = []

    def begin(*words: str) -> Terminal:
        terminals.append(Terminal(*words))
        terminals[-1].shows("box.gcode", "[F2 Dash")
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def test_the_first_screen_and_each_change_of_screens(opened: Open) -> None:
    terminal = opened("slow")
    assert terminal.costs() <= FIRST_PAINT
    changes = {(start, goal): spent for start, goal, spent in terminal.tour()}
    assert set(changes) == set(permutations([screen.name for screen in SCREENS], 2))
    assert {change: spent for change, spent in changes.items() if spent > SCREEN_CHANGE} == {}


@pytest.mark.parametrize("profile", STEADY)
def test_a_dashboard_while_printing(opened: Open, profile: str) -> None:
    terminal = opened(profile, "ticking")
    terminal.rests(0.2)
    terminal.bytes, began = 0, time.monotonic()
    while (passed := time.monotonic() - began) < WATCHED_S:
        terminal.read(WATCHED_S - passed)
    assert 0 < terminal.bytes <= STEADY[profile] * WATCHED_S
