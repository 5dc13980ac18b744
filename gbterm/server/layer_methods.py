"""The methods that tell of the layers of the library's files."""

from __future__ import annotations

import asyncio
from typing import Any

from gbterm import wire
from gbterm.errors import NoSuchFile, OutOfRange
from gbterm.gcode.thin import thin
from gbterm.gcode.toolpath import Path, read_layer
from gbterm.model import FileLayers, LayerGeometry, Toolpath
from gbterm.opengb_shapes import number
from gbterm.params import REQUIRED, Param, count
from gbterm.server.hub import Client
from gbterm.server.library import Library
from gbterm.server.table import Method, Table

MOST_LAYERS = 10_000
"""In an answer."""
USUAL_POINTS, MOST_POINTS = 5000, 50_000
"""Of a layer that is drawn, where nobody says how many, and at most."""


class LayerMethods:
    """Serves `table`. One file is read at a time, in a thread."""

    def __init__(self, library: Library) -> None:
        self._library, self._turn = library, asyncio.Lock()
        file = Param("id", count, REQUIRED)
        self.table: Table = {
            "get_layers": Method(
                (file, Param("first", count, 1), Param("most", count, MOST_LAYERS)), self._layers
            ),
            "get_layer_geometry": Method(
                (file, Param("layer", count, REQUIRED), Param("most", count, USUAL_POINTS)),
                self._geometry,
            ),
        }

    async def _layers(self, _: Client, given: dict[str, Any]) -> Any:
        first, most = max(1, given["first"]), min(given["most"], MOST_LAYERS)
        async with self._turn:
            return await asyncio.to_thread(self._listed, given["id"], first, most)

    async def _geometry(self, _: Client, given: dict[str, Any]) -> Any:
        async with self._turn:
            return await asyncio.to_thread(self._drawn, given["id"], given["layer"], given["most"])

    def _listed(self, file_id: int, first: int, most: int) -> Any:
        layers, some = self._library.layers(file_id, first, most)
        return wire.to_json(
            FileLayers(
                *(layers, first),
                z_mm=tuple(number(layer.z_mm) for layer in some),
                line=tuple(layer.line for layer in some),
                offset=tuple(layer.offset for layer in some),
                size=tuple(layer.size for layer in some),
                filament_mm=tuple(number(layer.filament_mm) for layer in some),
            )
        )

    def _drawn(self, file_id: int, layer: int, most: int) -> Any:
        layers, some = self._library.layers(file_id, max(1, layer), 1)
        stored = self._library.stored(file_id)
        if not 1 <= layer <= layers:
            raise OutOfRange(f"The file has {layers} layers, counted from 1, and no layer {layer}.")
        try:
            with stored.path.open("rb") as file:
                paths, cut = read_layer(file, some[0])
        except OSError as error:
            raise NoSuchFile(f"The library has lost the content of file {file_id}.") from error
        kept, thinned = thin(paths, min(most, MOST_POINTS))
        toolpaths = tuple(map(_toolpath, kept))
        return wire.to_json(LayerGeometry(layer, number(some[0].z_mm), toolpaths, thinned, cut))


def _toolpath(path: Path) -> Toolpath:
    points = tuple(value / 100 for spot in path.spots for value in spot)
    return Toolpath("extrude" if path.extrudes else "travel", path.tool, points)
