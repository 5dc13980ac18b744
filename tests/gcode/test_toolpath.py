"""What a layer draws, against a second reading of the whole file, and how little of it is read."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm.gcode.metadata import read_metadata
from gbterm.gcode.thin import thin
from gbterm.gcode.toolpath import MOST_BYTES, MOST_POINTS, Path, Spot, read_layer
from tests.independent_gcode import Canonical, canonical

DATA = File(__file__).parents[1] / "data" / "gcode"

Segment = tuple[bool, int, Spot, Spot]
"""Whether it extrudes, with which tool, from where to where."""


def drawn(tmp_path: File, content: bytes) -> list[tuple[list[Path], bool]]:
    """Each layer of a file, read for itself."""
    path = tmp_path / "a.gcode"
    path.write_bytes(content)
    layers = read_metadata(path).layers
    with path.open("rb") as file:
        # Backwards: no layer may need what was read before.
        return [read_layer(file, layer) for layer in reversed(layers)][::-1]


def segments(paths: list[Path]) -> list[Segment]:
    return [(path.extrudes, path.tool, *pair) for path in paths for pair in pairwise(path.spots)]


class Reference:
    """A slow reading of a whole file of straight moves, with decimals."""

    def __init__(self) -> None:
        self.at = {axis: Decimal(0) for axis in "XYZE"}
        self.unit, self.g91, self.m83, self.tool = Decimal(1), False, False, 0

    def follow(self, text: str) -> Iterator[list[Segment]]:
        """The segments of each layer that is marked with `;LAYER:`."""
        layer: list[Segment] | None = None
        for line in text.splitlines():
            if line.startswith((";LAYER:", ";LAYER_CHANGE")):
                if layer is not None:
                    yield layer
                layer = []
            segment = self.step(canonical(line))
            if segment is not None and layer is not None and segment[2] != segment[3]:
                layer.append(segment)
        if layer is not None:
            yield layer

    def step(self, command: Canonical) -> Segment | None:
        words = {a: v * self.unit for a, v in command.words.items() if isinstance(v, Decimal)}
        match command.code:
            case "G20":
                self.unit = Decimal("25.4")
            case "G21":
                self.unit = Decimal(1)
            case "G90" | "G91":
                self.g91 = self.m83 = command.code == "G91"
            case "M82" | "M83":
                self.m83 = command.code == "M83"
            case "T0" | "T1":
                self.tool = int(command.code[1:])
            case "G28":
                named = [axis for axis in "XYZ" if axis in command.words] or list("XYZ")
                self.at |= dict.fromkeys(named, Decimal(0))
            case "G92":
                self.at |= {axis: words[axis] for axis in "XYZE" if axis in words}
            case "G0" | "G1":
                return self.move(words)
        return None

    def move(self, words: dict[str, Decimal]) -> Segment:
        before, e = self.spot(), self.at["E"]
        for axis in "XYZE":
            if axis in words:
                relative = self.m83 if axis == "E" else self.g91
                self.at[axis] = words[axis] + (self.at[axis] if relative else 0)
        extrudes = self.at["E"] > e and bool({"X", "Y"} & words.keys())
        return extrudes, self.tool, before, self.spot()

    def spot(self) -> Spot:
        return round(self.at["X"] * 100), round(self.at["Y"] * 100)


def near(ours: list[Segment], theirs: list[Segment]) -> bool:
    """The same but for a hundredth, where a half was rounded to the other side."""

    def alike(a: Segment, b: Segment) -> bool:
        spots = zip((*a[2], *a[3]), (*b[2], *b[3]), strict=True)
        return a[:2] == b[:2] and all(abs(x - y) <= 1 for x, y in spots)

    return len(ours) == len(theirs) and all(map(alike, ours, theirs))


@pytest.mark.parametrize("name", ["box.gcode", "cone-cura.gcode.gz"])
def test_layers_of_slicers_are_what_the_whole_file_draws(tmp_path: File, name: str) -> None:
    content = (DATA / name).read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    found = drawn(tmp_path, content)
    wanted = list(Reference().follow(content.decode()))
    assert len(found) == len(wanted)
    for (paths, cut), layer in zip(found, wanted, strict=True):
        assert not cut
        assert near(segments(paths), layer)
    assert sum(len(path.spots) for paths, _ in found for path in paths) > 1000


numbers = st.decimals(-50, 50, places=2).map(str)
words = st.fixed_dictionaries({}, optional=dict.fromkeys("XYZE", numbers))
moves = words.map(lambda w: "G1" + "".join(f" {axis}{value}" for axis, value in w.items()))
others = st.sampled_from(
    ["G20", "G21", "G90", "G91", "M82", "M83", "G28", "G28 X", "G92 E0", "G92 X5 Y5", "T1", "T0"]
)
marks = st.just(";LAYER:1")
files = st.lists(st.one_of(moves, moves, moves, others, marks), min_size=1, max_size=60)


@given(lines=files)
def test_any_layer_is_what_the_whole_file_draws(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    text = "\n".join(["G28", ";LAYER:0", *lines, "M400"]) + "\n"
    found = drawn(tmp_path_factory.getbasetemp(), text.encode())
    wanted = list(Reference().follow(text))
    assert len(found) == len(wanted)
    for (paths, _), layer in zip(found, wanted, strict=True):
        # Two decimals, also of an inch, are never half a hundredth of a mm.
        assert segments(paths) == layer


ARCS = {
    "a quarter by its center": ("G2 X10 Y0 I0 J-10", (0, 10), (0, 0), 10, math.pi / 2),
    "a quarter against the clock": ("G3 X-10 Y0 I0 J-10", (0, 10), (0, 0), 10, math.pi / 2),
    "three quarters": ("G3 X10 Y0 I0 J-10", (0, 10), (0, 0), 10, 3 * math.pi / 2),
    "a full circle": ("G2 I0 J-10", (0, 10), (0, 0), 10, math.tau),
    "a full circle to where it began": ("G3 X0 Y10 I0 J-10", (0, 10), (0, 0), 10, math.tau),
    "by its radius": ("G2 X10 Y0 R10", (0, 10), (0, 0), 10, math.pi / 2),
    "by its radius, the long way": ("G2 X10 Y0 R-10", (0, 10), (10, 10), 10, 3 * math.pi / 2),
    "by its radius against the clock": ("G3 X10 Y0 R10", (0, 10), (10, 10), 10, math.pi / 2),
}


@pytest.mark.parametrize("inches", [False, True])
@pytest.mark.parametrize("name", ARCS)
def test_arcs_become_chords(tmp_path: File, name: str, inches: bool) -> None:
    arc, start, center, radius, sweep = ARCS[name]
    unit = 25.4 if inches else 1.0
    head = f"{'G20' if inches else 'G21'}\nM83\nG1 X{start[0]} Y{start[1]}\n;LAYER:0\n"
    ((paths, _),) = drawn(tmp_path, f"{head}{arc} E1\n".encode())
    (path,) = paths
    assert path.extrudes
    points = [(x / 100, y / 100) for x, y in path.spots]
    assert points[0] == pytest.approx((start[0] * unit, start[1] * unit))
    for point in points:
        distance = math.dist(point, (center[0] * unit, center[1] * unit))
        assert distance == pytest.approx(radius * unit, abs=0.02)
    length = sum(math.dist(a, b) for a, b in pairwise(points))
    assert length == pytest.approx(radius * unit * sweep, rel=0.01)


def test_a_layer_that_is_too_large_is_cut(tmp_path: File) -> None:
    line = b"G1 X%d Y%d E1 ; " + b"a" * 80 + b"\n"
    many = b"".join(line % (n % 200, n % 100) for n in range(MOST_BYTES // 90))
    ((paths, cut),) = drawn(tmp_path, b"M83\n;LAYER:0\n" + many)
    assert cut
    arcs = b"G2 I9 E1\n" * 5000
    ((paths, cut),) = drawn(tmp_path, b"M83\n;LAYER:0\n" + arcs)
    assert cut
    assert MOST_POINTS < sum(len(path.spots) for path in paths) < MOST_POINTS + 1000


@given(st.lists(st.binary(max_size=60), max_size=30))
def test_any_bytes_draw_something_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    text = b"G28\n;LAYER:0\n" + b"\n".join(line.replace(b"\0", b"") for line in lines)
    for paths, _ in drawn(tmp_path_factory.getbasetemp(), text):
        thin(paths, 10)


@pytest.mark.parametrize(
    "line",
    [
        *("G1 X" + "9" * 200 + " E1", "G2 X1e9 Y5 I" + "9" * 200 + " E1", "G3 X5 R1" + "0" * 200),
        *("G2 X5 Y5 I0 J0 E1", "G2 X5 Y5 E1", "G3 X5 Y5 R0 E1", "G2 X50 Y50 R1 E1", "G2 R5 E1"),
        "G91\n" + ("G1 X" + "9" * 240 + " E1\n") * 30,
    ],
)
def test_moves_that_no_printer_makes_are_drawn_as_lines(tmp_path: File, line: str) -> None:
    found = drawn(tmp_path, f"M83\n;LAYER:0\nG1 X1 Y1 E1\n{line}\nG1 X3 Y3\n".encode())
    spots = [spot for paths, _ in found for path in paths for spot in path.spots]
    assert max(abs(value) for spot in spots for value in spot) <= 10**7


def circle(points: int, radius: float = 5000.0) -> Path:
    turn = [math.tau * n / points for n in range(points)]
    spots = [(round(radius * math.cos(a)), round(radius * math.sin(a))) for a in turn]
    return Path(True, 0, [*spots, spots[0]])


def test_what_fits_stays_as_it_is() -> None:
    paths = [circle(100), Path(False, 0, [(0, 0), (5, 5), (10, 10)])]
    assert thin(paths, 104) == (paths, False)


def test_points_on_a_line_go_first() -> None:
    line = Path(True, 0, [(n, 2 * n) for n in range(100)])
    ends = Path(True, 0, [line.spots[0], line.spots[-1]])
    assert thin([line, circle(8)], 11) == ([ends, circle(8)], True)


def test_a_thinned_circle_is_round() -> None:
    ((path,), thinned) = thin([circle(5000)], 40)
    assert thinned
    assert len(path.spots) == 40
    for a, b in pairwise(path.spots):
        assert math.hypot((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) > 4900


def test_travels_go_before_what_is_printed_suffers() -> None:
    travels = [Path(False, 0, [(n, n), (n + 10 * n, 9000)]) for n in range(100)]
    kept, thinned = thin([*travels, circle(60)], 80)
    assert thinned
    assert circle(60) in kept
    assert sum(len(path.spots) for path in kept) <= 80
    longest = [path for path in kept if not path.extrudes]
    assert longest == travels[-len(longest) :]


@given(
    st.lists(
        st.builds(
            Path,
            st.booleans(),
            st.just(0),
            st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=2),
        )
    ),
    st.integers(0, 60),
)
def test_there_are_never_more_points_than_asked_for(paths: list[Path], most: int) -> None:
    kept, thinned = thin(paths, most)
    points = sum(len(path.spots) for path in paths)
    assert sum(len(path.spots) for path in kept) <= most
    assert thinned == (points > most)
    for path in kept:
        assert len(path.spots) >= 2
        ends = path.spots[0], path.spots[-1]
        assert ends in [(path.spots[0], path.spots[-1]) for path in paths]


def test_a_layer_is_read_from_its_own_bytes_alone(tmp_path: File) -> None:
    content = (DATA / "box.gcode").read_bytes()
    path = tmp_path / "a.gcode"
    path.write_bytes(content)
    layer = read_metadata(path).layers[30]
    end = layer.offset + layer.size
    alone = b"\xff" * layer.offset + content[layer.offset : end] + b"\xff" * (len(content) - end)
    with path.open("rb") as file:
        assert read_layer(BytesIO(alone), layer) == read_layer(file, layer)
