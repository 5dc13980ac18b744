"""A port that went away by itself: its print is kept, and it is looked for until it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.marlin import reports
from gbterm.errors import LinkError
from gbterm.model import Phase, Prompt
from gbterm.text import scrub

if TYPE_CHECKING:
    from gbterm.backends.marlin.opening import Opening

LOOK_EVERY_S = 1.0
GREET_AGAIN_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses after a port that is there but can't be used, or has a board that doesn't answer."""
GO_ON = "go_on"
STOPPED_AWAY = (
    "Emergency stop while the printer was out of reach. It is back, and was told to turn its"
    " heaters off."
)
"""What becomes of a stop that nobody heard, once the board is there again."""
log = logging.getLogger(__name__)


class Unplugged:
    """From when the port of `opening` went away until its board is reached again."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._seeking: asyncio.Task[None] | None = None
        self._since = 0.0
        self._was_device = ""
        self._prompt: Prompt | None = None

    @property
    def holds_print(self) -> bool:
        """Whether a print waits until its board is known to be alive."""
        job = self._opening.job
        return job is not None and job.is_suspended

    # The port goes away.

    def began(self, why: str) -> None:
        """The port went away, or was never there; `why` in a sentence."""
        opening = self._opening
        if not (self.is_seeking or self.holds_print):
            self._since, self._prompt = opening.port.now(), opening.state.prompt
            self._was_device = opening.port.device
        job, is_left = opening.job, opening.card.prints
        if is_left:
            opening.card.lose()
            why += (
                " It prints on from its own card: gbterm leaves it alone until somebody connects,"
                " which may reset it."
            )
        if job is not None and job.outlasts_cable:
            opening.core.unplug(opening.port.now())
            job.suspend()
            self._say_held(scrub(job.job.name, 60), why)
        else:
            opening.port.stop("The port was closed.")
            self._lose(why)
        if is_left:
            return
        self._say_wait()
        if opening.connecting is None:
            self.seek()

    def _say_held(self, name: str, why: str) -> None:
        at = time.strftime("%H:%M:%S")
        opening = self._opening
        reason = (
            f"Since {at} the printer is out of reach: {name} waits for it, and nobody can turn its"
            f" heaters off. {why}"
        )
        opening.report(events.PhaseChanged(Phase.DISCONNECTED, reason))
        opening.report(reports.announce(reason, "error"))

    def _lose(self, why: str) -> None:
        opening = self._opening
        if opening.job is not None:
            opening.job.fail(why)
            return
        self._keep_error()
        opening.report(events.PhaseChanged(Phase.DISCONNECTED, why))
        opening.report(reports.announce(why, "error"))

    def _keep_error(self) -> None:
        """Only a person leads out of ERROR, a cable doesn't."""
        opening = self._opening
        if opening.state.phase is Phase.ERROR:
            why = STOPPED_AWAY if opening.left_alone else opening.state.reason
            opening.unfinished = opening.unfinished or why

    def give_up(self) -> None:
        """The print is cancelled, and nobody can tell the board."""
        opening, job = self._opening, self._opening.job
        assert job is not None
        opening.left_alone = True
        opening.port.stop(f"{job.job.name} was cancelled.")
        job.abandon()
        reason = (
            f"{scrub(job.job.name, 60)} was cancelled while the printer is out of reach. Its"
            " heaters may be on: cut its power, or plug it in, and they are turned off."
        )
        opening.report(events.PhaseChanged(Phase.DISCONNECTED, reason))
        opening.report(reports.announce(reason, "error"))

    # It is looked for.

    @property
    def is_seeking(self) -> bool:
        """Whether it is looked for."""
        return self._seeking is not None and not self._seeking.done()

    def seek(self) -> None:
        """Look for the port until somebody connects it, or wants it closed."""
        if not self.is_seeking:
            self._seeking = asyncio.get_running_loop().create_task(self._look_until_reached())

    def leave_off(self) -> None:
        """Look for it no longer."""
        if self._seeking is not None:
            self._seeking.cancel()
            self._seeking = None

    async def _look_until_reached(self) -> None:
        failures = 0
        while True:
            await self._wait_for_port(LOOK_EVERY_S if self.holds_print else _pause(failures))
            try:
                # Somebody may have been quicker.
                if not self._is_reached:
                    await self._reach()
            except LinkError:
                failures += 1
            except Exception:
                # A mistake of ours: a print that is held must not be left there for good.
                log.exception("the port could not be reached")
                failures += 1
            if self._is_reached:
                return

    @property
    def _is_reached(self) -> bool:
        return self._opening.port.is_open and self._opening.connecting is None

    async def _wait_for_port(self, pause_s: float) -> None:
        port, ends = self._opening.port, self._opening.port.now() + pause_s
        while True:
            self._say_wait()
            await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, ends - port.now())))
            if port.now() >= ends and await asyncio.to_thread(_is_there, port.sought):
                return
            ends = max(ends, port.now() + LOOK_EVERY_S)

    def _say_wait(self) -> None:
        if self._opening.state.phase is Phase.DISCONNECTED:
            until = "to come back" if self._was_device else "to be there"
            words = f"{self._opening.port.sought} {until}, {self._lasted}"
            self._opening.report(events.WaitBegan(words))

    @property
    def _lasted(self) -> str:
        seconds = int(self._opening.port.now() - self._since)
        return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"

    @property
    def renamed(self) -> str:
        """As which device it came back, in words; nothing where that is the one of before."""
        device = self._opening.port.device
        return f", as {device} now" if self._was_device not in ("", device) else ""

    async def _reach(self) -> None:
        """Raises `LinkError`."""
        opening = self._opening
        if self.holds_print:
            await opening.port.reopen()
        if self.holds_print:
            opening.ask_where_it_is()
        else:
            self._keep_error()
            await opening.connect_again()
            if self.renamed:
                opening.report(reports.announce(f"The printer is back{self.renamed}."))

    # It is there again.

    def heard(self) -> None:
        """The board said what only one can say that did not restart: the print is not lost.

        It agreed on what it has taken, or it is busy with what it was sent before.
        """
        opening, job = self._opening, self._opening.job
        if job is None or not self.holds_print or not opening.port.is_open:
            return
        goes_on = opening.profile.after_replug == GO_ON
        said = f"The cable was out for {self._lasted}, and the board is alive{self.renamed}"
        opening.ask_for_reports()
        job.carry_on(f"{said}: resume or cancel.", pauses=not goes_on)
        opening.report(events.WaitBegan(""))
        if self._prompt is not None and job.waits_for_answer:
            opening.report(events.PromptShown(self._prompt))
        opening.report(reports.announce(f"{said}.", "warning"))


def _is_there(port: str) -> bool:
    """Whether it is worth a try to open it; what is on the network shows only then."""
    return "://" in port or Path(port).exists()


def _pause(failures: int) -> float:
    return GREET_AGAIN_S[min(failures, len(GREET_AGAIN_S) - 1)]
