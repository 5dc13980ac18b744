"""The layer that is printed, from above: fetched when the print comes to it, where it is seen."""

from __future__ import annotations

import asyncio

import pytest

from gbterm.backends.capability import Capability
from gbterm.errors import PrinterError
from tests.console.conftest import opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend

ROOMY = ((120, 40), (80, 40), (120, 24))


def fetched(backend: MemoryBackend) -> int:
    return backend.calls.count("layer_geometry")


@pytest.mark.parametrize("size", ROOMY)
async def test_where_there_is_room_it_is_always_there(
    backend: MemoryBackend, size: tuple[int, int]
) -> None:
    async with opened(backend, size=size) as console:
        await printing(console)
        backend.enter_layer(1, 9)
        await console.shows("Layer 1 of 9 Z 1.00 mm 80.0 x 80.0 mm")
        backend.advance()
        backend.enter_layer(2, 9)
        await console.shows("Layer 2 of 9 Z 2.00 mm")
        assert fetched(backend) == 2
        await console.shows("Speed 100 %")
        await console.press("v")
        await console.until(lambda: "Z 2.00 mm" not in console.text)
        await console.shows("Speed 100 %")


async def test_where_there_is_none_a_key_shows_it(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.enter_layer(1, 9)
        await console.shows("Layer 1 of 9")
        assert fetched(backend) == 0
        await console.press("v")
        await console.shows("Z 1.00 mm")
        assert "Speed" not in console.text
        await console.press("v")
        await console.shows("Speed 100 %")
        backend.enter_layer(2, 9)
        await console.shows("Layer 2 of 9")
        assert fetched(backend) == 1


async def test_one_is_asked_for_at_a_time_and_the_last_one_is_shown(
    backend: MemoryBackend,
) -> None:
    async with opened(backend, size=ROOMY[0]) as console:
        await printing(console)
        backend.gate = asyncio.Event()
        for layer in range(1, 6):
            backend.enter_layer(layer, 9)
            await console.until(lambda: console.app.state is backend.state)
            await console.rest()
        assert fetched(backend) == 1
        backend.gate.set()
        await console.shows("Layer 5 of 9 Z 5.00 mm")
        assert fetched(backend) == 2


async def test_what_can_not_be_drawn_says_why_and_the_next_layer_is_tried(
    backend: MemoryBackend,
) -> None:
    async with opened(backend, size=ROOMY[0]) as console:
        await printing(console)
        backend.refuse = PrinterError("The server does not say what the layer draws.")
        backend.enter_layer(1, 9)
        await console.shows("The server does not say what the layer draws.")
        backend.enter_layer(2, 9)
        await console.shows("Layer 2 of 9 Z 2.00 mm")


async def test_nobody_is_asked_who_can_not_draw() -> None:
    backend = MemoryBackend(EVERYTHING & ~Capability.LAYERS)
    async with opened(backend, size=ROOMY[0]) as console:
        await printing(console)
        backend.enter_layer(1, 9)
        await console.shows("Layer 1 of 9")
        await console.press("v")
        assert fetched(backend) == 0


async def test_nothing_is_fetched_for_a_screen_that_nobody_sees(backend: MemoryBackend) -> None:
    async with opened(backend, size=ROOMY[0]) as console:
        await printing(console)
        await console.press("f3")
        backend.enter_layer(1, 9)
        await console.until(lambda: console.app.state is backend.state)
        await console.rest()
        assert fetched(backend) == 0
        await console.press("f4")
        await console.shows("Layer 1 of 9 Z 1.00 mm")
