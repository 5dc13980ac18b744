"""What a board prints from a card of its own: recognised, shown, and otherwise left alone.

The texts are those of Marlin's cardreader.cpp, M27.cpp and M1001.cpp: 2.0.9 says `Not SD printing`
of a print that is paused, too, later versions how far it is. `SD print paused` and `Print saved`
are the Prusa firmware's.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.doing import wrong_state
from gbterm.backends.marlin import reports
from gbterm.backends.marlin.heaters import heated
from gbterm.errors import WrongState
from gbterm.files import CardFile
from gbterm.jobs import Job
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.marlin.opening import Opening

SELECT, STATUS, PAUSE, RESUME, CANCEL = "M23", "M27", "M25", "M24", "M524"
REPORTS = "M27 S5"
"""How far it is by itself, also while the board waits for a heater and answers nothing."""
PRINTS, PAUSED = "It prints from its own card.", "Its print from its own card is paused."
NAMELESS, LONGEST_NAME = "a file on its card", 80
_WHICH = "M27 C"
_GOES = re.compile(r"SD printing byte (\d{1,12})/(\d{1,12})", re.ASCII)
_OPENED = re.compile(r"File opened: ?(.+?) Size: ?\d+\Z", re.ASCII)
_OPEN = re.compile(r"Current file: (?:\(no file\)|(\S+) ?(.*))\Z")
_STANDS, _DONE = "Not SD printing", "Done printing file"
_PAUSED = ("SD print paused", "Print saved")


class Card:
    """Of the board that `opening` reached."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._job: Job | None = None
        self.is_known = False
        """Whether the board has told how it stands with a card."""
        self.is_left = False
        """Whether it printed when the port was closed, since when nobody sees it."""
        self._stands = self._is_paused = self._asks = False
        self._open: str | None = None
        """The file that is open, empty for none; None where the board doesn't say."""
        self._name = ""
        self._since = 0.0
        self._chosen: CardFile | None = None
        """What is about to be printed on our behalf."""

    @property
    def prints(self) -> bool:
        """Whether a print from the card is begun and has not ended, paused or not."""
        return self._job is not None

    def refuse(self, to: str) -> None:
        """Raise `WrongState` while it prints."""
        if self.prints:
            raise WrongState(
                f"{self._opening.name} can't {to} now: it prints from its own card. Wait for the"
                " end of that, or cancel it."
            )

    # What the board is asked.

    def which(self) -> str:
        """The question whether a file is open: of a print that is paused it still is."""
        self._asks, self._open = True, None
        return _WHICH

    def ask(self) -> None:
        """Ask what the board doesn't tell by itself."""
        opening = self._opening
        if opening.job is not None or not self.is_known:
            return
        if not opening.state.firmware.can("AUTOREPORT_SD_STATUS"):
            opening.port.send(STATUS)
        if self.prints and self._is_paused:
            opening.port.send(self.which())

    def answered(self, command: bytes) -> None:
        """The board has executed `command`."""
        text = command.decode("ascii", "replace")
        if text == _WHICH and self._asks:
            self._asks = False
            self._judge()
        elif text == RESUME and self._chosen is not None:
            self._begin_chosen(self._chosen)
        elif not self.prints:
            return
        elif text == PAUSE:
            self._rest()
        elif text == RESUME:
            self._go_on()
        elif text == CANCEL:
            # Of a paused print it only closes the file.
            for off in self._opening.safe_script:
                self._opening.port.send(off)
            self.end("cancelled")

    def _judge(self) -> None:
        if self._open:
            self._name = self._open
        if not self._stands:
            self._tell()
        elif self._open:
            self._rest()
        elif self._job is not None:
            # Firmwares that don't name their file leave open whether they pause.
            if self._open is None and heated(self._opening.state):
                self._rest()
            else:
                self.end("finished" if self._job.fraction == 1 else "cancelled")

    # What the board says.

    def heard(self, text: str) -> None:
        """A line came that means nothing for the stream."""
        if self._opening.job is not None:
            return
        if match := _GOES.match(text):
            self._goes(int(match[1]), int(match[2]))
        elif text.startswith(_STANDS):
            self.is_known = self._stands = True
            if self.prints and not self._is_paused and not self._asks:
                self._opening.port.send(self.which())
        elif text.startswith(_DONE):
            self.end("finished")
        elif text.startswith(_PAUSED):
            self.is_known = True
            self._rest()
        elif match := _OPENED.match(text):
            self._name = match[1][:LONGEST_NAME]
        elif match := _OPEN.match(text):
            self._open = (match[2] or match[1] or "")[:LONGEST_NAME]

    def acted(self, action: str) -> None:
        """The board told its host what is done at its display."""
        if self.prints and action in ("pause", "paused"):
            self._rest()

    def _goes(self, byte: int, size: int) -> None:
        if not size:
            return
        self.is_known, self._stands = True, False
        if self._job is None:
            self._begin()
            if not self._name:
                self._opening.port.send(self.which())
        elif self._is_paused and byte != self._job.byte:
            self._go_on()
        if self._job is not None:
            self._job = replace(self._job, byte=byte, bytes=size)
            self._tell()

    # How it stands.

    def _begin(self, pauses: int = 0) -> None:
        self._since = self._opening.port.now()
        self._job = Job(NAMELESS, on_card=True, started_at=time.time(), pauses=pauses)
        self.show()

    def _begin_chosen(self, file: CardFile) -> None:
        self._chosen, self._name = None, file.shown[:LONGEST_NAME]
        if self._job is None:
            self._begin()
        if self._job is not None:
            self._job = replace(self._job, bytes=file.size)
            self._tell()

    def _rest(self) -> None:
        if self._job is not None and self._is_paused:
            return
        self._is_paused = True
        if self._job is None:
            self._begin(pauses=1)
        else:
            self._job = replace(self._job, pauses=self._job.pauses + 1)
            self.show()

    def _go_on(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self.show()

    def show(self) -> None:
        """Report what is printed, once the board is greeted."""
        if self._opening.connecting is None:
            self._tell()
            paused = (Phase.PAUSED, PAUSED)
            phase, reason = paused if self._is_paused else (Phase.EXECUTING, PRINTS)
            self._opening.report(events.PhaseChanged(phase, reason))

    def _tell(self) -> None:
        if self._job is not None and self._opening.connecting is None:
            elapsed_s = round(self._opening.port.now() - self._since, 1)
            self._job = replace(self._job, name=self._name or NAMELESS, elapsed_s=elapsed_s)
            self._opening.report(events.JobChanged(self._job))

    def end(self, outcome: str, reason: str = "") -> None:
        """The print has come to its end; see `Job.outcome`."""
        job = self._forget()
        if job is None:
            return
        ended = replace(job, outcome=outcome, reason=reason, ended_at=time.time())
        self._opening.report(events.JobChanged(ended))
        self._opening.report(reports.announce(f"{job.name}, from the printer's card: {outcome}."))
        if outcome != "failed":
            self._opening.stand_ready()

    def lose(self) -> None:
        """The port is closed: what the board prints goes on, and nobody sees it."""
        self.is_known = False
        if self._forget() is not None:
            self.is_left = True
            self._opening.report(events.JobChanged(None))

    def _forget(self) -> Job | None:
        job, self._job = self._job, None
        self._is_paused = self._asks = self._stands = False
        self._name = ""
        return job

    # What may be done to it from here.

    async def start(self, file: CardFile) -> None:
        """M24, for a file that M23 opened. Raises `PrinterError`."""
        self._chosen = file
        try:
            await self._opening.port.command(RESUME)
        finally:
            self._chosen = None
        if not self._opening.state.firmware.can("AUTOREPORT_SD_STATUS"):
            self._opening.port.send(STATUS)

    def pause(self) -> None:
        """M25. Raises `WrongState`."""
        if self._is_paused:
            raise wrong_state(self._opening.name, Phase.PAUSED, "pause a print")
        self._opening.port.send(PAUSE)

    def resume(self) -> None:
        """M24. Raises `WrongState`."""
        if not self._is_paused:
            raise wrong_state(self._opening.name, Phase.EXECUTING, "resume a print")
        self._opening.port.send(RESUME)

    def cancel(self) -> None:
        """M524, then heaters and fans off; what the board waits for meanwhile is broken off."""
        self._opening.port.send(CANCEL)
        self._opening.answer_for_cancel()
