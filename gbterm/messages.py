"""Messages between the parts of the console."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from gbterm.model import PrinterState


@dataclass
class StateChanged(Message):
    """The printer's state is a new one; a burst collapses into its last."""

    state: PrinterState

    def can_replace(self, message: Message) -> bool:
        """Only the latest state matters."""
        return isinstance(message, StateChanged)


@dataclass
class QuestionOvertaken(Message):
    """A dialog closed by itself, for what it asked about has gone; `why` is a sentence."""

    why: str
