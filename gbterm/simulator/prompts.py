"""Host prompts: what is asked, what is awaited, and what an answer does."""

from __future__ import annotations

from enum import Enum, auto

from gbterm.simulator.output import Output


class Reason(Enum):
    """What the open prompt is about; it decides what an answer does."""

    NOTHING = auto()
    INFO = auto()
    CONTINUE = auto()
    PURGE = auto()


class Prompts:
    """Speaks `//action:` lines and keeps the flags that M108 and M876 clear."""

    def __init__(self, out: Output, enabled: bool) -> None:
        self._out = out
        self._enabled = enabled
        self.reason = Reason.NOTHING
        self.waiting_for_user = False
        self.purge_answer: int | None = None

    def action(self, text: str) -> None:
        """One host action line."""
        if self._enabled:
            self._out.line(f"//action:{text}")

    def ask(self, reason: Reason, text: str, *buttons: str) -> None:
        """Show a prompt in place of the one before."""
        self.reason = reason
        self.action("prompt_end")
        self.action(f"prompt_begin {text}")
        for button in buttons:
            self.action(f"prompt_button {button}")
        self.action("prompt_show")

    def answer(self, button: int) -> None:
        """M876 S: what it does depends on what was asked last."""
        reason, self.reason = self.reason, Reason.NOTHING
        if reason is Reason.CONTINUE:
            self.waiting_for_user = False
        elif reason is Reason.PURGE and button in (0, 1):
            self.purge_answer = button
        else:
            self.reason = reason
