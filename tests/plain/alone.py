"""The plain mode on the streams that this program has, with a print going on in memory.

`words` of the command line: `idle` prints nothing, `hostile` means harm. The file that CALLS names
is written anew with every command that the printer gets.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from gbterm.backends.capability import Capability
from gbterm.plain.run import run_plain
from gbterm.terminal import glyphs
from tests.memory_backend import NOTHING, MemoryBackend
from tests.plain.conftest import There

HOSTILE = "x\x1b[2J\x9b31m\r\x08\x07\nyes ü\u202e.gcode"


class Noting(MemoryBackend):
    """Says on the disk what it was asked."""

    async def _called(self, command: str, needs: Capability = NOTHING) -> None:
        await super()._called(command, needs)
        if path := os.environ.get("CALLS"):
            Path(path).write_text(" ".join(self.calls))  # noqa: ASYNC240


class Printing(Noting):
    """Prints from the start."""

    async def connect(self) -> None:
        await super().connect()
        await self.print_file(self.add_file("box.gcode").id)


class Hostile(Noting):
    """Means harm."""

    name = f"printer {HOSTILE}"

    async def connect(self) -> None:
        await super().connect()
        await self.print_file(self.add_file(HOSTILE).id)
        self.say(HOSTILE, HOSTILE)
        self.ask(HOSTILE, HOSTILE, "Continue")


KINDS = {"idle": Noting, "hostile": Hostile}


def main() -> None:
    """Run until the user leaves."""
    backend = KINDS.get(sys.argv[-1], Printing)()
    asyncio.run(run_plain(There(backend), draws=glyphs()))


if __name__ == "__main__":
    main()
