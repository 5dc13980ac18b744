"""What a board's words mean for the printer: its state, its answers, its questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from gbterm import events
from gbterm.backends.marlin import outgoing, parser, reports
from gbterm.backends.marlin.audit import Audit, PositionQuery
from gbterm.backends.marlin.beat import Beat
from gbterm.backends.marlin.console import Console
from gbterm.backends.marlin.eeprom import Eeprom
from gbterm.backends.marlin.guarding import Guarding
from gbterm.backends.marlin.opening import Opening
from gbterm.backends.marlin.port import Port
from gbterm.backends.marlin.safety import Safety
from gbterm.backends.marlin.stream import ProtocolEvent
from gbterm.backends.marlin.tuning import Tuning
from gbterm.backends.marlin.unattended import Unattended
from gbterm.backends.marlin.window import Window
from gbterm.config import PrinterProfile
from gbterm.model import Phase, Prompt, StopReport

_ALIVE = (outgoing.TroubleEnded, parser.Busy, parser.Heating)
"""None of it comes from a board that restarted and was sent nothing since."""


class Session(Opening):
    """Keeps the stream to one board, and the state that follows from it, on one loop."""

    def __init__(self, profile: PrinterProfile) -> None:
        streaming = profile.streaming
        window = Window(streaming.window_lines, streaming.ring_bytes)
        port = Port(profile.port, window, self._on_data, self._on_events, self._on_lost)
        super().__init__(profile, port)
        self.core.recovery.damage.at_most = streaming.damaged_lines
        self.audit = Audit(0.0)
        self.eeprom = Eeprom(self)
        self.tuning = Tuning(self)
        self.console = Console(self.core.transcript, port.now)
        self._prompts = reports.PromptReader()
        self.unattended = Unattended(self)
        self.guarding = Guarding(self)
        self._beat = Beat(self)
        self.parks = False
        self.completed_swap: outgoing.Outgoing | None = None
        """The M600 of which a person said that it is done, whatever the board still asks."""
        self.ending = False
        """Whether the process is about to end, so that nothing may be started."""
        self._stop: asyncio.Task[StopReport] | None = None
        self._echoed: events.Event | None = None
        """What the board said by itself, as many do of a fan, before it confirmed the command."""

    def _on_data(self, data: bytes) -> None:
        if self.connecting is not None:
            self.connecting.heard(data)

    def _on_events(self, happened: list[ProtocolEvent]) -> None:
        for event in happened:
            if self.connecting is not None:
                self.connecting.happened(event)
            if isinstance(event, _ALIVE):
                self.unplugged.heard()
            handle = self._HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)
            else:
                self._show(event)
        self.port.pump()
        if self.job is not None:
            self.job.advance()

    def _show(self, event: Any) -> None:
        if self.parks and isinstance(event, parser.Text) and reports.demands_homing(event.text):
            return
        for fact in reports.said(event, self.core.asking):
            if isinstance(fact, events.FanChanged):
                self._echoed = fact
            self._tell(fact)
            if isinstance(fact, events.TemperaturesReported):
                self._beat.temperatures_came()
                self.guarding.heard(fact)
                # What a board that is just greeted tells first may not be all.
                if self.connecting is None:
                    self.unattended.note(self.port.now())

    def _on_answered(self, answered: outgoing.Answered) -> None:
        if self.state.waiting_for:
            self.report(events.WaitBegan(""))
        text = answered.line.text
        self.modes.executed(answered.line, self.state.firmware)
        if step := self.babysteps.answered(text):
            self.report(events.BabystepChanged(round(self.state.babystep_mm + step, 4)))
        for fact in reports.told(text):
            if isinstance(fact, events.SteppersChanged):
                if fact.enabled and self.core.motors_hold and text.startswith(b"G"):
                    continue
                self.core.motors_hold = fact.enabled
            if fact != self._echoed:
                self._tell(fact)
            self._echoed = None
        if isinstance(answered.line, PositionQuery):
            self._judge_position(answered.line)
        self.card.answered(text)
        self.guarding.answered()
        self.eeprom.answered(answered)
        self.port.answer(answered)

    def _judge_position(self, query: PositionQuery) -> None:
        if wrong := self.audit.judge(query):
            self._pause_for(
                f"The printer is not where the file leads: {wrong}. Look at the print: resume if it"
                " is as it should be, or cancel.",
                is_place_sure=False,
            )

    def _on_text(self, text: parser.Text) -> None:
        self.card.heard(text.text)
        self.guarding.heard_text(text.text)
        self.eeprom.stored.heard(text.text)
        self.tuning.heard(text.text)
        self._show(text)

    def _on_said_fault(self, fault: parser.Fault) -> None:
        self.eeprom.stored.heard(fault.text)
        self._on_fault(fault)

    def _on_action(self, action: parser.HostAction) -> None:
        self.card.acted(action.name)
        if action.name not in reports.PROMPT_ACTIONS:
            self._show(action)
            return
        for fact in self._prompts.read(action):
            if not isinstance(fact, events.PromptClosed) or self.state.prompt is not None:
                self.report(fact)
        prompt = self.state.prompt
        if prompt is not None and self.state.phase is Phase.CANCELLING:
            self.answer_for_cancel()
        change = self.core.filament_change
        if prompt is not None and change is not None and change is self.completed_swap:
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
                "A damaged line may have run without its number: look at the print, then resume.",
                is_place_sure=False,
            )

    def _on_damaged(self, damaged: outgoing.LinkDamaged) -> None:
        self._pause_for(
            f"{damaged.damaged} of the last 1000 lines were damaged on the cable:"
            " look for a loose plug or a source of noise, then resume."
        )

    def _pause_for(self, why: str, *, is_place_sure: bool = True) -> None:
        self.report(reports.announce(why, "warning"))
        if self.job is not None:
            self.job.pause(why, is_place_sure=is_place_sure)

    _HANDLERS: ClassVar[dict[type, Callable[[Session, Any], None]]] = {
        outgoing.Answered: _on_answered,
        outgoing.TroubleEnded: _on_trouble_ended,
        outgoing.LinkDamaged: _on_damaged,
        outgoing.BoardReset: Safety._on_reset,
        outgoing.GaveUp: Safety._on_gave_up,
        parser.Banner: Safety._on_banner,
        parser.Busy: _on_busy,
        parser.Halted: Safety._on_halted,
        parser.Fault: _on_said_fault,
        parser.HostAction: _on_action,
        parser.Text: _on_text,
        parser.FirmwareNamed: _on_identity,
        parser.CapabilityNamed: _on_identity,
    }
