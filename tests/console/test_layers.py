"""A file looked at layer by layer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.errors import LinkError
from gbterm.files import FileLayers, LayerGeometry
from gbterm.lookalikes import SAFE
from gbterm.terminal import Glyphs
from tests.console.conftest import Console, opened
from tests.memory_backend import MemoryBackend

THIRTY = b"".join(b";LAYER:%d\nG1 X1 E1\n" % layer for layer in range(30))


@pytest.fixture
def backend() -> MemoryBackend:
    backend = MemoryBackend()
    backend.add_file("tower.gcode", THIRTY)
    return backend


async def viewing(console: Console) -> None:
    await console.press("f3")
    await console.shows("tower.gcode")
    await console.press("v")
    await console.until(lambda: console.top == "LayerScreen")


async def test_keys_lead_to_every_layer(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await viewing(console)
        await console.shows("Layer 1 of 30 Z 1.00 mm 80.0 x 80.0 mm")
        for keys, layer in (
            (("up",), 2),
            (("right", "right"), 4),
            (("down", "left"), 2),
            (("pageup", "pageup"), 22),
            (("pageup",), 30),
            (("pagedown",), 20),
            (("home",), 1),
            (("down",), 1),
            (("end",), 30),
            (("up",), 30),
            (("1", "7", "enter"), 17),
            (("9", "9", "enter"), 30),
            (("0", "enter"), 1),
        ):
            await console.press(*keys)
            await console.shows(f"Layer {layer} of 30 Z {layer}.00 mm")
        await console.press("escape")
        assert console.top == "FilesScreen"


async def test_a_number_is_shown_as_it_is_typed_and_can_be_taken_back(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await viewing(console)
        await console.press("1", "2")
        await console.shows("Layer 12: Enter goes there")
        await console.press("backspace")
        await console.shows("Layer 1: Enter goes there")
        await console.press("escape")
        assert "Enter goes there" not in console.text
        assert console.top == "LayerScreen"
        await console.press("2", "up")
        await console.shows("Layer 2 of 30")


async def test_a_layer_is_read_once_it_is_wanted_and_those_on_the_way_are_not(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await viewing(console)
        await console.shows("Layer 1 of 30")
        backend.calls.clear()
        backend.gate = asyncio.Event()
        await console.press(*["up"] * 9)
        backend.gate.set()
        await console.shows("Layer 10 of 30")
        assert backend.calls == ["layer_geometry"] * 2


async def test_whoever_leaves_while_a_layer_is_read_sees_nothing_of_it(
    backend: MemoryBackend,
) -> None:
    backend.add_file("box.gcode", THIRTY)
    async with opened(backend) as console:
        await viewing(console)
        backend.gate = asyncio.Event()
        await console.press("up", "escape", "down")
        await console.shows("tower.gcode 560 B (560 bytes)")
        backend.gate.set()
        await console.press("v")
        await console.shows("tower.gcode Layer 1 of 30")
        assert console.notices == []


async def test_a_layer_that_can_not_be_read_is_a_sentence_and_is_tried_again(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await viewing(console)
        await console.shows("Layer 1 of 30")
        backend.refuse = LinkError("The server [b]closed[/b] the connection.")
        await console.press("up")
        await console.shows("The server [b]closed[/b] the connection.")
        await console.press("up")
        await console.shows("Layer 3 of 30")


async def test_a_file_without_layers_is_said_to_have_none(backend: MemoryBackend) -> None:
    backend.add_file("lines.gcode")
    async with opened(backend) as console:
        await console.press("f3")
        await console.shows("lines.gcode")
        await console.press("v")
        await console.shows("This file shows no layers.")
        await console.press("up", "end", "5", "enter")
        await console.shows("This file shows no layers.")


async def test_the_file_that_is_printed_opens_at_its_layer(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await backend.print_file(1)
        assert backend.state.job
        backend.report(events.JobChanged(replace(backend.state.job, layer=7, layers=30)))
        await viewing(console)
        await console.shows("Layer 7 of 30")


async def test_travels_are_shown_on_request(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await viewing(console)
        await console.shows("Layer 1 of 30")
        assert "·" not in console.text
        await console.press("t")
        await console.shows("·")
        await console.press("t")
        await console.until(lambda: "·" not in console.text)


@pytest.mark.parametrize("draws", [Glyphs.CONSOLE, Glyphs.ASCII])
@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_a_poor_terminal_shows_it_too(
    backend: MemoryBackend, draws: Glyphs, size: tuple[int, int]
) -> None:
    async with opened(backend, draws=draws, size=size) as console:
        await viewing(console)
        await console.shows("Layer 1")
        await console.press("t")
        assert set(console.text) - {"\n"} <= SAFE[draws]
        assert "Esc back" in console.words


async def test_numbers_that_make_no_sense_draw_nothing_wrong(backend: MemoryBackend) -> None:
    class Odd(MemoryBackend):
        async def layers(self, file_id: int, first: int = 1) -> FileLayers:
            return FileLayers(1 << 62)

        async def layer_geometry(
            self, file_id: int, layer: int, most: int | None = None
        ) -> LayerGeometry:
            return LayerGeometry(-5, float("inf"), ())

    odd = Odd()
    odd.add_file("tower.gcode")
    async with opened(odd) as console:
        await viewing(console)
        await console.shows("Nothing is printed on this layer.")
        await console.press("end")
        await console.shows("Nothing is printed on this layer.")
