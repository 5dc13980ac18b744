"""Which layer a line belongs to, as slicers mark it and as the heights tell it."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest

from gbterm import wire
from gbterm.gcode.check import FileReport, check_file
from gbterm.gcode.layers import MOST_LAYERS, Layer
from gbterm.gcode.metadata import Metadata, read_metadata
from gbterm.model import Firmware

DATA = Path(__file__).parents[1] / "data" / "gcode"
STOCK = Firmware("Marlin 2.0.9")
CUBE = "".join(
    f"G1 Z{z / 10} F600\nG1 X{x} Y10 F6000\n" + "G1 X20 E1\nG1 Y20 E1\nG1 X10 E1\nG1 Y10 E1\n"
    for x, z in ((10, 2), (10, 4), (10, 6), (10, 8), (10, 10))
)
"""Five layers of a cube, with relative E, not marked."""


def sliced(name: str) -> bytes:
    data = (DATA / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def read(tmp_path: Path, content: bytes | str) -> tuple[tuple[Layer, ...], FileReport]:
    """The layers that are kept of a file, and what a job that prints it knows."""
    path = tmp_path / "a.gcode"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    metadata, report = read_metadata(path), check_file(path, STOCK)
    assert (metadata.details.layers or 0) == len(metadata.layers) == len(report.layers)
    return metadata.layers, report


@pytest.mark.parametrize(
    ("name", "layers", "heights"),
    [
        ("box.gcode", 62, (0.35, 0.55, 12.55)),
        ("bunny.gcode.gz", 535, (0.35, 0.55, 107.15)),
        ("cone-cura.gcode.gz", 244, (0.3, 0.4, 24.6)),
    ],
)
@pytest.mark.parametrize("marked", [True, False])
def test_files_of_slicers(
    tmp_path: Path, name: str, layers: int, heights: tuple[float, ...], marked: bool
) -> None:
    content = sliced(name)
    if not marked:
        lines = content.splitlines(keepends=True)
        content = b"".join(line for line in lines if not line.startswith(b";"))
    found, report = read(tmp_path, content)
    assert len(found) == layers
    assert (found[0].z_mm, found[1].z_mm, found[-1].z_mm) == heights
    lines = content.splitlines(keepends=True)
    for layer, command in zip(found, report.layers, strict=True):
        first = content[layer.offset :].splitlines()[0]
        assert first == lines[layer.line - 1].strip()
        assert first.startswith((b";LAYER:", b";LAYER_CHANGE") if marked else b"G1")
        assert 0 < command <= report.commands
    assert [layer.offset + layer.size for layer in found] == [
        *(layer.offset for layer in found[1:]),
        len(content),
    ]


def test_metadata_goes_over_the_wire_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_bytes(sliced("box.gcode"))
    metadata = read_metadata(path)
    assert wire.from_json(Metadata, json.loads(json.dumps(wire.to_json(metadata)))) == metadata


def test_filament_of_the_layers_adds_up(tmp_path: Path) -> None:
    found, _ = read(tmp_path, sliced("box.gcode"))
    assert sum(layer.filament_mm for layer in found) == pytest.approx(473.68, abs=0.01)


@pytest.mark.parametrize(
    "marks",
    [
        (";LAYER:0", ";LAYER:1", ";LAYER:2"),
        (";LAYER_CHANGE\n;Z:.2", ";LAYER_CHANGE\n;Z:.4", ";LAYER_CHANGE\n;Z:.6"),
        ("; CHANGE_LAYER", "; CHANGE_LAYER", "; CHANGE_LAYER"),
        ("; layer 1, Z = 0.2", "; layer 2, Z = 0.4", "; layer 3, Z = 0.6"),
        (";LAYER_CHANGE\n;BEFORE_LAYER_CHANGE", ";LAYER_CHANGE", ";LAYER_CHANGE\n;LAYER:9"),
    ],
)
def test_marks_of_slicers(tmp_path: Path, marks: tuple[str, ...]) -> None:
    move = "G1 Z{} F600\nG1 X10 E1 ;LAYER:7\n"
    body = "".join(f"{mark}\n{move.format(i)}" for i, mark in enumerate(marks, 1))
    found, report = read(tmp_path, "M83\nG28\nG1 Z3\nG1 X5 E3\n" + body + "M104 S0\n")
    assert [layer.z_mm for layer in found] == [1, 2, 3]
    assert [layer.filament_mm for layer in found] == [1, 1, 1]
    assert report.layers == (5, 7, 9)


def test_a_marked_vase_has_the_layers_that_are_marked(tmp_path: Path) -> None:
    turns = [
        f";LAYER:{turn}\n"
        + "".join(
            f"G1 X{math.cos(a / 8):.3f} Y{math.sin(a / 8):.3f} Z{turn / 5 + a / 250:.3f} E.1\n"
            for a in range(50)
        )
        for turn in range(6)
    ]
    assert len(read(tmp_path, "M83\n" + "".join(turns))[0]) == 6


def test_a_vase_without_marks_rises_by_more_than_hundredths(tmp_path: Path) -> None:
    spiral = "".join(f"G1 X{i % 50} Z{0.2 + i / 1000:.3f} E.1\n" for i in range(1000))
    found, _ = read(tmp_path, "M83\n" + spiral)
    assert len(found) == pytest.approx(1000 / 41, abs=1)


def test_objects_that_are_printed_one_after_the_other_count_on(tmp_path: Path) -> None:
    marked = "".join(f";LAYER:{n}\n" + "G1 X1 E1\n" for n in (0, 1, 2, 0, 1))
    assert len(read(tmp_path, "M83\n" + marked)[0]) == 5
    found, report = read(tmp_path, "M83\n" + CUBE + "G1 Z5\n" + CUBE)
    assert [layer.z_mm for layer in found] == [0.2, 0.4, 0.6, 0.8, 1.0] * 2
    assert report.layers[5] == 2 + 30 + 1 + 2


def test_going_up_and_down_within_a_print_begins_no_layer(tmp_path: Path) -> None:
    wavy = "".join(f"G1 X{i} Z{0.3 + (i % 5) / 20} E1\n" for i in range(100))
    assert len(read(tmp_path, "M83\n" + wavy)[0]) == 5
    hop = "G91\nG1 Z3 F600\nG1 X-1\nG1 Z-3\nG90\nM83\n"
    assert len(read(tmp_path, "M83\n" + CUBE.replace("G1 Y20", hop + "G1 Y20"))[0]) == 5


def test_what_prints_nothing_has_no_layers(tmp_path: Path) -> None:
    found, report = read(tmp_path, "G28\nG1 X10 Y10\nM104 S0\n")
    assert (found, report.layers) == ((), ())


def test_no_file_has_more_layers_than_can_be_kept(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "G28\n" + ";LAYER_CHANGE\n" * (MOST_LAYERS + 5))
    assert len(found) == MOST_LAYERS
    assert found[-1].size == 6 * len(";LAYER_CHANGE\n")
    rising = "".join(f"G1 X1 Z{z} E1\n" for z in range(1, MOST_LAYERS + 5))
    assert len(read(tmp_path, "M83\n" + rising)[0]) == MOST_LAYERS
