"""A board with NO_MOTION_BEFORE_HOMING says what it wants homed, and moves once it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from gbterm.backends.base import Backend
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.config import PrinterProfile
from tests.endtoend.house import House, built
from tests.memory_backend import MemoryBackend


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


@pytest.fixture(params=["memory", "marlin", "opengb"])
async def backend(request: pytest.FixtureRequest, house: House) -> AsyncIterator[Backend]:
    memory = MemoryBackend()
    memory.not_homed = "XYZ"
    backend: Backend = memory
    if request.param != "memory":
        house.board("--homes-first")
    if request.param == "marlin":
        backend = MarlinBackend(PrinterProfile("p", str(house.tty), 115200))
    elif request.param == "opengb":
        house.serve()
        backend = OpenGbBackend(f"unix:{house.run_dir / 'server.sock'}")
    await backend.connect()
    yield backend
    await backend.close()


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_what_must_be_homed_is_known_until_it_is(backend: Backend) -> None:
    assert backend.state.homing_demanded == ""
    await backend.move(x=10.0, y=5.0)
    await until(lambda: backend.state.homing_demanded == "XY")
    assert (backend.state.position.x, backend.state.position.y) == (0, 0)
    await backend.home("x")
    await until(lambda: backend.state.homing_demanded == "")
    await backend.move(x=10.0, y=5.0)
    await until(lambda: backend.state.homing_demanded == "Y")
    await backend.home("y")
    await backend.move(x=10.0, y=5.0)
    await until(lambda: backend.state.position.y == 5.0)
    assert backend.state.homing_demanded == ""


@pytest.mark.parametrize("backend", ["marlin", "opengb"], indirect=True)
async def test_a_person_is_told_so(backend: Backend) -> None:
    await backend.move(z=1.0)
    told = "The board moves no axis that was not homed: home Z first."
    await until(lambda: told in [message.text for message in backend.state.messages])
