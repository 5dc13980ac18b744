"""What a person can ask of the console: its name, its keys, and when it is possible.

The name is the binding's id, the command in the palette and the verb of the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from gbterm.backends.capability import Capability
from gbterm.model import Phase, PrinterState

Condition = Callable[[PrinterState], bool]

NOTHING = Capability(0)


class Footer(Enum):
    """Whether the bottom line names an action."""

    NEVER = "never"
    POSSIBLE = "possible"
    """Only while it is possible."""
    ALWAYS = "always"
    """In parentheses while it is not possible."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can ask of the console."""

    name: str
    title: str
    """A word or two, for the bottom line."""
    help: str
    """What it does, for the palette and the help."""
    keys: str = ""
    """Textual's names of the keys, separated by commas; the first one is shown."""
    shown: str = ""
    """The first key as a person reads it."""
    screen: str = ""
    """The screen that does it; empty where every screen does."""
    letter: str = ""
    """What follows Ctrl+G, for one that shows a screen."""
    tab: str = ""
    """The screen's name where there is little room."""
    needs: Capability = NOTHING
    when: Condition = lambda _: True
    footer: Footer = Footer.NEVER
    priority: bool = False
    """Whether it goes before dialogs and inputs."""

    @property
    def does(self) -> str:
        """What Textual is told to run."""
        return f"show('{self.name}')" if self.letter else self.name

    def is_possible(self, state: PrinterState, capabilities: Capability) -> bool:
        """Whether the printer can do it now."""
        return self.needs in capabilities and self.when(state)


def phase_in(*phases: Phase) -> Condition:
    """While the printer is in one of `phases`."""
    return lambda state: state.phase in phases


def idle_in(*phases: Phase) -> Condition:
    """The same, while no print waits for a printer whose cable is out."""
    return lambda state: state.phase in phases and not state.holds_print


RUNNING = (Phase.EXECUTING, Phase.PAUSING, Phase.RESUMING, Phase.FINISHING)
"""A print moves."""
