"""What a board's words mean for the printer: its state, its answers, its questions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

from gbterm import events
from gbterm.backends.marlin import handshake, outgoing, parser, reports
from gbterm.backends.marlin.audit import Audit, PositionQuery
from gbterm.backends.marlin.babysteps import Babysteps
from gbterm.backends.marlin.beat import Beat
from gbterm.backends.marlin.console import Console
from gbterm.backends.marlin.meter import Meter
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.safety import Safety
from gbterm.backends.marlin.stream import ProtocolEvent
from gbterm.backends.marlin.tally import Tally
from gbterm.backends.marlin.window import Window
from gbterm.config import PrinterProfile
from gbterm.errors import LinkError, NeedsConfirmation, PrinterError, WrongState
from gbterm.model import Phase, Prompt, StopReport

HEATERS_OFF_WITHIN_S = 10.0
DISCONNECTED_ON_REQUEST = "Somebody disconnected it: connect to use it again."


class Session(Safety):
    """Keeps the stream to one board, and the state that follows from it, on one loop."""

    def __init__(self, profile: PrinterProfile) -> None:
        streaming = profile.streaming
        window = Window(streaming.window_lines, streaming.ring_bytes)
        port = Port(profile.port, window, self._on_data, self._on_events, self._on_lost)
        super().__init__(profile, port)
        self.core.recovery.damaged_at_most = streaming.damaged_lines
        self.audit = Audit(0.0)
        self.meter = Meter(self.core, 0, low_latency=False)
        self.babysteps = Babysteps(self.core)
        self.console = Console(self.core.transcript, port.now)
        self._connecting_task: asyncio.Task[None] | None = None
        self._prompts = reports.PromptReader()
        self._beat = Beat(self)
        self.completing_swap = False
        """Whether a person said that the filament is changed, whatever the board still asks."""
        self.ending = False
        """Whether the process is about to end, so that nothing may be started."""
        self._stop: asyncio.Task[StopReport] | None = None
        self._echoed: events.Event | None = None
        """What the board said by itself, as many do of a fan, before it confirmed the command."""
        self.unfinished = ""
        """Why what was printed before this process began can't go on; ends in ERROR."""

    # The port.

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

    # What the board says.

    def _on_data(self, data: bytes) -> None:
        if self.connecting is not None:
            self.connecting.heard(data)

    def _on_events(self, happened: list[ProtocolEvent]) -> None:
        for event in happened:
            handle = self._HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)
            else:
                self._show(event)
        self.port.pump()
        if self.job is not None:
            self.job.advance()

    def _show(self, event: Any) -> None:
        for fact in reports.said(event, self.core.asking):
            if isinstance(fact, events.TemperaturesReported):
                self._beat.temperatures_came()
            if isinstance(fact, events.FanChanged):
                self._echoed = fact
            self._tell(fact)

    def _on_answered(self, answered: outgoing.Answered) -> None:
        if self.state.waiting_for:
            self.report(events.WaitBegan(""))
        text = answered.line.text
        if step := self.babysteps.answered(text):
            self.report(events.BabystepChanged(round(self.state.babystep_mm + step, 4)))
        for fact in reports.told(text):
            if isinstance(fact, events.SteppersChanged):
                if fact.enabled and self.core.motors_hold and text.startswith(b"G"):
                    continue
                self.core.motors_hold = fact.enabled
            if fact != self._echoed:
                self.report(fact)
            self._echoed = None
        if isinstance(answered.line, PositionQuery):
            self._judge_position(answered.line)
        self.port.answer(answered)

    def _judge_position(self, query: PositionQuery) -> None:
        if wrong := self.audit.judge(query):
            self._pause_for(
                f"The printer is not where the file leads: {wrong}. Look at the print: resume if it"
                " is as it should be, or cancel."
            )

    def _on_action(self, action: parser.HostAction) -> None:
        if action.name not in reports.PROMPT_ACTIONS:
            self._show(action)
            return
        for fact in self._prompts.read(action):
            if not isinstance(fact, events.PromptClosed) or self.state.prompt is not None:
                self.report(fact)
        prompt, phase = self.state.prompt, self.state.phase
        if prompt is not None and phase is Phase.CANCELLING:
            self.answer_for_cancel()
        self.completing_swap &= phase is Phase.FILAMENT_SWAP
        if prompt is not None and self.completing_swap:
            self.answer_to_go_on(prompt)

    def answer_to_go_on(self, prompt: Prompt) -> None:
        """M600 asks `Continue`, `PurgeMore` or `Continue`, and `Reheat` (Marlin pause.cpp)."""
        choices = prompt.choices
        self._send_now(f"M876 S{choices.index('Continue') if 'Continue' in choices else 0}")

    def _on_busy(self, busy: parser.Busy) -> None:
        self._show(busy)
        if reports.waits_for_user(busy):
            return
        # It goes on, so somebody answered it, here or at the printer.
        if self.state.waiting_for == reports.FOR_USER:
            self.report(events.WaitBegan(""))
        asked = self.state.prompt is not None and self.state.prompt.choices
        if asked and self.job is not None and self.job.is_swapping:
            self.report(events.PromptClosed())

    def _on_identity(self, line: parser.FirmwareNamed | parser.CapabilityNamed) -> None:
        if self.connecting is not None:
            self.connecting.identified(line)

    def _on_trouble_ended(self, ended: outgoing.TroubleEnded) -> None:
        if self.state.waiting_for:
            self.report(events.WaitBegan(""))
        if ended.narrowed:
            text = "There was trouble on the cable: one line at a time until it has proven itself."
            self.report(reports.announce(text, "warning"))
        if ended.stray:
            self._pause_for(
                "A damaged line may have run without its number: look at the print, then resume."
            )

    def _on_damaged(self, damaged: outgoing.LinkDamaged) -> None:
        self._pause_for(
            f"{damaged.damaged} of the last 1000 lines were damaged on the cable:"
            " look for a loose plug or a source of noise, then resume."
        )

    def _pause_for(self, why: str) -> None:
        self.report(reports.announce(why, "warning"))
        if self.job is not None:
            self.job.pause(why)

    _HANDLERS: ClassVar[dict[type, Callable[[Session, Any], None]]] = {
        outgoing.Answered: _on_answered,
        outgoing.TroubleEnded: _on_trouble_ended,
        outgoing.LinkDamaged: _on_damaged,
        outgoing.BoardReset: Safety._on_reset,
        outgoing.GaveUp: Safety._on_gave_up,
        parser.Banner: Safety._on_banner,
        parser.Busy: _on_busy,
        parser.Halted: Safety._on_halted,
        parser.Fault: Safety._on_fault,
        parser.HostAction: _on_action,
        parser.FirmwareNamed: _on_identity,
        parser.CapabilityNamed: _on_identity,
    }
