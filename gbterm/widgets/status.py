"""What the printer does, why, and what a person may do about it."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from gbterm.model import Phase
from gbterm.widgets.panel import Line, Panel, wrapped
from gbterm.widgets.slices import Status

_STYLE = {Phase.ERROR: "$error", Phase.DISCONNECTED: "$warning", Phase.PAUSED: "$warning"}


class StatusPanel(Panel):
    """The state with its reason, what is waited for, an error with its remedy, a question."""

    status: reactive[Status] = reactive(Status(), repaint=False)
    can_reconnect: reactive[bool] = reactive(False, repaint=False)

    def watch_status(self) -> None:
        """The printer does something else."""
        self.redraw()

    def watch_can_reconnect(self) -> None:
        """The backend became able or unable to open the port."""
        self.redraw()

    def lines(self, width: int) -> list[Line]:
        """Two lines while nothing is special."""
        status = self.status
        badge = Content.styled(f" {status.title} ", f"bold reverse {_STYLE.get(status.phase, '')}")
        lines = wrapped(Content.assemble(badge, " ", status.explanation), width, 4)
        if status.phase is Phase.ERROR:
            return [*lines, *self._remedy(width)]
        if status.phase is Phase.DISCONNECTED:
            again = " Ctrl+R tries at once." if self.can_reconnect else ""
            return lines + wrapped(f"What is shown below was true before that.{again}", width, 2)
        if status.prompt:
            question = Content.assemble(("The printer asks: ", "bold"), status.prompt)
            lines += wrapped(question, width - 14, 2)
            lines[-1] = Content.assemble(lines[-1], "  (a answers)")
        if status.waiting_for:
            lines += wrapped(f"Waiting for {status.waiting_for}", width, 2)
        elif len(lines) == 1:
            lines.append("")
        return lines

    def _remedy(self, width: int) -> list[Line]:
        status, lines = self.status, list[Line]()
        if status.last_error and status.last_error != status.reason:
            error = Content.assemble(("Error: ", "bold $error"), status.last_error)
            lines += wrapped(error, width, 3)
        what = (
            "Look at the printer, then press Ctrl+R to reconnect and clear the error."
            if self.can_reconnect
            else "Look at the printer, then restart it; this connection can't clear the error."
        )
        return lines + wrapped(Content.assemble(("What to do: ", "bold"), what), width, 2)
