"""A board with NO_MOTION_BEFORE_HOMING says what it wants homed, and moves once it is."""

from __future__ import annotations

import pytest

from gbterm.model import Phase
from tests.backends.kinds import Printer, entered, until
from tests.memory_backend import MemoryBackend

BOARD = ("--homes-first",)


async def test_what_must_be_homed_is_known_until_it_is(printer: Printer) -> None:
    backend = printer.backend
    if isinstance(backend, MemoryBackend):
        backend.not_homed = "XYZ"
    else:
        await printer.power_up()
        await entered(backend, Phase.READY)
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
    await until(lambda: backend.state.homing_demanded == "")


@pytest.mark.parametrize("printer", ["marlin", "opengb"], indirect=True)
async def test_a_person_is_told_so(printer: Printer) -> None:
    backend = printer.backend
    await printer.power_up()
    await entered(backend, Phase.READY)
    await backend.move(z=1.0)
    told = "The board moves no axis that was not homed: home Z first."
    await until(lambda: told in [message.text for message in backend.state.messages])
