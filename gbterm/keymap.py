"""Every action of the console in one table: its name, its keys, and when it is possible.

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
    """What follows Ctrl+G."""
    needs: Capability = NOTHING
    when: Condition = lambda _: True
    footer: Footer = Footer.NEVER
    priority: bool = False
    """Whether it goes before dialogs and inputs."""

    def is_possible(self, state: PrinterState, capabilities: Capability) -> bool:
        """Whether the printer can do it now."""
        return self.needs in capabilities and self.when(state)


def _phase_in(*phases: Phase) -> Condition:
    return lambda state: state.phase in phases


_RUNNING = (Phase.EXECUTING, Phase.PAUSING, Phase.RESUMING, Phase.FINISHING)

ACTIONS = (
    Action(
        "estop",
        "STOP NOW",
        "Emergency stop: halt the printer at once, without a question",
        "ctrl+backslash",
        "^\\",
        footer=Footer.ALWAYS,
        priority=True,
    ),
    Action(
        "help",
        "Help",
        "Show the keys of this screen",
        "f1,question_mark",
        "F1",
        footer=Footer.ALWAYS,
    ),
    Action(
        "answer",
        "Answer",
        "Answer the question that the printer asks",
        "a",
        "a",
        needs=Capability.PROMPTS,
        when=lambda state: state.prompt is not None and bool(state.prompt.choices),
        footer=Footer.POSSIBLE,
    ),
    Action(
        "reconnect",
        "Reconnect",
        "Close and open the printer's port, which also clears an error",
        "ctrl+r",
        "^r",
        needs=Capability.RECONNECT,
        when=_phase_in(Phase.ERROR, Phase.DISCONNECTED),
        footer=Footer.POSSIBLE,
    ),
    Action(
        "print",
        "Print",
        "Print the selected file",
        "enter,p",
        "Enter",
        screen="files",
        needs=Capability.FILES,
        when=_phase_in(Phase.READY),
        footer=Footer.ALWAYS,
    ),
    Action(
        "upload",
        "Upload",
        "Put a G-code file from this computer's disk into the library",
        "u",
        "u",
        screen="files",
        needs=Capability.FILES,
        footer=Footer.ALWAYS,
    ),
    Action(
        "delete",
        "Delete",
        "Delete the selected file from the library, after a question",
        "d",
        "d",
        screen="files",
        needs=Capability.FILES,
        footer=Footer.ALWAYS,
    ),
    Action(
        "refresh",
        "Refresh",
        "Read the list of files again",
        "r",
        "r",
        screen="files",
        needs=Capability.FILES,
    ),
    Action(
        "pause",
        "Pause",
        "Pause the print",
        "p",
        "p",
        screen="job",
        needs=Capability.JOB,
        when=_phase_in(Phase.EXECUTING, Phase.RESUMING),
        footer=Footer.ALWAYS,
    ),
    Action(
        "resume",
        "Resume",
        "Go on with the paused print",
        "r",
        "r",
        screen="job",
        needs=Capability.JOB,
        when=_phase_in(Phase.PAUSED, Phase.FILAMENT_SWAP),
        footer=Footer.ALWAYS,
    ),
    Action(
        "cancel",
        "Cancel",
        "End the print and turn the heaters off, after a question",
        "c",
        "c",
        screen="job",
        needs=Capability.JOB,
        when=_phase_in(*_RUNNING, Phase.PAUSED, Phase.FILAMENT_SWAP),
        footer=Footer.ALWAYS,
    ),
    Action(
        "dashboard",
        "Dashboard",
        "Show the printer at a glance",
        "f2",
        "F2",
        letter="d",
    ),
    Action(
        "files", "Files", "Show the library: upload, print and delete files", "f3", "F3", letter="f"
    ),
    Action(
        "job", "Job", "Show the print: progress, pause, resume and cancel", "f4", "F4", letter="j"
    ),
    Action(
        "go", "Go to", "Choose a screen by a letter, for terminals without F-keys", "ctrl+g", "^g"
    ),
    Action(
        "palette",
        "Commands",
        "Find any command by its name",
        "ctrl+p",
        "^p",
        footer=Footer.ALWAYS,
        priority=True,
    ),
    Action(
        "quit",
        "Quit",
        "Leave the console; a print goes on without it",
        "ctrl+q",
        "^q",
        footer=Footer.ALWAYS,
        priority=True,
    ),
)

BY_NAME = {action.name: action for action in ACTIONS}

SCREENS = tuple(action for action in ACTIONS if action.letter)
"""The actions that show a screen; their names are the names of the screens."""


def actions_of(screen: str) -> tuple[Action, ...]:
    """The actions that keys do on `screen`, in the order of the bottom line."""
    return tuple(action for action in ACTIONS if action.screen in ("", screen))


def possible(state: PrinterState, capabilities: Capability) -> frozenset[str]:
    """The names of the actions that the printer can do now."""
    return frozenset(a.name for a in ACTIONS if a.is_possible(state, capabilities))
