"""What a board's faults mean for the printer: the print ends, and the heaters go off."""

from __future__ import annotations

import asyncio
import random
import re

from gbterm import events
from gbterm.backends.base import Backend
from gbterm.backends.marlin import handshake, outgoing, parser, reports
from gbterm.backends.marlin.card import Card
from gbterm.backends.marlin.job import PrintJob
from gbterm.backends.marlin.port import Port
from gbterm.config import PrinterProfile
from gbterm.model import Phase
from gbterm.text import scrub

_WAITS_FOR_HEATER = re.compile(rb"M *(?:109|19[01])(?!\d)")
FIRST_NUMBER = range(1000, 10_000)
"""A job's numbering begins at one of these, so that `Last Line: 0` always means a reset."""


class Safety(Backend):
    """Stops what must not go on with a board that failed, and turns its heaters off."""

    card: Card

    def __init__(self, profile: PrinterProfile, port: Port) -> None:
        super().__init__()
        self.name = profile.name
        self.profile = profile
        self.port = port
        self.core = port.core
        self.job: PrintJob | None = None
        self.connecting: handshake.Handshake | None = None
        self._halted = asyncio.Event()
        self._stopping = False
        self._fault = ""
        """The fatal error that the board reported, until the port is opened anew."""
        self.is_locked = False
        """Whether a command was refused by a board that somebody locked."""

    def _on_halted(self, halted: parser.Halted) -> None:
        self._halted.set()
        if not self._stopping:
            # What went wrong was said before; that the board halted is only what came of it.
            self._fail(self._fault or halted.text)

    def _on_fault(self, fault: parser.Fault) -> None:
        for fact in reports.said(fault, b""):
            self._tell(fact)
        self.is_locked |= reports.says_locked(fault)
        if reports.is_fatal(fault) and not self._fault:
            self._fault = reports.sentence(fault)
            self._fail(self._fault)
            # Not every such error makes the board turn its heaters off.
            if self.connecting is None and not self._stopping:
                self.make_safe()
        elif self._fault:
            # What the board says after it only comes of it.
            self.report(events.ErrorReported(self._fault))

    def _on_banner(self, _: parser.Banner) -> None:
        # A board that boots is no longer the one that halted, and knows nothing of before.
        self._halted.clear()
        self.core.motors_hold = False
        for fact in reports.booted(self.state):
            self.report(fact)

    def _on_reset(self, _: outgoing.BoardReset) -> None:
        if self.connecting is not None:
            self.connecting.board_reset()
            return
        how = "by itself"
        if self.job is not None and self.job.is_suspended:
            how = "while its cable was out"
        lost = "what it was printing is lost to it"
        if self.job is None and not self.card.prints:
            lost = "it does not know where it is any more, and its heaters are off"
        self._fail(f"The board restarted {how}: {lost}.")
        self.make_safe()

    def _on_gave_up(self, gave_up: outgoing.GaveUp) -> None:
        if self.connecting is not None:
            return
        self._lose_board(f"The board and gbterm lost each other: {gave_up.why}.")

    def give_up_on(self, command: str) -> None:
        """The board has been busy with `command` for longer than any may take."""
        if self.card.prints:
            return
        self.answer_for_cancel()
        self._lose_board(
            f"The board has not come to the end of {scrub(command, 40)} for far too long: look at"
            " the printer, then reconnect."
        )

    def _lose_board(self, why: str) -> None:
        if self.card.prints:
            self._announce(f"{why} It may print on from its own card: look at it.")
            self._talk_anew("M105")
            return
        if self.state.phase is not Phase.ERROR:
            self._fail(why)
        else:
            self._announce("The heaters may be on and can't be reached: switch the printer off.")
        # For ever, since nobody else would turn the heaters off.
        self.make_safe()

    def _announce(self, text: str) -> None:
        self._tell(reports.announce(text, "error"))

    def _tell(self, fact: events.Event) -> None:
        if reports.is_news(fact, self.state):
            self.report(fact)

    def _fail(self, why: str, reason: str = "") -> None:
        self.port.stop(why)
        if self.state.waiting_for:
            self.report(events.WaitBegan(""))
        self.card.end("failed", reason or why)
        if self.job is not None:
            self.job.fail(why, reason)
        elif self.connecting is None or self._stopping:
            self.report(events.ErrorReported(why))
            self._phase(Phase.ERROR, why)

    def job_failed(self, why: str) -> None:
        """What is under way can't go on, though the board can: turn its heaters off."""
        self._fail(why)
        self.make_safe()

    def make_safe(self) -> None:
        """Talk to the board anew, to turn its heaters off and to go on reading temperatures."""
        self._talk_anew(*self.safe_script)

    def _talk_anew(self, *commands: str) -> None:
        self.core.restart(random.choice(FIRST_NUMBER))
        for text in commands:
            self.port.send(text)

    @property
    def has_halted(self) -> bool:
        """Whether the board halted since the port was opened, and so turned its heaters off."""
        return self._halted.is_set()

    @property
    def safe_script(self) -> tuple[str, ...]:
        """What turns every heater and fan off; nothing in it moves. `M104 S0` alone would reach
        the active tool's heater only."""
        nozzles = range(max(self.state.firmware.extruders, len(self.state.nozzles)))
        chamber = ("M141 S0",) if self.state.chamber is not None else ()
        return (*(f"M104 T{index} S0" for index in nozzles), "M140 S0", *chamber, "M107")

    # What goes past the queue.

    def end_heating(self) -> None:
        """Break off a wait for a heater, so that what was sent after it is carried out."""
        if _WAITS_FOR_HEATER.match(self.core.asking):
            self._send_now("M108")

    def end_tuning(self) -> None:
        """Break off what M303 does, on a board that reads M108 meanwhile."""
        self._send_now("M108")

    def answer_for_cancel(self) -> None:
        """End what the board itself waits for, so that the cancel script gets its turn."""
        if self.core.is_drained:
            return
        # Whether or not its question was heard.
        if self.state.firmware.can("PROMPT_SUPPORT"):
            self._send_now("M876 S1")
        self._send_now("M108")

    def break_off(self) -> None:
        """End all that the board does and waits for, where it hears of that at once."""
        self.answer_for_cancel()
        if self.state.firmware.can("EMERGENCY_PARSER"):
            self._send_now("M410")

    def end_print(self, why: str) -> None:
        """The job ends here, to go on later. The board is in order: what it is told next goes with
        the lines under way, at once, and not only once all is numbered anew."""
        assert self.job is not None
        self.break_off()
        self.job.end_here(why)

    def _send_now(self, text: str) -> None:
        parsed_early = self.state.firmware.can("EMERGENCY_PARSER")
        self.port.send_now(text, parsed_early=parsed_early)

    def _phase(self, phase: Phase, reason: str = "") -> None:
        self.report(events.PhaseChanged(phase, reason))
