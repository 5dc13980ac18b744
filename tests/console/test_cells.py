"""What is sent makes any terminal show what is wanted, and is little."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gbterm.cells import BLANK, Cell, Cells, cells_of
from tests.vt import Vt

WIDTH, HEIGHT = 12, 4

puts = st.lists(
    st.tuples(
        st.integers(-1, WIDTH),
        st.integers(-1, HEIGHT),
        st.text(alphabet="ab  é日█\u0301", max_size=WIDTH + 3),
        st.sampled_from(["", "1", "7", "31", "4;32;44"]),
    ),
    max_size=8,
)


def shown(terminal: Vt) -> list[list[tuple[str, str]]]:
    return [[_seen(*cell) for cell in row] for row in terminal.rows]


def wanted(cells: Cells) -> list[list[tuple[str, str]]]:
    return [[_seen(*cell) for cell in row] for row in cells._wanted]


def _seen(text: str, codes: str) -> tuple[str, str]:
    """A space looks alike in every colour of its text; half a character has no look of its own."""
    showing = {"7", "4", "44"}.intersection(codes.split(";"))
    return (text, codes) if text.strip() or showing else (text, "")


@given(st.lists(puts, max_size=5), st.sets(st.integers(0, 4)))
def test_the_terminal_shows_what_is_wanted(frames: list, forgotten: set[int]) -> None:  # type: ignore[type-arg]
    cells, terminal = Cells(WIDTH, HEIGHT), Vt(WIDTH, HEIGHT)
    for number, frame in enumerate(frames):
        for x, y, text, codes in frame:
            cells.put(x, y, cells_of(text, codes))
        if number in forgotten:
            terminal.feed(b"\x1b[2;2Hprintk: something else\x1b[1m")
            cells.forget()
        terminal.feed(cells.changes().encode())
        assert shown(terminal) == wanted(cells)
        assert cells.changes() == ""
    assert terminal.unknown == []


@given(st.text(max_size=30))
def test_text_takes_as_many_cells_as_it_is_counted_for(text: str) -> None:
    cells = cells_of(text, "1")
    assert len(cells) == cell_len(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for cell in cells for c in cell.text)


def test_one_digit_costs_a_position_and_a_digit() -> None:
    cells = Cells(80, 24)
    cells.put(0, 3, cells_of("Nozzle  209 °C", ""))
    cells.changes()
    cells.put(0, 3, cells_of("Nozzle  210 °C", ""))
    assert cells.changes() == "\x1b[4;10H10"


def test_what_is_the_same_costs_nothing() -> None:
    cells = Cells(80, 24)
    cells.put(0, 0, cells_of("READY", "1"))
    cells.changes()
    cells.put(0, 0, cells_of("READY", "1"))
    assert cells.changes() == ""


def test_an_empty_rest_of_a_row_is_erased_at_once() -> None:
    cells = Cells(80, 24)
    cells.put(0, 0, cells_of("x" * 80, ""))
    cells.changes()
    cells.put(0, 0, (BLANK,) * 80)
    assert cells.changes() == "\x1b[1H\x1b[K"


@pytest.mark.parametrize("codes", ["7", "4", "44", "1;7"])
def test_a_space_that_can_be_seen_is_drawn(codes: str) -> None:
    assert cells_of(" ", codes) == (Cell(" ", codes),)
    assert cells_of(" ", "1;31") == (BLANK,)
