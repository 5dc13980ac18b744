"""The console on the terminal that this program has, with a print going on in memory."""

from __future__ import annotations

import asyncio
import fcntl
import termios

from gbterm.terminal import prepare
from tests.memory_backend import MemoryBackend


async def main() -> None:
    """Run until the user leaves, then say what the console says."""
    from gbterm.app import run_console

    class Printing(MemoryBackend):
        async def connect(self) -> None:
            await super().connect()
            await self.print_file(self.add_file("box.gcode").id)

    backend = Printing()
    said = await run_console(backend, attach="gbterm")
    print(said, "ESTOP" if "emergency_stop" in backend.calls else "NO-ESTOP")


if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that a control character could become a signal
    prepare()
    asyncio.run(main())
