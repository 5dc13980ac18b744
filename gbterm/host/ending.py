"""How the printer process ends: never under a print, and never with hot heaters unsaid."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.errors import GbtermError, PrinterError, WrongState
from gbterm.model import Phase

CANCELLED_WITHIN_S = 30.0
OFF_WITHIN_S, OFF_BEFORE_SIGNAL_ENDS_S = 3.0, 5.0
ANSWERED_WITHIN_S = 0.1
log = logging.getLogger(__name__)


class Ending:
    """Ends the process that drives `backend`, by calling `end`, when it may."""

    def __init__(self, backend: MarlinBackend, end: Callable[[], None]) -> None:
        self._backend, self._end = backend, end
        self._task: asyncio.Task[None] | None = None

    def on_signal(self) -> None:
        """End with the heaters off; a print goes on."""
        if self._is_printing:
            log.warning("asked to end in mid-print: the print goes on")
        elif self._task is None:
            self._backend.ending = True
            self._task = asyncio.create_task(self._end_cold())

    async def _end_cold(self) -> None:
        try:
            async with asyncio.timeout(OFF_BEFORE_SIGNAL_ENDS_S):
                await self._turn_heaters_off()
        except TimeoutError:
            log.warning("ended, but the printer did not confirm that its heaters are off")
        finally:
            self._end()

    async def shut_down(self, force: bool) -> None:
        """End with the heaters off. Raises `WrongState` in mid-print, which `force` cancels.

        Raises `PrinterError` where only M112 turned the heaters off; the process ends then, too.
        """
        if self._is_printing and not force:
            raise WrongState(
                f"{self._what_is_printed}: wait for its end, cancel it, or use gbterm stop --force."
            )
        hot = self._is_hot or self._backend.job is not None
        within_s = CANCELLED_WITHIN_S if force and hot else OFF_WITHIN_S
        self._backend.ending = True
        try:
            async with asyncio.timeout(within_s):
                await self._cancel()
                await self._turn_heaters_off()
        except GbtermError:
            self._backend.ending = False
            raise
        except TimeoutError:
            if hot and not force:
                self._backend.ending = False
                raise WrongState(
                    f"{self._backend.name} is hot and busy, and did not confirm that its heaters"
                    " are off: wait for the end of what it does, or use gbterm stop --force."
                ) from None
            if hot:
                await self._halt(within_s)
        self._end_soon()

    @property
    def _is_printing(self) -> bool:
        """Whether a file is being printed, or checked for that."""
        return self._backend.job is not None or self._backend.state.phase is Phase.STARTING

    @property
    def _what_is_printed(self) -> str:
        job = self._backend.job
        if job is None:
            return f"{self._backend.name} is {self._backend.state.reason or 'starting a print'}"
        return f"{job.job.name} is being printed"

    @property
    def _is_hot(self) -> bool:
        state = self._backend.state
        return any(heater.target for heater in (*state.nozzles, state.bed))

    async def _cancel(self) -> None:
        job = self._backend.job
        if job is not None:
            await self._backend.cancel()
            await job.ended.wait()

    async def _turn_heaters_off(self) -> None:
        """Return once the board took the order; at once where nobody hears it."""
        phase = self._backend.state.phase
        port = self._backend.port
        if phase not in (Phase.READY, Phase.STARTING, Phase.ERROR) or not port.is_talking:
            return
        try:
            # All at once: what is sent is carried out, even if nobody waits for it any more.
            await asyncio.gather(*map(port.command, self._backend.safe_script))
        except GbtermError as error:
            log.warning("the heaters may be on: %s", error)

    async def _halt(self, waited_s: float) -> None:
        try:
            report = await self._backend.emergency_stop()
        finally:
            self._end_soon()
        raise PrinterError(
            f"{self._backend.name} did not finish what it was doing within {waited_s:g} s, so it"
            f" was halted with M112, and its host ended. {report.text}"
            " Reset the printer before its next use."
        )

    def _end_soon(self) -> None:
        """Once the answer to the one who asked for it has left."""
        asyncio.get_running_loop().call_later(ANSWERED_WITHIN_S, self._end)
