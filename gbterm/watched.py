"""A printer besides the one on show, kept connected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gbterm.backends import stopping
from gbterm.backends.base import Backend
from gbterm.beside import beside
from gbterm.discovery.printers import OPENED, Listed
from gbterm.errors import AuthenticationRefused, GbtermError
from gbterm.model import Phase, StopReport

CONNECT_S = 20.0
"""How long a server may take to be reached, whatever its backend still waits for."""
BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Pauses before one attempt to connect after another; the last one for ever."""


class Watched:
    """Tries until it was reached once; from then on its backend reconnects by itself.

    A key that was refused is not shown a second time.
    """

    def __init__(
        self,
        printer: Listed,
        make: Callable[[], Backend | None],
        backend: Backend | None = None,
    ) -> None:
        """`make` blocks and raises a `GbtermError`; a `backend` that is connected needs none."""
        self.printer = printer
        self.backend = backend
        """Once it was reached."""
        self.why = ""
        """Why it was not reached, in a sentence."""
        self.next_try_at: float | None = None
        """A Unix time."""
        self.is_refused = False
        """Whether it asks for a key, or for another one."""
        self.settled = asyncio.Event()
        """Set once it was reached, or not."""
        self._make = make
        self._stops = set[asyncio.Task[StopReport]]()
        self._reaching = None if backend else asyncio.create_task(self._reach())
        if backend:
            self.settled.set()

    @property
    def trouble(self) -> str:
        """Why it can't be reached and when that is tried again; empty where it was reached."""
        if self.next_try_at is None:
            return self.why
        at = time.strftime("%H:%M:%S", time.localtime(self.next_try_at))
        return f"{self.why} Next try at {at}."

    def is_still(self, printer: Listed) -> bool:
        """Whether `printer` would be reached as this one was; then it is known as that."""
        same = self.printer.kind == OPENED or self.printer.profile == printer.profile
        if same:
            self.printer = printer
        return same

    async def stop(self) -> StopReport | None:
        """The emergency stop, also where its connection is lost; None before it was reached."""
        if self.backend is None:
            return None
        self._stops.add(stop := asyncio.create_task(stopping.stop(self.backend)))
        stop.add_done_callback(self._stops.discard)
        return await asyncio.shield(stop)

    def release(self) -> Backend | None:
        """The backend, which is the caller's from now on; None where it isn't connected."""
        backend = self.backend
        if backend is None or backend.state.phase is Phase.DISCONNECTED:
            return None
        self.backend = None
        return backend

    async def close(self) -> None:
        """Leave it, once nobody stops it any more."""
        if self._reaching is not None:
            self._reaching.cancel()
            await asyncio.wait((self._reaching,))
        if self._stops:
            await asyncio.wait(self._stops)
        if self.backend is not None:
            await self.backend.close()

    async def _reach(self) -> None:
        failures = 0
        while not await self._is_reached() and not self.is_refused:
            pause_s = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            self.next_try_at = time.time() + pause_s
            await asyncio.sleep(pause_s)
        self.next_try_at = None

    async def _is_reached(self) -> bool:
        backend = None
        try:
            backend = await beside(self._make)
            if backend is None:
                return False
            async with asyncio.timeout(CONNECT_S):
                await backend.connect()
        except AuthenticationRefused as error:
            self.why, self.is_refused = str(error), True
        except GbtermError as error:
            self.why = str(error)
        except TimeoutError:
            self.why = f"{self.printer.name} did not answer within {CONNECT_S:.0f} s."
        except Exception as error:  # noqa: BLE001 - one kind's mistake leaves the other printers alone
            self.why = f"Internal error ({type(error).__name__}): {error}"
        else:
            self.backend, self.why = backend, ""
        finally:
            self.settled.set()
            if backend is not None and self.backend is None:
                await backend.close()
        return self.backend is not None
