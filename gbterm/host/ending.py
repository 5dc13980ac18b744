"""How the printer process ends: never under a print, unless the machine does, and never with hot
heaters unsaid."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.errors import GbtermError, PrinterError, WrongState
from gbterm.host import machine
from gbterm.model import Phase

CANCELLED_WITHIN_S = 30.0
OFF_WITHIN_S, OFF_BEFORE_SIGNAL_ENDS_S = 3.0, 5.0
HALTED_AFTER_S, OFF_WITHIN_AT_LEAST_S = 3.5, 2.0
"""Of a print that the machine's end stops: what an emergency stop needs is left of 5 s then. A
board carries out nothing for a second after M410; that it has, however late systemd answered."""
GREETED_WITHIN_S = 2.0
"""A board that is just being greeted tells whether it prints from its own card."""
ANSWERED_WITHIN_S = 0.1
MACHINE_STOPS = "This machine shuts down: the print was stopped, and can go on once it is back."
SERVICE_STOPS = (
    "The printer's service was stopped, by itself or with this machine: the print was stopped, too,"
    " and can go on once it is back."
)
log = logging.getLogger(__name__)


class Ending:
    """Ends the process that drives `backend`, by calling `end`, when it may."""

    def __init__(
        self,
        backend: MarlinBackend,
        end: Callable[[], None],
        is_machine_stopping: Callable[[], Awaitable[bool]] = machine.is_stopping,
    ) -> None:
        self._backend, self._end = backend, end
        self._is_machine_stopping = is_machine_stopping
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._ordered = asyncio.Event()
        self.is_for_a_new_start = False
        """Whether it ends by a signal, after which somebody may start it again."""

    def on_signal(self) -> None:
        """End with the heaters off; a print goes on unless the machine shuts down."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._on_signal(self._backend.port.now()))

    def on_order(self) -> None:
        """End with the heaters off, and a print with it: systemd stops the service."""
        self._ordered.set()
        self.on_signal()

    async def _on_signal(self, signalled_at: float) -> None:
        if self._is_printing and not await self._is_meant():
            log.warning("asked to end in mid-print: the print goes on")
            return
        self.is_for_a_new_start = not self._ordered.is_set()
        self._backend.ending = True
        if self._backend.job is None:
            await self._end_cold()
        else:
            await self._end_print(signalled_at)

    async def _is_meant(self) -> bool:
        """Whether a print is to end, too: systemd said so, or the machine shuts down."""
        tasks = [
            asyncio.ensure_future(asked)
            for asked in (self._ordered.wait(), self._is_machine_stopping())
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return self._ordered.is_set() or tasks[1].result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_print(self, signalled_at: float) -> None:
        """Stop the print, noted as lost unless it was being cancelled, and turn the heaters
        off or halt the board."""
        reason = SERVICE_STOPS if self._ordered.is_set() else MACHINE_STOPS
        log.warning("%s", reason)
        backend = self._backend
        backend.end_print(reason)
        off, now = False, backend.port.now()
        try:
            with contextlib.suppress(TimeoutError):
                halts_at = max(signalled_at + HALTED_AFTER_S, now + OFF_WITHIN_AT_LEAST_S)
                async with asyncio.timeout_at(halts_at):
                    off = await self._turn_heaters_off()
            if not off and backend.port.is_open:
                log.warning("%s", (await backend.emergency_stop()).text)
        finally:
            self._end()

    async def _end_cold(self) -> None:
        backend, hot, off = self._backend, self._may_be_hot, False
        is_greeted = backend.connecting is None
        try:
            with contextlib.suppress(TimeoutError):
                within_s = OFF_BEFORE_SIGNAL_ENDS_S if is_greeted else HALTED_AFTER_S
                async with asyncio.timeout(within_s):
                    off = await self._turn_heaters_off()
            if hot and not (off or is_greeted) and backend.port.is_open:
                report = await backend.emergency_stop()
                log.warning("%s", report.text)
                off = report.confirmed
        finally:
            self._end()
        if hot and not off:
            log.warning("ended, but the printer did not confirm that its heaters are off")

    async def shut_down(self, force: bool) -> None:
        """End with the heaters off. Raises `WrongState` in mid-print, which `force` cancels.

        Raises `PrinterError` where only M112 turned the heaters off, or where nobody can have; the
        process ends then, too.
        """
        async with self._turn:
            await self._shut_down(force)

    async def _shut_down(self, force: bool) -> None:
        if self._is_printing and not force:
            raise WrongState(
                f"{self._what_is_printed}: wait for its end, cancel it, or use gbterm stop --force."
            )
        hot = self._may_be_hot
        within_s = CANCELLED_WITHIN_S if force and hot else OFF_WITHIN_S
        self._backend.ending = True
        try:
            async with asyncio.timeout(within_s):
                await self._cancel()
                off = await self._turn_heaters_off()
        except GbtermError:
            self._backend.ending = False
            raise
        except TimeoutError:
            off = False
        if hot and not off:
            await self._end_hot(force, within_s)
        self._end_soon()

    async def _end_hot(self, force: bool, waited_s: float) -> None:
        """Raise `WrongState`, or end the process all the same and raise `PrinterError`."""
        name = self._backend.name
        if not self._backend.port.is_open:
            self._end_soon()
            raise PrinterError(
                f"Nobody turned the heaters of {name} off, because it can't be reached: look at it,"
                " and cut its power if they are on. Its host ended."
            )
        if not force:
            self._backend.ending = False
            if self._backend.connecting is not None:
                self._backend.connecting.abandon()
            raise WrongState(
                f"{name} is hot and busy, and did not confirm that its heaters are off: wait for"
                " the end of what it does, or use gbterm stop --force."
            )
        await self._halt(waited_s)

    @property
    def _is_printing(self) -> bool:
        """Whether a file is being printed, or checked for that."""
        return (
            self._backend.job is not None
            or self._backend.is_writing
            or self._backend.state.phase is Phase.STARTING
        )

    @property
    def _what_is_printed(self) -> str:
        job = self._backend.job
        if self._backend.is_writing:
            return f"{self._backend.name} is given a file for its card"
        if job is None:
            return f"{self._backend.name} is {self._backend.state.reason or 'starting a print'}"
        return f"{job.job.name} is being printed"

    @property
    def _may_be_hot(self) -> bool:
        """Whether a heater has a target, may have one from a print that is under way or lost, or is
        tuned."""
        state, backend = self._backend.state, self._backend
        heaters = (*state.nozzles, state.bed, *((state.chamber,) if state.chamber else ()))
        if backend.card.prints:
            return False  # it is left alone
        was_lost = bool(backend.unfinished) and state.phase is not Phase.ERROR
        if backend.connecting is not None:
            was_lost |= backend.left_alone or backend.unattended.left_hot_at is not None
        was_lost |= backend.tuning.may_heat
        return any(heater.target for heater in heaters) or backend.job is not None or was_lost

    async def _cancel(self) -> None:
        job = self._backend.job
        if job is not None:
            await self._backend.cancel()
            await job.ended.wait()

    async def _turn_heaters_off(self) -> bool:
        """Whether the heaters are off for certain; returns at once where nobody hears the order."""
        backend, port = self._backend, self._backend.port
        if backend.has_halted:
            return True
        others: tuple[str, ...] = ()
        if backend.connecting is not None:
            # Else a print of its own card would lose its heaters.
            with contextlib.suppress(GbtermError, TimeoutError):
                async with asyncio.timeout(GREETED_WITHIN_S):
                    await backend.connect_again()
            if backend.card.prints:
                return False
            others = backend.break_in() if port.is_open else ()
        may_send = backend.state.phase in (Phase.READY, Phase.STARTING, Phase.ERROR)
        if not ((may_send or backend.connecting is not None) and port.is_talking):
            return False
        backend.tuning.end()
        try:
            # All at once: what is sent is carried out, even if nobody waits for it any more. M105
            # tells the journal that no heater has a target.
            await asyncio.gather(*map(port.command, (*backend.safe_script, *others, "M105")))
        except GbtermError as error:
            log.warning("the heaters may be on: %s", error)
            return False
        return True

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
