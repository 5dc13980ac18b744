"""A printer's port on request: opened, lost, closed, and its heaters off before that."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

from gbterm import events
from gbterm.backends.marlin import handshake
from gbterm.backends.marlin.babysteps import Babysteps
from gbterm.backends.marlin.beat import Beat
from gbterm.backends.marlin.card import Card
from gbterm.backends.marlin.eeprom import Eeprom
from gbterm.backends.marlin.guarding import Guarding
from gbterm.backends.marlin.meter import Meter
from gbterm.backends.marlin.modes import BoardModes
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.safety import FIRST_NUMBER, Safety
from gbterm.backends.marlin.tally import Tally
from gbterm.backends.marlin.tuning import Tuning
from gbterm.backends.marlin.unattended import Unattended
from gbterm.backends.marlin.unplugged import Unplugged
from gbterm.config import PrinterProfile
from gbterm.errors import (
    CommandTimeout,
    LinkError,
    NeedsConfirmation,
    NotSupported,
    PrinterError,
    WrongState,
)
from gbterm.model import Phase

HEATERS_OFF_WITHIN_S = 10.0
NOZZLES_AT_MOST = 8
"""Of a Marlin: E_STEPPERS."""
RESET_WITHIN_S = 3.0
"""A port on the network may never take it."""
DISCONNECTED_ON_REQUEST = "Somebody disconnected it: connect to use it again."


class Opening(Safety):
    """Opens the port, greets the board, and lets go of both."""

    _beat: Beat
    unattended: Unattended
    guarding: Guarding
    eeprom: Eeprom
    tuning: Tuning

    def __init__(self, profile: PrinterProfile, port: Port) -> None:
        super().__init__(profile, port)
        self.unfinished = ""
        """Why what was printed before this process began can't go on; ends in ERROR."""
        self.left_alone = False
        """Whether the heaters were to go off while nobody could tell the board."""
        self.unplugged = Unplugged(self)
        self.card = Card(self)
        self.babysteps = Babysteps(self.core)
        self.modes = BoardModes()
        self.meter = Meter(self.core, 0, low_latency=False)
        self._connecting_task: asyncio.Task[None] | None = None
        self._is_deaf = False
        """Whether the board halted when the port was open before, and was not heard since."""
        self._was_woken = False
        """Whether it was reset for that."""

    async def connect(self) -> None:
        """Open the port and greet the board. Raises `LinkError`; the state says why, too."""
        if self.port.is_open and self.connecting is None:
            return
        if self.job is not None:
            raise WrongState(
                f"{self.job.job.name} waits for {self.port.sought} to come back: plug it in, or"
                " cancel the print."
            )
        await self.connect_again()

    async def connect_again(self) -> None:
        """Connect, or wait for the connecting that is under way. Raises `LinkError`."""
        if self._connecting_task is None or self._connecting_task.done():
            self._connecting_task = asyncio.get_running_loop().create_task(self._connect())
        await asyncio.shield(self._connecting_task)

    async def _connect(self) -> None:
        self._phase(Phase.CONNECTING, f"opening {self.port.sought}")
        try:
            await handshake.connect(self)
        except LinkError as error:
            await self._close_port()
            if self.state.phase is Phase.CONNECTING:
                self._phase(Phase.DISCONNECTED, str(error))
            raise
        self._is_deaf = self.card.is_left = False
        self._beat.start()
        if self.card.prints:
            self.card.show()
            return
        job = self.state.job
        self.report(events.ErrorReported(self.unfinished))
        self.stand_ready()
        failed = bool(self.unfinished) or (job is not None and job.outcome == "failed")
        was_left, self.left_alone = self.tuning.reach() or self.left_alone, False
        if was_left or (failed and self.unattended.left_hot_at is None):
            # What failed may be a heater. A crash of gbterm says nothing against them.
            for text in self.safe_script:
                self.port.send(text)
        self.eeprom.look()

    def stand_ready(self) -> None:
        """Nothing is printed: READY, unless somebody has to see an error first."""
        self._phase(Phase.ERROR if self.unfinished else Phase.READY, self.unfinished)

    async def open_link(self, baud: int) -> None:
        """Open the port at `baud`, or anew at another rate. Raises `LinkError`."""
        await self._close_port()
        self._fault = ""
        self.is_locked = False
        self.card.lose()
        self._is_deaf |= self.has_halted
        self._halted.clear()
        self.babysteps.forget()
        self.guarding.rearm()
        self.eeprom.stored.forget()
        self.modes = BoardModes()
        self.report(events.BabystepChanged(0.0))
        await self.port.open(baud)
        self.core.tally = Tally()
        self.meter = Meter(
            self.core, baud, low_latency=self.port.low_latency, since=round(time.time(), 3)
        )

    async def close(self) -> None:
        """Close the port, for good."""
        self.unplugged.leave_off()
        self.card.lose()
        await self._let_go()

    async def _let_go(self) -> None:
        if self._connecting_task is not None and not self._connecting_task.done():
            self._connecting_task.cancel()
            await asyncio.gather(self._connecting_task, return_exceptions=True)
        await self._close_port()
        self._phase(Phase.DISCONNECTED)

    async def reconnect(self) -> None:
        """Close and open the port; the way out of ERROR."""
        if self.job is not None:
            raise WrongState(f"{self.job.job.name} is being printed: cancel it first.")
        self.card.refuse("reconnect")
        lost, self.unfinished = self.unfinished, ""
        was_sought = self.unplugged.is_seeking
        await self._let_go()
        await self.port.ask_anew()
        try:
            await self.connect_again()
        except LinkError:
            self.unfinished = lost
            if was_sought:
                self.unplugged.seek()
            raise

    async def wake(self) -> None:
        """Reset a board that halted before it was disconnected, and says nothing now: it hears
        nothing else."""
        if self._is_deaf:
            self._is_deaf = False
            with contextlib.suppress(CommandTimeout, NotSupported):
                await self._pulse_dtr()
                self._was_woken = True

    async def _pulse_dtr(self) -> None:
        """Raises `CommandTimeout` and `NotSupported`, in words about its port."""
        try:
            async with asyncio.timeout(RESET_WITHIN_S):
                await self.port.pulse_dtr()
        except TimeoutError as error:
            raise CommandTimeout("Its port did not take the reset by the DTR line.") from error
        except (OSError, TypeError, ValueError) as error:
            raise NotSupported("Its port has no DTR line to reset it by.") from error

    async def connect_printer(self) -> None:
        """Open the port where it is closed."""
        if self.job is None:
            await self.port.ask_anew()
        await self.connect()

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        """Turn the heaters off, and once the board has done it, close the port.

        A board that prints from its own card goes on with that.
        """
        self._require_no_print()
        if self.state.phase is Phase.DISCONNECTED and not self.unplugged.is_seeking:
            return
        is_left = self.connecting is not None or self.card.prints
        is_safe = is_left or await self._turned_off()
        if not is_safe and not confirmed:
            raise NeedsConfirmation(
                f"{self.name} does not confirm that its heaters are off, and nobody would look"
                " after them: disconnect all the same?"
            )
        self._require_no_print()
        if self.state.phase is Phase.ERROR:
            # Somebody has to see it; what came to an end otherwise is told already.
            self.unfinished = self.unfinished or self.state.reason
        await self.close()
        self._phase(Phase.DISCONNECTED, DISCONNECTED_ON_REQUEST)

    def _require_no_print(self) -> None:
        if self.job is not None or self.state.phase is Phase.STARTING:
            raise WrongState(f"{self.name} is printing: cancel that first.")

    async def _turned_off(self) -> bool:
        """Whether no heater has a target any more."""
        if self.has_halted or not self.port.is_open:
            return True
        if not self.port.is_talking:
            return False
        self.tuning.end()
        try:
            async with asyncio.timeout(HEATERS_OFF_WITHIN_S):
                for text in self.safe_script:
                    await self.port.command(text)
        except (TimeoutError, PrinterError):
            return False
        return True

    def end_waits(self) -> None:
        """End what a board waits for on behalf of a print that was lost, if there was one."""
        self._phase(Phase.CONNECTING, "the board is busy with something that it was told before")
        was_left = self.left_alone or self.tuning.is_left
        if (self.unfinished or was_left) and not self.card.prints:
            self._send_now("M108")

    def break_in(self) -> tuple[str, ...]:
        """Be heard by a board that is greeted and too busy to answer, if it still is: end what it
        waits for, and number anew what it is told next.

        Returns what turns off the nozzles of which nobody knows yet whether it has them.
        """
        if self.connecting is None:
            return ()
        self.connecting.suspend()
        self.core.restart(random.choice(FIRST_NUMBER))
        self._send_now("M108")
        return tuple(f"M104 T{index} S0" for index in range(1, NOZZLES_AT_MOST))

    async def _close_port(self) -> None:
        self.tuning.lose()
        self._beat.stop()
        await self.port.close()

    def _on_lost(self, why: str) -> None:
        self._beat.stop()
        self.unplugged.began(why + self.tuning.lose())

    def ask_where_it_is(self) -> None:
        """The port of a print that was kept is open again: is its board alive?"""
        again = f"The cable is in again{self.unplugged.renamed}"
        self._phase(Phase.CONNECTING, f"{again}: the board is asked where it is.")
        self.report(events.WaitBegan("the board to answer"))
        self.core.replug(self.port.now())
        self._beat.start()
        self.port.pump()

    def ask_for_reports(self) -> None:
        """Have the board tell its temperatures, and its place, by itself."""
        for text in handshake.reports_wanted(self.state.firmware):
            self.port.send(text)
