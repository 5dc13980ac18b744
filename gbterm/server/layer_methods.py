"""The methods that tell of the layers of the library's files."""

from __future__ import annotations

import asyncio
import pathlib
from functools import partial
from typing import Any

from gbterm import wire
from gbterm.errors import NoSuchFile, OutOfRange
from gbterm.files import FileLayers, LayerGeometry, Toolpath
from gbterm.gcode.layers import Layer
from gbterm.gcode.thin import thin
from gbterm.gcode.toolpath import Path, read_layer
from gbterm.opengb_shapes import number as rounded
from gbterm.params import REQUIRED, Param, count
from gbterm.server.client import Client
from gbterm.server.library import Library
from gbterm.server.table import Method, Table
from gbterm.server.workers import Workers

MOST_LAYERS = 10_000
"""In an answer."""
USUAL_POINTS, MOST_POINTS = 5000, 50_000
"""Of a layer that is drawn, where nobody says how many, and at most."""


class LayerMethods:
    """Serves `table`. One file is read at a time, in a thread."""

    def __init__(self, library: Library, workers: Workers) -> None:
        self._library, self._workers = library, workers
        self._turn = asyncio.Lock()
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
            layers, some = await self._known(given["id"], first, most)
            return await asyncio.to_thread(_listed, first, layers, some)

    async def _geometry(self, _: Client, given: dict[str, Any]) -> Any:
        file_id, number = given["id"], given["layer"]
        async with self._turn:
            layers, some = await self._known(file_id, max(1, number), 1)
            if not 1 <= number <= layers:
                raise OutOfRange(
                    f"The file has {layers} layers, counted from 1, and no layer {number}."
                )
            stored = await asyncio.to_thread(self._library.stored, file_id)
            try:
                return await asyncio.to_thread(_drawn, stored.path, number, some[0], given["most"])
            except OSError as error:
                raise NoSuchFile(f"The library has lost the content of file {file_id}.") from error

    async def _known(self, file_id: int, first: int, most: int) -> tuple[int, tuple[Layer, ...]]:
        read = partial(self._library.layers, file_id, first, most)
        found = await asyncio.to_thread(read)
        if found is None:
            await self._workers.find_layers(file_id)
            found = await asyncio.to_thread(read)
        return found or (0, ())


def _listed(first: int, layers: int, some: tuple[Layer, ...]) -> Any:
    return wire.to_json(
        FileLayers(
            *(layers, first),
            z_mm=tuple(rounded(layer.z_mm) for layer in some),
            line=tuple(layer.line for layer in some),
            offset=tuple(layer.offset for layer in some),
            size=tuple(layer.size for layer in some),
            filament_mm=tuple(rounded(layer.filament_mm) for layer in some),
        )
    )


def _drawn(file: pathlib.Path, number: int, layer: Layer, most: int) -> Any:
    with file.open("rb") as source:
        paths, cut = read_layer(source, layer)
    kept, thinned = thin(paths, min(most, MOST_POINTS))
    toolpaths = tuple(map(_toolpath, kept))
    return wire.to_json(LayerGeometry(number, rounded(layer.z_mm), toolpaths, thinned, cut))


def _toolpath(path: Path) -> Toolpath:
    points = tuple(value / 100 for spot in path.spots for value in spot)
    return Toolpath("extrude" if path.extrudes else "travel", path.tool, points)
