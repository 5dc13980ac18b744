"""What boards print of their meshes, and what it comes to."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm import bed_table, wire
from gbterm.bed_mesh import MOST_POINTS, Mesh, read
from gbterm.bed_shape import advice, shape
from gbterm.simulator.bed import Bed

BILINEAR = """Bilinear Leveling Grid:
      0      1      2
 0 +0.255 +0.225 -0.038
echo:busy: processing
 1 +0.060 +0.008 -0.255
 T:43.79 /0.00 B:38.33 /0.00 @:0 B@:0
 2 -0.153 -0.245  =====

Subdivided with CATMULL ROM Leveling Grid:
        0        1
 0 +9.00000 +9.00000

X:155.00 Y:185.00 Z:12.23 E:0.00 Count X:12400 Y:14800 Z:4720
echo:Bed Leveling ON
echo:Fade Height 10.00
"""
FOUR_DIGITS = """G29 Auto Bed Leveling
Bed X: 50.000 Y: 50.000 Z: -0.013
Bilinear Leveling Grid:
       0       1       2       3
 0 -0.0125 +0.0087 -0.0200 -0.0563
 1 -0.0488 -0.0400 -0.0550 -0.0100
echo:enqueueing "G0 F3600 X180 Y180"
"""
BY_HAND = """Mesh Bed Leveling OFF
5x5 mesh. Z offset: 0.00000
Measured points:
        0        1
 0 -0.20000 -0.18000
 1 -0.13000 +0.00000

X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0 Y:0 Z:0
"""
BY_HAND_BEFORE = (
    "Num X,Y: 2,2\nZ offset: 0.00000\nMeasured points:\n"
    + """        0        1
 0 +0.10000 +0.20000
 1 +0.30000 +0.40000
"""
)
UNIFIED = """
Bed Topography Report:

    ( 13,187)                                                (187,187)
        0       1       2
 2 |   .       .       .
   |
 1 |   .     -0.405 [-0.338]
   |
 0 |   .      0.000  +0.477
        0       1       2
    ( 13, 13)                                                (187, 13)

Mesh is invalid
Storage slot: -1
echo:Invalid mesh.
echo:Bed Leveling OFF
echo:Fade Height OFF
"""
UNLABELLED = """Bed Topography Report:

(0,1)                                                                   (1,1)
(30,270)                                                                (270,270)
 -0.452   -0.319

  0.059   -0.094

