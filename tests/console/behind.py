"""The printer behind a console, and what happens to it there."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from gbterm.backends.base import Backend
from tests.endtoend.house import House
from tests.memory_backend import MemoryBackend
from tests.octoprint.live import OctoPrint, running


class Behind(ABC):
    """One printer."""

    long_print: ClassVar[bytes] = b"G28\n" + b"G1 X10 F600\nG1 X100\n" * 2000
    """It goes on for longer than anybody looks at it, and is paused at once."""
    halted: ClassVar[str] = "STOPPED: the printer confirmed that it halted"
    """What the console shows of an emergency stop."""

    @abstractmethod
    async def ask(self, backend: Backend, folder: Path) -> None:
        """Have the firmware ask a question. Files may lie in `folder`."""

    async def power_up(self) -> None:
        """Switch a board that was stopped off and on, where that takes somebody."""
        return


class Memory(Behind):
    """None at all."""

    async def ask(self, backend: Backend, folder: Path) -> None:
        del folder
        assert isinstance(backend, MemoryBackend)
        backend.ask("Nozzle parked", "Continue")


class Board(Behind):
    """A simulated board in `house`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def ask(self, backend: Backend, folder: Path) -> None:
        path = folder / "asks.gcode"
        path.write_text("G28\nM0 Change the nozzle\nG1 X10\n")
        file = await backend.upload(path)
        await backend.print_file(file.id)

    async def power_up(self) -> None:
        self._house.fault("reset")


class BehindOctoPrint(Behind):
    """The virtual printer of `server`, which is a new one with each connection."""

    # It takes each move to its end before it says anything.
    long_print = b"G28\n" + b"G4 P20\n" * 10_000
    # The server can't tell.
    halted = "NOT CONFIRMED: CUT THE POWER"

    def __init__(self, server: OctoPrint) -> None:
        self._server = server

    async def ask(self, backend: Backend, folder: Path) -> None:
        del backend, folder
        for said in ("begin Nozzle parked", "choice Continue", "show"):
            await asyncio.to_thread(self._server.fault, f"action_custom prompt_{said}")


IN_ORDER = '''
"""The virtual printer goes on while a move waits; a board takes one command after the other."""

__plugin_name__ = "In order"
__plugin_pythoncompat__ = ">=3,<4"


def settle(comm, phase, cmd, cmd_type, gcode, *args, **kwargs):
    return [("M400",), (cmd, cmd_type)] if gcode in ("G28", "G90", "G91", "M114") else None


__plugin_hooks__ = {"octoprint.comm.protocol.gcode.queuing": settle}
'''


@contextmanager
def octoprint(base: Path) -> Iterator[OctoPrint]:
    """A server whose printer has two nozzles, warm enough that nobody waits for them long."""
    (folder := base / "plugins").mkdir(parents=True)
    (folder / "in_order.py").write_text(IN_ORDER)
    virtual = {"numExtruders": 2, "ambientTemperature": 170.0}
    profile = {
        "extruder": {"count": 2, "offsets": [[0.0, 0.0], [0.0, 0.0]]},
        "axes": {"z": {"speed": 6000}},
    }
    # Otherwise it shows none before the board has told what it can.
    prompts = {"enable": "always"}
    plugins = {"virtual_printer": virtual, "action_command_prompt": prompts}
    with running(base, {"plugins": plugins}, profile) as server:
        yield server
