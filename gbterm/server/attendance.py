"""Tells the printer process how many clients there are: without any, heaters are looked after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from gbterm.backends.opengb.peer import Peer
from gbterm.errors import GbtermError

LOOK_EVERY_S = 1.0


class Attendance:
    """Of one server, whose clients `count` counts."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._told: int | None = None

    def forget(self) -> None:
        """Another process has to be told, or the same anew."""
        self._told = None

    async def run(self, printer: Peer) -> None:
        """Tell every change, until cancelled."""
        while True:
            clients = self._count()
            if clients != self._told and printer.is_connected:
                with contextlib.suppress(GbtermError):
                    await printer.call("stand_for", {"clients": clients})
                    self._told = clients
            await asyncio.sleep(LOOK_EVERY_S)
