"""The layers of the library's files, and what they draw, over a real WebSocket."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.capability import Capability
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import NoSuchFile, OutOfRange
from tests.server.running import Caller, Running

BOX = (Path(__file__).parents[1] / "data" / "gcode" / "box.gcode").read_text()
TWO = (
    "G28\nM83\nG20\nG1 Z1 F600\n;LAYER:0\nG1 X1 Y1\nT1\nG91\nG1 X1 E1\nG1 Y1 E1\nG90\nM83\n"
    ";LAYER:1\nG1 X3\nG21\nG2 X50.8 Y25.4 I-25.4 J0 E1\n"
)
CIRCLE = "M83\n;LAYER:0\nG1 X100 Y50\nG2 I-50 E9\n" + "G1 X{} Y50\n" * 50


async def put(client: Caller, payload: str, name: str = "a.gcode") -> int:
    record = await client.result("put_gcode_file", {"name": name, "payload": payload})
    return int(record["id"])


async def test_the_layers_of_a_file(running: Running) -> None:
    async with await running.tcp() as client:
        file = await put(client, BOX)
        told = await client.result("get_layers", {"id": file})
        assert (told["layers"], told["first"], len(told["z_mm"])) == (62, 1, 62)
        assert (told["z_mm"][:2], told["z_mm"][-1]) == ([0.35, 0.55], 12.55)
        for offset, line in zip(told["offset"], told["line"], strict=True):
            assert BOX.encode()[offset:].startswith(b";LAYER_CHANGE\n")
            assert BOX.splitlines()[line - 1] == ";LAYER_CHANGE"
        assert told["offset"][0] + sum(told["size"]) == len(BOX)
        assert sum(told["filament_mm"]) == pytest.approx(473.68, abs=0.05)
        some = await client.result("get_layers", {"id": file, "first": 61, "most": 1})
        assert (some["layers"], some["first"], some["z_mm"]) == (62, 61, [12.35])
        beyond = await client.result("get_layers", [file, 2**62])
        assert (beyond["layers"], beyond["z_mm"]) == (62, [])
        empty = await client.result("get_layers", [await put(client, "G28\n")])
        assert (empty["layers"], empty["line"]) == (0, [])
        assert (await client.error("get_layers", [99]))["code"] == -32001


async def test_what_a_layer_draws(running: Running) -> None:
    async with await running.tcp() as client:
        file = await put(client, TWO)
        first = await client.result("get_layer_geometry", {"id": file, "layer": 1})
        assert first == {
            "layer": 1,
            "z_mm": 25.4,
            "paths": [
                {"kind": "travel", "tool": 0, "points": [0, 0, 25.4, 25.4]},
                {"kind": "extrude", "tool": 1, "points": [25.4, 25.4, 50.8, 25.4, 50.8, 50.8]},
            ],
            "thinned": False,
            "cut": False,
        }
        travel, arc = (await client.result("get_layer_geometry", [file, 2]))["paths"]
        assert travel == {"kind": "travel", "tool": 1, "points": [50.8, 50.8, 76.2, 50.8]}
        assert (arc["kind"], arc["tool"]) == ("extrude", 1)
        points = list(zip(arc["points"][::2], arc["points"][1::2], strict=True))
        assert (points[0], points[-1]) == ((76.2, 50.8), (50.8, 25.4))
        assert len(points) > 10
        for point in points:
            assert math.dist(point, (50.8, 50.8)) == pytest.approx(25.4, abs=0.03)
        for layer in (0, 3):
            error = await client.error("get_layer_geometry", [file, layer])
            assert error["code"] == -32602
            assert f"has 2 layers, counted from 1, and no layer {layer}" in error["message"]
        assert (await client.error("get_layer_geometry", [99, 1]))["code"] == -32001


async def test_no_more_points_come_than_are_asked_for(running: Running) -> None:
    async with await running.tcp() as client:
        file = await put(client, CIRCLE)
        whole = await client.result("get_layer_geometry", {"id": file, "layer": 1})
        drawn = await client.result("get_layer_geometry", {"id": file, "layer": 1, "most": 30})
    assert (whole["thinned"], drawn["thinned"]) == (False, True)
    assert count(drawn) == 30 < count(whole)
    assert [path["kind"] for path in drawn["paths"]] == ["extrude"]


def count(drawn: dict[str, Any]) -> int:
    return sum(len(path["points"]) // 2 for path in drawn["paths"])


async def test_layers_of_a_file_that_an_older_server_stored(running: Running) -> None:
    async with await running.tcp() as client:
        file = await put(client, BOX)
        told = await client.result("get_layers", [file])
        library = sqlite3.connect(running.options.library_dir / "library.sqlite")
        with library:
            library.execute("UPDATE gcode_files SET layers = NULL")
        assert (await client.result("get_layer_geometry", [file, 62]))["z_mm"] == 12.55
        assert await client.result("get_layers", [file]) == told
        (size,) = library.execute("SELECT length(layers) FROM gcode_files").fetchone()
        library.close()
        assert size > 62 * 60


async def test_a_file_whose_content_is_lost(running: Running) -> None:
    async with await running.tcp() as client:
        file = await put(client, BOX)
        (payload,) = (running.options.library_dir / "gcode").iterdir()
        payload.unlink()
        error = await client.error("get_layer_geometry", [file, 1])
        assert error["code"] == -32001
        assert (await client.result("get_layers", [file]))["layers"] == 62


async def test_the_console_asks_for_them_too(running: Running) -> None:
    async with await running.tcp() as client:
        file = await put(client, TWO)
    backend = OpenGbBackend(running.url)
    await backend.connect()
    try:
        assert Capability.LAYERS in backend.capabilities
        layers = await backend.layers(file)
        assert (layers.layers, layers.line) == (2, (5, 13))
        assert (await backend.layers(file, 2)).line == (13,)
        drawn = await backend.layer_geometry(file, 1)
        assert [(path.kind, path.tool) for path in drawn.paths] == [("travel", 0), ("extrude", 1)]
        assert (await backend.layer_geometry(file, 2, 4)).thinned
        with pytest.raises(OutOfRange, match="no layer 9"):
            await backend.layer_geometry(file, 9)
        with pytest.raises(NoSuchFile):
            await backend.layers(99)
    finally:
        await backend.close()
