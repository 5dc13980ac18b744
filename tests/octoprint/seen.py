"""A backend of a real OctoPrint, and what goes over the cable of its virtual printer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.console_lines import ConsoleLine, ConsoleLines, command
from gbterm.credentials import Credentials
from tests.octoprint.live import OctoPrint


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


class Cable:
    """Lines to and from the board, from when it was plugged in."""

    def __init__(self) -> None:
        self.lines: list[ConsoleLine] = []
        self.skipped = 0

    def __call__(self, batch: ConsoleLines) -> None:
        self.lines.extend(batch.lines)
        self.skipped += batch.skipped

    @property
    def sent(self) -> list[str]:
        """What the board was sent, without numbers and what the server asks by itself."""
        texts = [command(line.text) for line in self.lines if line.direction == "out"]
        return [text for text in texts if text not in ("M105", "M27", "M155 S2", "M27 S1")]

    async def until_sent(self, *texts: str) -> None:
        """Wait until these were sent one behind the other."""
        wanted = list(texts)
        length = len(wanted)
        await until(
            lambda: any(self.sent[at : at + length] == wanted for at in range(len(self.sent)))
        )


@asynccontextmanager
async def connected(server: OctoPrint) -> AsyncIterator[tuple[OctoPrintBackend, Cable]]:
    """A backend, and its cable."""
    backend, cable = OctoPrintBackend(server.url, "prusa", Credentials(server.key)), Cable()
    await backend.connect()
    try:
        await backend.watch_console(cable)
        yield backend, cable
    finally:
        await backend.close()
