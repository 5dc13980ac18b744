"""What every screen does: what is asked of the printer, the screens, and the way to them."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import Action, Footer, idle_in
from gbterm.model import Phase, PrinterState


def _is_reached(state: PrinterState) -> bool:
    return state.phase not in (Phase.DISCONNECTED, Phase.CONNECTING)


ACTIONS: tuple[Action, ...] = (
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
        when=idle_in(Phase.ERROR, Phase.DISCONNECTED),
        footer=Footer.POSSIBLE,
    ),
    Action(
        "dashboard", "Dashboard", "Show the printer at a glance", "f2", "F2", letter="d", tab="Dash"
    ),
    Action(
        "files",
        "Files",
        "Show the library: upload, print and delete files",
        "f3",
        "F3",
        letter="f",
        tab="Files",
    ),
    Action(
        "job",
        "Job",
        "Show the print: progress, pause, resume and cancel",
        "f4",
        "F4",
        letter="j",
        tab="Job",
    ),
    Action(
        "jog",
        "Jog",
        "Move and home the axes, push and retract filament",
        "f5",
        "F5",
        letter="m",
        tab="Jog",
    ),
    Action(
        "temperature",
        "Temperature",
        "Set the heaters and fans, see their course",
        "f6",
        "F6",
        letter="t",
        tab="Temp",
    ),
    Action(
        "console",
        "Console",
        "Show what goes over the cable, type G-code",
        "f7",
        "F7",
        letter="c",
        tab="Cons",
    ),
    Action(
        "printers", "Printers", "Find, choose and add printers", "f8", "F8", letter="p", tab="Prn"
    ),
    Action(
        "settings",
        "Settings",
        "Show and change how this console is",
        "f9",
        "F9",
        letter="s",
        tab="Set",
    ),
    Action(
        "go", "Go to", "Choose a screen by a letter, for terminals without F-keys", "ctrl+g", "^g"
    ),
    Action(
        "macros",
        "Macros",
        "Choose a macro of the configuration, and send it",
        "ctrl+k",
        "^k",
        needs=Capability.ACTIONS,
        when=_is_reached,
    ),
    Action(
        "programs",
        "Programs",
        "Choose a program of the printer's host, and run it",
        "ctrl+e",
        "^e",
        needs=Capability.ACTIONS,
        when=_is_reached,
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
        "redraw",
        "Redraw",
        "Draw the whole screen once more, where something else wrote over it",
        "ctrl+z",
        "^z",
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