(30,30)                                                                (270,30)
(0,0)                                                                   (1,0)
"""
CSV = "Bed Topography Report for CSV:\n\n0.100\tNAN\n-0.200\t0.300\n"


def told(text: str) -> Mesh:
    return read(text.replace("\\\n", "\n").splitlines())


@pytest.mark.parametrize(
    ("said", "kind", "points"),
    [
        (
            BILINEAR,
            "bilinear",
            ((0.255, 0.225, -0.038), (0.06, 0.008, -0.255), (-0.153, -0.245, None)),
        ),
        (
            FOUR_DIGITS,
            "bilinear",
            ((-0.0125, 0.0087, -0.02, -0.0563), (-0.0488, -0.04, -0.055, -0.01)),
        ),
        (BY_HAND, "mbl", ((-0.2, -0.18), (-0.13, 0.0))),
        (BY_HAND_BEFORE, "mbl", ((0.1, 0.2), (0.3, 0.4))),
        (UNIFIED, "ubl", ((None, 0.0, 0.477), (None, -0.405, -0.338), (None, None, None))),
        (UNLABELLED, "ubl", ((0.059, -0.094), (-0.452, -0.319))),
        (CSV, "ubl", ((-0.2, 0.3), (0.1, None))),
        ("Bed Level Correction Matrix:\n+1.000000 +0.000000 -0.001000\n", "plane", ()),
        ("echo:Invalid mesh.\necho:Bed Leveling OFF\n", "", ()),
    ],
)
def test_the_front_row_comes_first_whatever_the_board_prints_first(
    said: str, kind: str, points: tuple[object, ...]
) -> None:
    mesh = told(said)
    assert (mesh.kind, mesh.points) == (kind, points)


def test_what_else_is_told() -> None:
    bilinear, unified = told(BILINEAR), told(UNIFIED)
    assert (bilinear.is_active, bilinear.fade_mm, bilinear.is_refused) == (True, 10.0, False)
    assert (unified.is_active, unified.fade_mm, unified.is_refused) == (False, 0.0, True)
    assert (unified.x_mm, unified.y_mm) == ((13.0, 187.0), (13.0, 187.0))
    assert (told(UNLABELLED).x_mm, told(UNLABELLED).y_mm) == ((30.0, 270.0), (30.0, 270.0))
    assert (bilinear.x_mm, bilinear.missing, unified.missing) == (None, 1, 5)


def test_a_row_that_was_lost_is_missing_and_the_others_keep_their_places() -> None:
    said = BILINEAR.replace(" 1 +0.060 +0.008 -0.255", " 1 +0.060 +0.0?8 -0.255")
    assert told(said).points[1] == (None, None, None)
    assert told(said).points[2][0] == -0.153


@pytest.mark.parametrize("kind", ["bilinear", "ubl", "mbl"])
@pytest.mark.parametrize("count", [2, 3, 10, 16])
def test_every_size_that_a_board_prints_is_read_as_it_is(kind: str, count: int) -> None:
    bed = Bed(kind, count)
    for column in range(count):
        for row in range(count):
            bed.measure(column, row)
    bed.points[1][0] = math.nan
    printed = {
        "bilinear": ["Bilinear Leveling Grid:", *bed.grid(3)],
        "mbl": ["Measured points:", *bed.grid(5)],
        "ubl": list(bed.topography(csv=False)),
    }
    mesh = read(printed[kind])
    for row, points in enumerate(mesh.points):
        for column, z in enumerate(points):
            if (column, row) == (1, 0):
                assert z is None
            else:
                assert z == pytest.approx(bed.points[column][row], abs=6e-4)
    assert (len(mesh.points), mesh.columns) == (count, count)
    if kind == "ubl":
        assert read(bed.topography(csv=True)).points == mesh.points


WORDS = st.sampled_from(
    [
        *("Bilinear Leveling Grid:", "Bed Topography Report:", "Measured points:", " 0 +0.1 -0.2"),
        *("9 | . =====", "63 +0.1", "64 +0.1 0.2", "( 1,2) (3,4)", "nan nan", "0.1\t0.2"),
        *("echo:Bed Leveling ON", "echo:Fade Height 9999999", "(1,1)", "| |", "1.0 " * 70),
        *("echo:Invalid mesh.", "Subdivided with", "Bed Level Correction Matrix:"),
    ]
)


@given(st.lists(WORDS | st.text(max_size=60), max_size=40))
def test_no_answer_is_too_odd(lines: list[str]) -> None:
    mesh = read(lines)
    assert len(mesh.points) <= MOST_POINTS
    assert len({len(row) for row in mesh.points}) <= 1
    assert wire.from_json(Mesh, wire.to_json(mesh)) == mesh
    assert all(isinstance(text, str) and text for text in bed_table.account(mesh))
    assert all(len(line.label) < 20 for line in bed_table.lines(mesh, 80))


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    def endless() -> object:
        yield "Bed Topography Report:"
        while True:
            yield "+0.100 +0.200"

    assert len(read(endless()).points) == MOST_POINTS  # type: ignore[arg-type]


def test_a_tilted_plane_is_all_tilt_and_tells_the_corner_that_is_off() -> None:
    plane = tuple(tuple(0.05 * x - 0.02 * y for x in range(5)) for y in range(4))
    found = shape(Mesh("bilinear", plane))
    assert found is not None
    assert found.uneven_rms == pytest.approx(0, abs=1e-9)
    assert found.corners == pytest.approx((-0.07, 0.13, -0.13, 0.07))
    assert (found.range, found.tilt) == pytest.approx((0.26, 0.26))
    assert advice(Mesh("bilinear", plane)).startswith("The right front corner is 0.13 mm high")


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ((), "No point of the bed was measured"),
        (((None, None), (None, None)), "No point of the bed was measured"),
        (((0.01, 0.0), (0.0, 0.01)), "level and even"),
        (((0.0, 0.3, 0.0), (0.3, 0.9, 0.3), (0.0, 0.3, 0.0)), "no screw changes that"),
        (((-0.4, 0.0), (0.0, 0.4)), "left front corner is 0.40 mm low: raise it"),
        (((0.2, None), (None, None)), "level and even"),
        (((0.0, 0.1, 0.2),), "level, but uneven"),
    ],
)
def test_what_follows_is_said_in_words(
    points: tuple[tuple[float | None, ...], ...], words: str
) -> None:
    assert words in advice(Mesh("ubl", points))


def test_a_bed_that_is_half_measured_tilts_as_the_whole() -> None:
    chance = random.Random(7)
    whole = [[0.02 * x - 0.01 * y for x in range(10)] for y in range(10)]
    part = tuple(tuple(z if chance.random() < 0.5 else None for z in row) for row in whole)
    found, all_of_it = shape(Mesh("ubl", part)), shape(Mesh("ubl", tuple(map(tuple, whole))))
    assert found is not None
    assert all_of_it is not None
    assert found.corners == pytest.approx(all_of_it.corners)


@pytest.mark.parametrize(("count", "last"), [(3, "+0.200#"), (10, "+0.20#"), (16, "+20#")])
def test_the_table_shows_the_bed_from_the_front_and_fits_a_terminal(count: int, last: str) -> None:
    points = tuple(
        tuple(0.2 if (x, y) == (count - 1, 0) else -0.1 for x in range(count)) for y in range(count)
    )
    lines = bed_table.lines(Mesh("bilinear", points), 80)
    text = [line.label + "".join(cell.text for cell in line.cells) for line in lines]
    assert (len(text), max(map(len, text)) <= 80) == (count, True)
    assert text[-1].startswith("front")
    assert text[-1].endswith(last)
    assert text[0].lstrip().startswith("back")
    assert not any("#" in row for row in text[:-1])
