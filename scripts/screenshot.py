#!/usr/bin/env python3
"""Writes docs/console.svg and docs/job.svg: screens in the middle of a print, as in a terminal.

The demo's file is printed on the simulated board, on a clock that jumps, so that each run shows the
same. The only argument is another folder.
"""

import asyncio
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import pytest  # noqa: E402

from gbterm.events import JobChanged  # noqa: E402
from gbterm.files import FileDetails, LayerGeometry, Toolpath  # noqa: E402
from gbterm.gcode.metadata import read_metadata  # noqa: E402
from gbterm.gcode.toolpath import read_layer  # noqa: E402
from gbterm.model import Phase, StreamStatistics  # noqa: E402
from tests.backends.marlin.virtual import VirtualHouse  # noqa: E402
from tests.memory_backend import NOON, MemoryBackend  # noqa: E402

DEMO = ROOT / "gbterm/data/box.gcode"
LAYER = 31
PICTURES = {"console.svg": ("f2", (96, 21)), "job.svg": ("f4", (110, 27))}
"""The key that shows a screen, and its size."""
PAUSES = 10
"""What is asked for, as a layer, comes a moment later."""
FONTS = re.compile(r"\s*@font-face \{.*?\}\n", re.DOTALL)
"""Rich names fonts on somebody's server: a picture of ours asks nobody."""


def middle_of_a_print():
    """What is known of the printer once the demo's file has come to its layer."""
    with pytest.MonkeyPatch.context() as patch:
        house = VirtualHouse(patch, "single")
        backend, found = house.backend, []

        async def story():
            await backend.connect()
            await house.until(lambda: backend.state.phase is Phase.READY, 60)
            await backend.start_job(DEMO, DEMO.name, file_id=1)
            await house.until(lambda: (backend.state.job.layer or 0) >= LAYER, 7200)
            found.append((backend.state, await backend.stream_statistics()))
            await backend.close()

        house.run(story())
    return found[0]


class Shown(MemoryBackend):
    """The printer as it was then."""

    name = "demo"

    def __init__(self, state, statistics):
        super().__init__()
        job = replace(state.job, started_at=NOON, elapsed_s=round(state.job.elapsed_s))
        said = tuple(replace(told, at=NOON + at) for at, told in enumerate(state.messages))
        self._state = replace(state, job=job, messages=said)
        # An ok that is late on a clock that jumps is on time at a board.
        self._statistics = replace(statistics, since=NOON, errors={})
        self._layers = read_metadata(DEMO).layers
        file = self.add_file(DEMO.name, DEMO.read_bytes())
        self.library[file.id] = replace(file, details=FileDetails(layers=job.layers))

    async def layer_geometry(self, _, layer, __=None):
        with DEMO.open("rb") as file:
            paths, cut = read_layer(file, self._layers[layer - 1])
        toolpaths = (
            Toolpath(
                "extrude" if path.extrudes else "travel",
                path.tool,
                tuple(hundredths / 100 for spot in path.spots for hundredths in spot),
            )
            for path in paths
        )
        return LayerGeometry(layer, self._layers[layer - 1].z_mm, tuple(toolpaths), False, cut)

    async def stream_statistics(self) -> StreamStatistics:
        return self._statistics


async def drawn(backend, key, size):
    """A screen, as SVG."""
    from gbterm.app import GbtermApp
    from gbterm.terminal import Glyphs, Terminal
    from gbterm.widgets import job_slice

    # When it will be done is told by the clock of the wall.
    job_slice.time = SimpleNamespace(time=lambda: NOON)
    terminal = Terminal(Glyphs.UNICODE, "dark", slow=False, readings_s=0.0)
    app = GbtermApp(backend, attach="gbterm demo", terminal=terminal)
    app.clock = lambda: NOON
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        job = backend.state.job
        backend.report(JobChanged(replace(job, elapsed_s=job.elapsed_s + 1)))
        for _ in range(PAUSES):
            await pilot.pause()
        picture = app.export_screenshot(title="gbterm")
        await app.others.close()
    return picture


def main():
    """Print, look, write."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    os.environ["TZ"] = "UTC"
    time.tzset()
    with TemporaryDirectory() as home:
        for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = home
        os.environ["GBTERM_PICTURES"] = "none"
        shown = Shown(*middle_of_a_print())
        for name, (key, size) in PICTURES.items():
            picture = asyncio.run(drawn(shown, key, size))
            (folder / name).write_text(FONTS.sub("", picture))


if __name__ == "__main__":
    main()
