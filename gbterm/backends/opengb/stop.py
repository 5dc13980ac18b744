"""The emergency stop, over connections of its own, past whatever clogs the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

from gbterm.backends.opengb.channel import Channel, Open, open_lines
from gbterm.backends.opengb.once import call_once
from gbterm.errors import GbtermError
from gbterm.model import StopReport

STOP_S = 8.0
_LAST_RESORT = "If it still moves or heats, switch the printer off."


class EmergencyStop:
    """Asks the server at `url`, and the printer process beside it where that can be reached."""

    def __init__(self, url: str, open_channel: Open) -> None:
        self._url, self._open = url, open_channel
        self._ways: set[asyncio.Task[StopReport]] = set()

    async def press(self, *, is_plain: bool) -> StopReport:
        """Ask every way at the same time; the first to confirm wins.

        `is_plain` says that the peer is an OpenGB server, whose answer confirms nothing.
        """
        ways = [
            asyncio.create_task(_ask(opening, is_plain=is_plain)) for opening in self._openings()
        ]
        for way in ways:
            self._ways.add(way)  # the slower one goes on after the first confirmed
            way.add_done_callback(self._ways.discard)
        failures: list[str] = []
        for answered in asyncio.as_completed(ways):
            report = await answered
            if report.confirmed:
                return report
            failures.append(report.text)
        return StopReport(False, " ".join((*dict.fromkeys(failures), _LAST_RESORT)))

    async def close(self) -> None:
        """Wait for no answer any more."""
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    def _openings(self) -> list[Awaitable[Channel]]:
        openings = [self._open()]
        if self._url.startswith("unix:"):
            beside = Path(self._url.removeprefix("unix:")).with_name("printer.sock")
            if beside.exists():
                openings.append(open_lines(beside))
        return openings


async def _ask(opening: Awaitable[Channel], *, is_plain: bool) -> StopReport:
    try:
        async with asyncio.timeout(STOP_S):
            channel = await opening
            try:
                await call_once(channel, "emergency_stop", STOP_S)
            finally:
                await channel.close()
    except TimeoutError:
        return StopReport(False, "The emergency stop was not answered in time.")
    except GbtermError as error:
        return StopReport(False, str(error))
    if is_plain:
        return StopReport(False, "The server took the emergency stop; it can't say more.")
    return StopReport(True, "The printer halted.")
