"""The printer's questions in the console: shown where nobody types, said where somebody does."""

from __future__ import annotations

from textual.widgets import Input

from gbterm.backends.base import Backend
from gbterm.cadence import Budget
from gbterm.elsewhere import Elsewhere
from gbterm.halting import HaltingConsole
from gbterm.keymap import actions_of
from gbterm.model import Prompt
from gbterm.screens.frame import PrinterScreen
from gbterm.screens.prompt import PromptScreen
from gbterm.screens.stop import StopScreen
from gbterm.terminal import Terminal

RINGS_A_SECOND = 1.0


class AskedConsole(HaltingConsole):
    """A console that asks what the printer asks."""

    def __init__(
        self,
        backend: Backend,
        attach: str,
        starts: str,
        terminal: Terminal,
        elsewhere: Elsewhere | None,
    ) -> None:
        super().__init__(backend, attach, starts, terminal, elsewhere)
        self._rings = Budget(1, RINGS_A_SECOND)

    def ring(self) -> None:
        """Call a person."""
        if self.terminal.bell and self._rings.takes(self.clock()):
            self.bell()

    def action_answer(self) -> None:
        """Show the open question."""
        if self.state.prompt is not None:
            self._show_prompt(self.state.prompt)

    def _show_prompt(self, prompt: Prompt) -> None:
        self.push_screen(PromptScreen(prompt), self._answer)

    def _answer(self, choice: int | None) -> None:
        if choice is not None:
            self.perform(lambda: self.backend.answer_prompt(choice))

    def follow_prompt(self, prompt: Prompt | None) -> None:
        """There is another question now, or none."""
        if isinstance(self.screen, PromptScreen):
            self.screen.dismiss(None)
        if prompt is None:
            return
        self.ring()
        answers = not prompt.choices or "answer" in self.possible
        if isinstance(self.screen, PrinterScreen) and answers and not self._takes_numbers:
            self._show_prompt(prompt)
        elif not isinstance(self.screen, StopScreen):
            self.say(f"The printer asks: {prompt.text}", "warning")

    @property
    def _takes_numbers(self) -> bool:
        """Whether a person may just be typing what would answer a question."""
        keys = {key for action in actions_of(self.current_mode) for key in action.keys.split(",")}
        return isinstance(self.focused, Input) or any(key.isdecimal() for key in keys)
