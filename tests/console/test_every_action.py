"""Every action of every screen, on a printer in memory and on a real host with a board."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import WrongState
from gbterm.keymap import ACTIONS, BY_NAME
from gbterm.keymap.action import NOTHING
from gbterm.model import Phase
from tests.console.acts import (
    console as of_the_console,
)
from tests.console.acts import (
    dashboard,
    everywhere,
    files,
    job,
    jog,
    printers,
    settings,
    temperature,
)
from tests.console.acts.act import Act
from tests.console.conftest import Console, opened
from tests.endtoend.house import GENEROUS_S, House, built
from tests.memory_backend import MemoryBackend

ACTS: tuple[Act, ...] = (
    *(*everywhere.ACTS, *dashboard.ACTS, *files.ACTS, *job.ACTS, *jog.ACTS),
    *(*temperature.ACTS, *of_the_console.ACTS, *printers.ACTS, *settings.ACTS),
)


ON_A_TERMINAL = {"redraw"}
"""What shows on a real one alone, and is tried there: test_on_a_pty.py."""


def test_no_action_is_left_out() -> None:
    assert {act.name for act in ACTS} | ON_A_TERMINAL == {action.name for action in ACTIONS}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One host for all of them; each leaves it READY."""
    with built() as house:
        # Quicker, a nozzle that waits for filament would cool down again before it is asked about.
        house.board(speed=30)
        house.serve()
        yield house


@pytest.fixture(params=["memory", "host"])
async def console(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Console]:
    """A console on each."""
    if request.param == "memory":
        async with opened(MemoryBackend(), folder=tmp_path) as console:
            yield console
        return
    house: House = request.getfixturevalue("house")
    backend = OpenGbBackend(f"unix:{house.run_dir / 'server.sock'}")
    async with opened(backend, folder=tmp_path, house=house) as console:
        yield console
        await rest(console)
    await backend.close()


async def rest(console: Console) -> None:
    """Leave nothing to the next one."""
    backend = console.app.backend
    if backend.state.phase is Phase.ERROR:
        await console.power_up()
        await backend.reconnect()
    if backend.state.phase is Phase.DISCONNECTED:
        await backend.connect_printer()
    if backend.state.job is not None and not backend.state.job.outcome:
        await backend.cancel()
    async with asyncio.timeout(GENEROUS_S):
        while backend.state.phase is not Phase.READY:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    with suppress(WrongState):
        await backend.cancel()  # a print that could go on keeps its file
    await backend.set_temperature(nozzles={0: 0}, bed=0)
    await backend.set_speed(100)
    await backend.set_flow(100)
    while left := await backend.files():
        with suppress(WrongState):  # until the journal has it that the print is over
            await backend.delete_file(left[0].id)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
async def test_an_action_does_what_it_says(console: Console, act: Act) -> None:
    await act.do(console)


NEEDING = [act for act in ACTS if BY_NAME[act.name].needs]


@pytest.mark.parametrize("act", NEEDING, ids=lambda act: act.name)
async def test_what_a_printer_is_not_able_to_do_its_key_does_not(act: Act) -> None:
    async with opened(MemoryBackend(NOTHING)) as console:
        await act.do(console)
        assert console.backend.calls == ["connect"]
