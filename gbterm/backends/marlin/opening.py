"""A printer's port on request: opened, lost, closed, and its heaters off before that."""

from __future__ import annotations

import asyncio
import time

from gbterm import events
from gbterm.backends.marlin import handshake, reports
from gbterm.backends.marlin.babysteps import Babysteps
from gbterm.backends.marlin.beat import Beat
from gbterm.backends.marlin.meter import Meter
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.safety import Safety
from gbterm.backends.marlin.tally import Tally
from gbterm.config import PrinterProfile
from gbterm.errors import LinkError, NeedsConfirmation, PrinterError, WrongState
from gbterm.model import Phase

HEATERS_OFF_WITHIN_S = 10.0
DISCONNECTED_ON_REQUEST = "Somebody disconnected it: connect to use it again."


class Opening(Safety):
    """Opens the port, greets the board, and lets go of both."""

    _beat: Beat

    def __init__(self, profile: PrinterProfile, port: Port) -> None:
        super().__init__(profile, port)
        self.unfinished = ""
        """Why what was printed before this process began can't go on; ends in ERROR."""
        self.babysteps = Babysteps(self.core)
        self.meter = Meter(self.core, 0, low_latency=False)
        self._connecting_task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Open the port and greet the board. Raises `LinkError`; the state says why, too."""
        if not self.port.is_open or self.connecting is not None:
            await self._connect_once()

    async def _connect_once(self) -> None:
        """Connect, or wait for the connecting that is under way."""
        if self._connecting_task is None or self._connecting_task.done():
            self._connecting_task = asyncio.get_running_loop().create_task(self._connect())
        await asyncio.shield(self._connecting_task)

    async def _connect(self) -> None:
        self._phase(Phase.CONNECTING, f"opening {self.profile.port}")
        try:
            await handshake.connect(self)
        except LinkError as error:
            await self._close_port()
            if self.state.phase is Phase.CONNECTING:
                self._phase(Phase.DISCONNECTED, str(error))
            raise
        job = self.state.job
        self.report(events.ErrorReported(self.unfinished))
        self._phase(Phase.ERROR if self.unfinished else Phase.READY, self.unfinished)
        if self.unfinished or (job is not None and job.outcome == "failed"):
            # Nobody looks after the heaters of a print that was lost.
            for text in self.safe_script:
                self.port.send(text)
        self._beat.start()

    async def open_link(self, baud: int) -> None:
        """Open the port at `baud`, or anew at another rate. Raises `LinkError`."""
        await self._close_port()
        self._fault = ""
        self.is_locked = False
        self._halted.clear()
        self.babysteps.forget()
        self.report(events.BabystepChanged(0.0))
        await self.port.open(baud)
        self.core.tally = Tally()
        self.meter = Meter(
            self.core, baud, low_latency=self.port.low_latency, since=round(time.time(), 3)
        )

    async def close(self) -> None:
        """Close the port."""
        if self._connecting_task is not None and not self._connecting_task.done():
            self._connecting_task.cancel()
            await asyncio.gather(self._connecting_task, return_exceptions=True)
        await self._close_port()
        self._phase(Phase.DISCONNECTED)

    async def reconnect(self) -> None:
        """Close and open the port; the way out of ERROR."""
        if self.job is not None:
            raise WrongState(f"{self.job.job.name} is being printed: cancel it first.")
        lost, self.unfinished = self.unfinished, ""
        await self.close()
        try:
            await self._connect_once()
        except LinkError:
            self.unfinished = lost
            raise

    async def connect_printer(self) -> None:
        """Open the port where it is closed."""
        await self.connect()

    async def disconnect_printer(self, *, confirmed: bool = False) -> None:
        """Turn the heaters off, and once the board has done it, close the port."""
        if self.state.phase is Phase.DISCONNECTED:
            return
        self._require_no_print()
        is_safe = self.connecting is not None or await self._turned_off()
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
        if self.unfinished:
            self._send_now("M108")

    async def _close_port(self) -> None:
        self._beat.stop()
        await self.port.close()

    def _on_lost(self, why: str) -> None:
        self._beat.stop()
        if self.job is not None:
            self.job.fail(why)
        else:
            self._phase(Phase.DISCONNECTED, why)
            self.report(reports.announce(why, "error"))
