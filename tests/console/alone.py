"""The console on the terminal that this program has, with a print going on in memory."""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import sys
import termios
import time

from gbterm import events
from gbterm.config import ConsoleSettings
from gbterm.console_lines import KEPT, ConsoleLine
from gbterm.model import Phase, Position, Temperature
from gbterm.terminal import choose, prepare
from tests.memory_backend import MemoryBackend

TICK_S, FLOOD_EVERY_S = 0.25, 0.1


async def main(words: list[str]) -> None:
    """Run until the user leaves, then say what the console says.

    `words` are `slow`, `ticking` where the print goes on and the heaters waver, `flooding` where
    1,000 lines a second go over the cable, `stuck` where Ctrl+C is never done with, and `faulty`
    where the Files screen holds a mistake.
    """
    shown = choose(ConsoleSettings(slow="slow" in words))
    prepare(shown)
    from gbterm.app import GbtermApp, run_console
    from gbterm.screens.files import FilesScreen

    if "faulty" in words:
        FilesScreen.impossible = lambda _: {str(1 / 0)}  # type: ignore[method-assign, assignment]

    if "stuck" in words:
        GbtermApp.action_help_quit = asyncio.Event().wait  # type: ignore[assignment]

    class Printing(MemoryBackend):
        async def connect(self) -> None:
            await super().connect()
            await self.print_file(self.add_file("box.gcode", b"G1 X1\n" * 10_000).id)

    backend = Printing()
    going_on = {"ticking": tick, "flooding": flood}
    tasks = [asyncio.create_task(what(backend)) for word, what in going_on.items() if word in words]
    try:
        said = await run_console(backend, attach="gbterm", terminal=shown)
    except ZeroDivisionError as error:
        said = f"{error}: {error.__notes__}"
    for task in tasks:
        task.cancel()
    print(said)
    print("ESTOP" if "emergency_stop" in backend.calls else "NO-ESTOP")


async def tick(backend: MemoryBackend) -> None:
    """Move and heat, four times a second: as often as a board ever reports."""
    for number in itertools.count():
        await asyncio.sleep(TICK_S)
        if backend.state.phase is not Phase.EXECUTING:
            continue
        backend.advance(7)
        place = Position(number * 1.7 % 200, number * 2.3 % 180, 0.2 + number // 9 * 0.2)
        backend.report(events.PositionReported(place))
        nozzle, bed = Temperature(208 + number % 4, 210.0), Temperature(59 + number % 3, 60.0)
        backend.report(events.TemperaturesReported({0: nozzle}, bed))


async def flood(backend: MemoryBackend) -> None:
    """Moves and their oks, a hundred lines every tenth of a second."""
    for number in itertools.count():
        await asyncio.sleep(FLOOD_EVERY_S)
        at = time.time()
        pairs = (
            (
                ConsoleLine(at, "out", f"N{n}G1X{n * 1.7 % 200:.3f}Y{n * 2.3 % 180:.3f}E.0378*33"),
                ConsoleLine(at, "in", f"ok N{n} P15 B3"),
            )
            for n in range(50 * number, 50 * (number + 1))
        )
        backend.over_the_cable(*itertools.chain.from_iterable(pairs))
        del backend.cable[:-KEPT]


if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that a control character could become a signal
    asyncio.run(main(sys.argv[1:]))
