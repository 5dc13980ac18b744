"""`gbterm xcancel` where it doesn't come to its end."""

from __future__ import annotations

import asyncio

import pytest

from gbterm.cli.verbs.keeping import cancel_and_keep
from gbterm.errors import WrongState
from gbterm.model import Phase
from tests.memory_backend import MemoryBackend


class Unwilling(MemoryBackend):
    """A printer that does not home."""

    async def home(self, axes: str = "xyz") -> None:
        raise WrongState(f"The {axes} axes can't be homed.")


async def printing(backend: MemoryBackend) -> None:
    await backend.connect()
    await backend.print_file(backend.add_file("box.gcode", b"G28\n" * 99).id)
    await backend.set_temperature(nozzles={0: 210.0}, bed=60.0)


def test_it_says_what_is_hot_where_it_fails_midway() -> None:
    async def run() -> None:
        backend = Unwilling()
        await printing(backend)
        with pytest.raises(WrongState, match=r"can't be homed\. .*nozzle 1 .*\(target 210 C\)"):
            await cancel_and_keep(backend)
        assert backend.state.phase is Phase.READY

    asyncio.run(run())
