"""What the printer does, why, and what a person may do about it."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm.keymap import key_of
from gbterm.model import Phase
from gbterm.widgets.panel import Line, Panel, wrapped
from gbterm.widgets.slices import Status

_STYLE = {
    Phase.ERROR: "$error",
    Phase.DISCONNECTED: "$warning",
    Phase.PAUSED: "$warning",
    Phase.FILAMENT_SWAP: "$warning",
}


class StatusPanel(Panel):
    """The state with its reason, what is waited for, an error with its remedy, a question.

    It names only keys that do something now: those of `possible`, on the screen called `here`.
    """

    status: reactive[Status] = reactive(Status(), repaint=False)
    possible: reactive[frozenset[str]] = reactive(frozenset(), repaint=False)

    def __init__(self, here: str, starts: str) -> None:
        """`starts` is the command that starts the printer's host again, where one can."""
        super().__init__()
        self.here, self.starts = here, starts

    def watch_status(self) -> None:
        """The printer does something else."""
        self.redraw()

    def watch_possible(self) -> None:
        """A key became possible or impossible."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Two lines while nothing is special."""
        status = self.status
        badge = Content.styled(f" {status.title} ", f"bold reverse {_STYLE.get(status.phase, '')}")
        lines = wrapped(Content.assemble(badge, " ", self._explanation()), width, 4)
        if status.phase is Phase.ERROR:
            return [*lines, *self._remedy(width)]
        if status.phase is Phase.DISCONNECTED and not status.is_held:
            return [*lines, *self._way_back(width)]
        lines += self._age(width)
        lines += self._question(width)
        lines += self._wait(width)
        if len(lines) == 1:
            lines.append("")
        if status.is_held and "cancel" in self.possible:
            lines += wrapped(f"{self._on_job('cancel')} gives the print up.", width, 1)
        return lines

    def _explanation(self) -> str:
        """Why, and how a print that waits goes on; an open question says that itself."""
        status = self.status
        if status.lost and "resume_job" in self.possible:
            on, up = key_of("resume_job"), key_of("forget_lost")
            keys = f"{on} goes on with it, {up} gives it up"
            keys = keys if self.here == "job" else f"{key_of('job')}, then {keys}"
            return f"the print of {status.lost} stopped before its end; {keys}"
        if status.phase is Phase.READY and not status.reason:
            return f"{status.explanation}; {key_of('files')} shows the files to print"
        waits = status.phase in (Phase.PAUSED, Phase.FILAMENT_SWAP) and not status.choices
        if not waits or "resume" not in self.possible:
            return status.explanation
        return f"{status.explanation.rstrip('.')}; {self._on_job('resume')} goes on with it"

    def _on_job(self, action: str) -> str:
        """The keys for what the Job screen does, from here."""
        key = key_of(action)
        return key if self.here == "job" else f"{key_of('job')}, then {key}"

    def _question(self, width: int) -> list[Line]:
        status = self.status
        if not status.prompt:
            return []
        asks = "The printer asks: " if status.choices else "The printer says: "
        lines = wrapped(Content.assemble((asks, "bold"), status.prompt), width, 3)
        if status.choices and "answer" in self.possible:
            answers = (f"{number} {text}" for number, text in enumerate(status.choices, 1))
            keys = Content.assemble(
                (f"{key_of('answer')} answers, then:  ", "bold"), "   ".join(answers)
            )
            lines += wrapped(keys, width, 3)
        return lines

    def _age(self, width: int) -> list[Line]:
        fresh = self.status.fresh
        if not (fresh.is_old and self.status.known):
            return []
        when = f"{fresh.heard.capitalize()}:" if fresh.heard else "Of before:"
        return wrapped(
            Content.assemble((when, "bold"), " what has a ?, and last readings."), width, 2
        )

    def _way_back(self, width: int) -> list[Line]:
        """When it is tried again; the key is for a printer whose server is there."""
        fresh, before = self.status.fresh, ""
        if self.status.known:
            when = fresh.heard.removeprefix("last ") if fresh.heard else "true before that"
            before = f"What is shown below was {when}."
        again = f"{key_of('reconnect')} tries at once." if "reconnect" in self.possible else ""
        told = " ".join(filter(None, (fresh.trying or again, before)))
        lines = self._wait(width)
        lines += wrapped(told, width, 3) if told else []
        if self.starts and not self.status.waiting_for:
            how = f"leave with {key_of('quit')}, then start it again with: {self.starts}"
            lines += wrapped(f"If its host has ended, {how}", width, 4)
        return lines

    def _wait(self, width: int) -> list[Line]:
        """What the printer waits for, or its host, which lives then."""
        waiting_for = self.status.waiting_for
        return wrapped(f"Waiting for {waiting_for}", width, 2) if waiting_for else []

    def _remedy(self, width: int) -> list[Line]:
        status, lines = self.status, list[Line]()
        if status.last_error and status.last_error != status.reason:
            error = Content.assemble(("Error: ", "bold $error"), status.last_error)
            lines += wrapped(error, width, 3)
        key = key_of("reconnect")
        what = (
            f"Look at the printer, then press {key} to reconnect and clear the error."
            if "reconnect" in self.possible
            else "Look at the printer, then restart it; this connection can't clear the error."
        )
        then = f" {status.lost} can go on after that." if status.lost else ""
        return lines + wrapped(Content.assemble(("What to do: ", "bold"), what, then), width, 4)
