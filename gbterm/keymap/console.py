"""What the Console screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import RUNNING, Action, Footer, phase_in
from gbterm.model import Phase

_TAKES_COMMANDS = phase_in(Phase.READY, *RUNNING, Phase.PAUSED, Phase.FILAMENT_SWAP)

HIDES = {
    "hide_ok": frozenset({"ok", "busy"}),
    "hide_temperatures": frozenset({"temperatures", "positions"}),
    "hide_moves": frozenset({"moves"}),
}
"""The kinds of lines that these actions hide, or show again; see `console_lines.KINDS`."""
HIDDEN_AT_FIRST = frozenset({"hide_ok", "hide_temperatures"})
"""What a board says all the time."""

ACTIONS: tuple[Action, ...] = (
    Action(
        "send",
        "Send",
        "Send the G-code that was typed",
        "enter",
        "Enter",
        screen="console",
        needs=Capability.GCODE,
        when=_TAKES_COMMANDS,
        footer=Footer.ALWAYS,
    ),
    Action(
        "browse",
        "Browse",
        "Leave the line that is typed in, so that letters are keys; end a search",
        "escape",
        "Esc",
        screen="console",
        footer=Footer.ALWAYS,
    ),
    Action(
        "type_gcode",
        "Type",
        "Return to typing G-code, as Enter does",
        "i",
        "i",
        screen="console",
        footer=Footer.POSSIBLE,
    ),
    Action(
        "find",
        "Find",
        "Find a text in the lines, whatever its case",
        "ctrl+f,slash",
        "^f",
        screen="console",
        footer=Footer.ALWAYS,
    ),
    Action("find_older", "Older match", "Go to the match before", "n", "n", screen="console"),
    Action("find_newer", "Newer match", "Go to the match after", "N", "N", screen="console"),
    Action(
        "hide_ok",
        "Hide ok",
        "Hide or show oks and what says that the board is busy",
        "ctrl+o,o",
        "^o",
        screen="console",
        needs=Capability.CONSOLE,
    ),
    Action(
        "hide_temperatures",
        "Hide temperatures",
        "Hide or show temperatures and positions, and what asks for them",
        "ctrl+t,t",
        "^t",
        screen="console",
        needs=Capability.CONSOLE,
    ),
    Action(
        "hide_moves",
        "Hide moves",
        "Hide or show the moves that are sent",
        "ctrl+y,m",
        "^y",
        screen="console",
        needs=Capability.CONSOLE,
    ),
    Action(
        "raw_lines",
        "Raw lines",
        "Show lines as they were sent, with numbers and checksums, or without",
        "ctrl+n,r",
        "^n",
        screen="console",
    ),
    Action(
        "wrap_lines",
        "Wrap lines",
        "Show the whole of long lines, or cut them",
        "w",
        "w",
        screen="console",
    ),
    Action(
        "scroll_back", "Page back", "A page back in the lines", "pageup", "PgUp", screen="console"
    ),
    Action("scroll_on", "Page on", "A page on in the lines", "pagedown", "PgDn", screen="console"),
    Action(
        "follow", "Last line", "Go to the last line and follow it", "end", "End", screen="console"
    ),
    Action(
        "save_lines",
        "Save lines",
        "Write the lines that are not hidden to a file",
        "s",
        "s",
        screen="console",
    ),
)
