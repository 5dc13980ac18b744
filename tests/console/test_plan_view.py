"""A layer drawn in characters: what it looks like, and what it costs to look at it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from gbterm.files import LayerGeometry, Toolpath
from gbterm.lookalikes import SAFE
from gbterm.terminal import Glyphs
from gbterm.widgets.plan_view import NOTHING_PRINTED, PlanView
from gbterm.widgets.raster import Extent, drawn, extent, fitted


def path(*points: float, kind: str = "extrude") -> Toolpath:
    return Toolpath(kind, 0, points)


SQUARE = path(0, 0, 20, 0, 20, 20, 0, 20, 0, 0)


def rows(
    paths: Sequence[Toolpath], columns: int, lines: int, kind: Glyphs, *, travels: bool = False
) -> list[str]:
    shown = extent(paths)
    assert shown is not None
    return drawn(paths, fitted(shown, columns, lines), kind, travels=travels)


def test_a_square_is_square_and_closed() -> None:
    assert rows([SQUARE], 9, 4, Glyphs.UNICODE) == [
        *("⡏⠉⠉⠉⠉⠉⠉⢹ ", "⡇      ⢸ ", "⡇      ⢸ ", "⣇⣀⣀⣀⣀⣀⣀⣸ "),
    ]
    assert rows([SQUARE], 9, 4, Glyphs.CONSOLE) == [
        *("/──────\\ ", "│      │ ", "│      │ ", "\\──────/ "),
    ]
    assert rows([SQUARE], 9, 4, Glyphs.ASCII) == [
        *("/------\\ ", "|      | ", "|      | ", "\\------/ "),
    ]


def test_the_back_of_the_bed_is_on_top() -> None:
    rising = path(0, 0, 30, 30)
    drawing = rows([rising], 8, 4, Glyphs.ASCII)
    assert drawing[0].rstrip().endswith("/")
    assert drawing[-1].startswith("/")
    assert "\\" in "".join(rows([path(0, 30, 30, 0)], 8, 4, Glyphs.ASCII))


def test_what_is_solid_is_solid() -> None:
    solid = path(*(value for y in range(21) for x in (0, 20) for value in (x, y)))
    for kind, sign in ((Glyphs.UNICODE, "⣿"), (Glyphs.CONSOLE, "█"), (Glyphs.ASCII, "#")):
        middle = rows([solid], 9, 4, kind)[1].strip()
        assert set(middle[:-1]) == {sign}


@pytest.mark.parametrize(("kind", "sign"), [(Glyphs.UNICODE, "·"), (Glyphs.ASCII, ".")])
def test_travels_are_dots_and_only_shown_on_request(kind: Glyphs, sign: str) -> None:
    paths = [SQUARE, path(3, 10, 17, 10, kind="travel")]
    assert sign not in "".join(rows(paths, 20, 10, kind))
    assert sign * 10 in "".join(rows(paths, 20, 10, kind, travels=True))


def test_a_travel_to_elsewhere_does_not_shrink_the_layer() -> None:
    paths = [SQUARE, path(10, 10, 9000, 9000, kind="travel")]
    assert extent(paths) == Extent(0, 0, 20, 20)
    assert rows(paths, 9, 4, Glyphs.UNICODE) == rows([SQUARE], 9, 4, Glyphs.UNICODE)
    assert "." in "".join(rows(paths, 20, 10, Glyphs.ASCII, travels=True))


def test_one_point_is_a_dot() -> None:
    assert "".join(rows([path(5, 5)], 3, 3, Glyphs.ASCII)).split() == ["-"]


anywhere = st.floats() | st.sampled_from((0.0, 1e5, -1e5, 1e308, math.nan, math.inf))
toolpaths = st.builds(
    Toolpath,
    st.sampled_from(("extrude", "travel", "")),
    st.integers(0, 3),
    st.lists(anywhere | st.floats(-300, 300), max_size=9).map(tuple),
)


@given(st.lists(toolpaths, max_size=4), st.integers(0, 12), st.integers(0, 6))
def test_no_file_draws_beyond_its_box_or_what_the_terminal_lacks(
    paths: list[Toolpath], columns: int, lines: int
) -> None:
    shown = extent(paths) or Extent(0, 0, 1, 1)
    for kind in Glyphs:
        view = fitted(shown, columns, lines)
        drawing = drawn(paths, view, kind, travels=True)
        assert [len(row) for row in drawing] == [columns] * lines
        assert set("".join(drawing)) <= SAFE.get(kind, set("".join(drawing)))
        for toolpath in paths:
            for spot in zip(toolpath.points[::2], toolpath.points[1::2], strict=False):
                cell = view.cell(spot)
                assert cell is None or (0 <= cell[0] < columns and 0 <= cell[1] < lines)


# The widget


class OneView(App[None]):
    """A plan view that fills the screen."""

    def __init__(self, draws: Glyphs) -> None:
        super().__init__()
        self.view = PlanView(draws)
        self.drawn: list[Region] = []

    def compose(self) -> ComposeResult:
        yield self.view

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


@asynccontextmanager
async def shown(
    *,
    size: tuple[int, int] = (60, 12),
    draws: Glyphs = Glyphs.UNICODE,
    geometry: LayerGeometry | None = None,
) -> AsyncIterator[tuple[OneView, Pilot[None]]]:
    app = OneView(draws)
    async with app.run_test(size=size) as pilot:
        app.view.geometry = geometry
        await pilot.pause()
        yield app, pilot


LAYER = LayerGeometry(3, 0.6, (SQUARE, path(3, 10, 17, 10, kind="travel")))


async def test_layer_height_and_size_are_said() -> None:
    async with shown(geometry=LAYER) as (app, pilot):
        assert "Layer 3  Z 0.60 mm  20.0 x 20.0 mm" in app.text
        app.view.count = 50
        await pilot.pause()
        assert "Layer 3 of 50  Z 0.60 mm" in app.text
        assert "⣇⣀⣀" in app.text


@pytest.mark.parametrize(
    ("size", "thinned", "cut"),
    [
        ((80, 12), "thinned: details are left out", "cut: only its beginning is shown"),
        ((40, 12), "thinned", "cut"),
        ((14, 6), "thinned", "cut"),
    ],
)
async def test_what_is_missing_is_said_however_narrow(
    size: tuple[int, int], thinned: str, cut: str
) -> None:
    for geometry, text in (
        (LayerGeometry(3, 0.6, (SQUARE,), thinned=True), thinned),
        (LayerGeometry(3, 0.6, (SQUARE,), thinned=True, cut=True), cut),
    ):
        async with shown(size=size, geometry=geometry) as (app, _):
            assert text in app.text


async def test_no_layer_and_an_empty_one_are_said() -> None:
    async with shown() as (app, pilot):
        app.view.note = "Reading layer 4 ..."
        await pilot.pause()
        assert "Reading layer 4 ..." in app.text
        app.view.geometry = LayerGeometry(4, None, LAYER.paths[1:])
        await pilot.pause()
        assert "Layer 4" in app.text
        assert NOTHING_PRINTED in app.text


async def test_the_bounds_of_the_file_keep_the_scale() -> None:
    async with shown(geometry=LAYER) as (app, pilot):
        whole = app.text
        app.view.bounds = Extent(-40, -40, 60, 60)
        await pilot.pause()
        assert app.text.count("⠉") < whole.count("⠉") / 2


@pytest.mark.parametrize(("draws", "sign"), [(Glyphs.UNICODE, "●"), (Glyphs.ASCII, "@")])
async def test_the_head_is_a_mark_that_moves_and_costs_two_cells(draws: Glyphs, sign: str) -> None:
    async with shown(draws=draws, geometry=LAYER) as (app, pilot):
        before = app.text
        app.view.head = (10.0, 10.0)
        await pilot.pause()
        rows = app.text.splitlines()
        assert [row.index(sign) for row in rows if sign in row] == [30]
        app.view.head = (10.0, 10.01)
        await pilot.pause()
        assert app.text.splitlines() == rows
        app.view.head = (400.0, 10.0)
        await pilot.pause()
        assert app.text == before


async def test_only_changed_cells_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(geometry=LAYER) as (app, pilot):
        drawn: list[Region] = []
        refresh = PlanView.refresh

        def recorded(self: PlanView, *regions: Region, **options: bool) -> PlanView:
            drawn.extend(regions or [Region(0, 0, *self.size)])
            return refresh(self, *regions, **options)

        monkeypatch.setattr(PlanView, "refresh", recorded)
        app.view.geometry = LayerGeometry(3, 0.6, LAYER.paths)
        app.view.head = (10.0, 10.0)
        assert [region.area for region in drawn] == [1]
        app.view.head = (20.0, 20.0)
        assert [region.area for region in drawn] == [1, 1, 1]
        app.view.geometry = LayerGeometry(4, 0.8, LAYER.paths)
        assert sum(region.area for region in drawn[3:]) <= 12
        await pilot.pause()
        assert "Layer 4  Z 0.80" in app.text


async def test_the_layer_fits_a_box_of_any_size() -> None:
    for size in ((80, 24), (20, 5), (9, 2), (1, 1)):
        async with shown(size=size, geometry=LAYER) as (app, pilot):
            await pilot.resize_terminal(size[0] + 11, size[1] + 3)
            await pilot.pause()
            rows = app.text.splitlines()
            assert [len(row) for row in rows] == [size[0] + 11] * (size[1] + 3)
            assert "⠉" in app.text
