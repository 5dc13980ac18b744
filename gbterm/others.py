"""The printers besides the one on show: who of them is watched, from when to when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Protocol

from gbterm.backends import stopping
from gbterm.backends.base import Backend
from gbterm.beside import beside
from gbterm.discovery.printers import CONFIGURED, OPENED, Listed
from gbterm.errors import GbtermError
from gbterm.model import StopReport
from gbterm.watched import Watched

LEAVE_S = 3.0
"""How long the end waits for connections to close."""
REACH_S = 3.0
"""How long a server may take to be reached before its printer is stopped all the same."""
NOT_DRIVEN = "Nothing drives it from here, so nothing could be stopped from here."


class Make(Protocol):
    """As `Elsewhere.backend_of`."""

    def __call__(self, printer: Listed, /, *, unasked: bool = ...) -> Backend | None: ...


def nobody(printer: Listed, /, *, unasked: bool = True) -> Backend | None:
    """Watches none."""
    del printer, unasked
    return None


def is_shown(printer: Listed, backend: Backend) -> bool:
    """Whether `backend` is a client of `printer`."""
    if printer.server and backend.address:
        return printer.server == backend.address
    return backend.name == (printer.name if printer.option == "printer" else printer.value)


class Others:
    """Watches those that are worth it: configured servers, hosts of this machine, what was open.

    Never a mere port, which would reset its board; never a server that only announced itself, for
    anybody can.
    """

    def __init__(self, make: Make) -> None:
        """`make` returns a client of the server that drives a printer; see `Elsewhere`."""
        self._make = make
        self._watched: dict[str, Watched] = {}
        """By the addresses of their servers."""
        self._opened: dict[str, Listed] = {}
        """Those that a person opened, by the same."""
        self._ending = set[asyncio.Task[None]]()

    def of(self, printer: Listed) -> Watched | None:
        """How it is watched; None where it is not."""
        return self._watched.get(printer.server)

    @property
    def opened(self) -> tuple[Listed, ...]:
        """Those that a person opened by their addresses."""
        return tuple(self._opened.values())

    async def settled(self, within_s: float) -> None:
        """Wait until each of them was reached, or not; so long at most."""
        first = [asyncio.create_task(one.settled.wait()) for one in self._watched.values()]
        if first:
            _, late = await asyncio.wait(first, timeout=within_s)
            for waiting in late:
                waiting.cancel()

    def follow(self, printers: Iterable[Listed], shown: Backend) -> tuple[Listed, ...]:
        """Watch those that are worth it and not on show, and no others any more.

        Returns `printers`, and those that a person opened by an address that is not among them.
        """
        self._note_opened(shown)
        found = tuple(printers)
        servers = {printer.server for printer in found}
        found += tuple(one for server, one in self._opened.items() if server not in servers)
        wanted = {
            one.server: one for one in found if self._is_worth(one) and not is_shown(one, shown)
        }
        for server, watched in tuple(self._watched.items()):
            if server not in wanted or not watched.is_still(wanted[server]):
                self._leave(self._watched.pop(server))
        for server, printer in wanted.items():
            if server not in self._watched:
                self._watched[server] = Watched(printer, partial(self._make, printer))
        return found

    def try_again(self) -> None:
        """Those that were not reached: at once, with whatever key is configured now."""
        for server, watched in tuple(self._watched.items()):
            if watched.backend is None and watched.settled.is_set():
                self._leave(watched)
                again = Watched(watched.printer, partial(self._make, watched.printer))
                self._watched[server] = again

    def take(self, fresh: Backend) -> Backend | None:
        """The client that is connected where `fresh` leads, to be shown: watched no more."""
        watched = self._watched.pop(fresh.address, None)
        if watched is None:
            return None
        connected = watched.release()
        self._leave(watched)
        return connected

    def keep(self, left: Backend) -> bool:
        """Watch the one that was on show; False where no address leads back to it."""
        if not left.address:
            return False
        self._note_opened(left)
        if (watched := self._watched.pop(left.address, None)) is not None:
            self._leave(watched)
        printer = _opened(left)
        self._watched[left.address] = Watched(printer, partial(self._make, printer), left)
        return True

    async def stop(self, printer: Listed) -> StopReport:
        """The emergency stop, also of one that is not watched or not reached. Raises nothing."""
        watched = self.of(printer)
        if watched is not None and (report := await watched.stop()) is not None:
            return report
        try:
            backend = await beside(partial(self._make, printer, unasked=False))
        except GbtermError as error:
            return StopReport(False, str(error))
        except Exception as error:  # noqa: BLE001 - whatever failed, the user must cut the power
            return StopReport(False, f"Internal error ({type(error).__name__}): {error}")
        if backend is None:
            return StopReport(False, printer.hindrance or NOT_DRIVEN)
        try:
            return await _stopped(backend)
        finally:
            self._leave(backend)  # nobody waits for the report until a mute server is closed

    async def close(self) -> None:
        """Watch nobody any more."""
        for watched in self._watched.values():
            self._leave(watched)
        self._watched.clear()
        if self._ending:
            await asyncio.wait(self._ending, timeout=LEAVE_S)

    def _is_worth(self, printer: Listed) -> bool:
        known = bool(printer.host) or printer.kind == CONFIGURED
        return bool(printer.server) and (known or printer.server in self._opened)

    def _note_opened(self, backend: Backend) -> None:
        # A host of this machine is found as long as it runs.
        if backend.address and not backend.address.startswith("unix:"):
            self._opened.setdefault(backend.address, _opened(backend))

    def _leave(self, left: Watched | Backend) -> None:
        self._ending.add(ending := asyncio.create_task(left.close()))
        ending.add_done_callback(self._ending.discard)


async def _stopped(backend: Backend) -> StopReport:
    """The emergency stop of one that is not connected yet.

    Reached first, it knows what its server's answer is worth; where that takes long, without.
    """
    with suppress(Exception):  # whatever fails, it is stopped all the same
        async with asyncio.timeout(REACH_S):
            await backend.connect()
    return await stopping.stop(backend)


def _opened(backend: Backend) -> Listed:
    return Listed(backend.name, OPENED, backend.address, "url", backend.address)
