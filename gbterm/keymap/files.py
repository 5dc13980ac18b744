"""What the Files screen does."""

from __future__ import annotations

from gbterm.backends.capability import Capability
from gbterm.keymap.action import Action, Footer, phase_in
from gbterm.model import Phase

_ADD, _MOVE = Capability.UPLOAD, Capability.RENAME

ACTIONS: tuple[Action, ...] = (
    Action(
        "print",
        "Print",
        "Print the selected file",
        "enter,p",
        "Enter",
        screen="files",
        needs=Capability.PRINT,
        when=phase_in(Phase.READY),
        footer=Footer.ALWAYS,
    ),
    Action(
        "upload",
        "Upload",
        "Put a G-code file from this computer's disk into the library",
        "u",
        "u",
        screen="files",
        needs=Capability.UPLOAD,
        footer=Footer.ALWAYS,
    ),
    Action(
        "view_layers",
        "View",
        "Look at the selected file layer by layer, from above",
        "v",
        "v",
        screen="files",
        needs=Capability.LAYERS,
        footer=Footer.ALWAYS,
    ),
    Action(
        "check_file",
        "Check",
        "Look at the selected file as before a print: where it leads, how far it heats",
        "k",
        "k",
        screen="files",
        needs=Capability.CHECK,
    ),
    Action(
        "search_files",
        "Find",
        "Show the files alone whose names hold what one types; Esc shows all again",
        "slash",
        "/",
        screen="files",
        needs=Capability.FILES,
    ),
    Action(
        "sort_files",
        "Sort",
        "List by the next of upload, name, size and print time",
        "s",
        "s",
        screen="files",
        needs=Capability.FILES,
    ),
    Action(
        "download",
        "Download",
        "Get the selected file onto this computer's disk",
        "g",
        "g",
        screen="files",
        needs=Capability.DOWNLOAD,
    ),
    Action(
        "rename",
        "Rename",
        "Give the selected file or folder another name",
        "n",
        "n",
        screen="files",
        needs=Capability.RENAME,
    ),
    Action(
        "delete",
        "Delete",
        "Delete the selected file or folder from the library, after a question",
        "d",
        "d",
        screen="files",
        needs=Capability.DELETE,
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
        "select_file",
        "Select",
        "Select the file at the printer without printing it; the Job screen starts it",
        "space",
        "Space",
        screen="files",
        needs=Capability.SELECT,
        when=phase_in(Phase.READY),
    ),
    *(
        Action(name, title, text, key, key, screen="files", needs=Capability.FOLDERS | change)
        for name, title, text, key, change in (
            ("make_folder", "Folder", "Make a folder in the one that is shown", "f", _ADD),
            (
                "move_file",
                "Move",
                "Move the selected file or folder into another folder",
                "m",
                _MOVE,
            ),
            ("copy_file", "Copy", "Copy the selected file into a folder", "c", _ADD),
        )
    ),
)
