"""What the Printers screen does."""

from __future__ import annotations

from gbterm.keymap.action import Action, Footer

ACTIONS: tuple[Action, ...] = (
    Action(
        "stop_selected",
        "STOP selected",
        "Emergency stop of the selected printer: halt it at once, without a question",
        "ctrl+u",
        "^u",
        screen="printers",
        footer=Footer.ALWAYS,
    ),
    Action(
        "connect",
        "Connect",
        "Show the selected printer in this console; a print on the one that is left goes on",
        "enter",
        "Enter",
        screen="printers",
        footer=Footer.ALWAYS,
    ),
    Action(
        "add_printer",
        "New",
        "Add a printer to your configuration, beginning with the selected port or server",
        "n",
        "n",
        screen="printers",
        footer=Footer.ALWAYS,
    ),
    Action(
        "edit_printer",
        "Edit",
        "Change the selected printer in your configuration",
        "e",
        "e",
        screen="printers",
        footer=Footer.POSSIBLE,
    ),
    Action(
        "default_printer",
        "Default",
        "Make the selected printer the one that is meant where none is named",
        "d",
        "d",
        screen="printers",
        footer=Footer.POSSIBLE,
    ),
    Action(
        "remove_printer",
        "Remove",
        "Take the selected printer out of your configuration, after a question",
        "x",
        "x",
        screen="printers",
        footer=Footer.POSSIBLE,
    ),
    Action(
        "look_again",
        "Look again",
        "Look for printers again, also on the network",
        "r",
        "r",
        screen="printers",
    ),
)
