"""All commands by their names, and which one a person means."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from gbterm.errors import UsageError
from gbterm.plain import (
    bed,
    board_settings,
    configured,
    console,
    e_steps,
    files,
    folders,
    heat,
    job,
    motion,
    past,
    pid,
    printers,
    programs,
    talk,
)
from gbterm.plain.command import Command, Desk


async def _help(desk: Desk, text: str) -> Sequence[str]:
    del desk
    if not text:
        names = (f"{what}: {', '.join(c.name for c in room)}" for what, room in _AREAS)
        return [*names, *_HELP]
    told = COMMANDS if text == "all" else [find(text)]
    return [f"{command.usage}: {command.help}." for command in told]


_HELP = (
    "help and a name tells what one does, help all what each does.",
    "A name may be cut short where only one begins so, as temp for temperature.",
    "Ctrl+backslash, or a line that begins with estop, stops the printer at once.",
    "stop_printer and a name does that to another printer; printers lists them.",
    "Ctrl+C ends nothing. Ctrl+D leaves, and a print goes on.",
)

_AREAS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    (
        "In general",
        (
            Command("help", _help, "list the commands, or tell what one does", "[COMMAND|all]"),
            *talk.COMMANDS,
        ),
    ),
    ("The print", job.COMMANDS),
    ("What has been", past.COMMANDS),
    ("Files", files.COMMANDS),
    ("Folders", folders.COMMANDS),
    ("Heaters and fans", (*heat.COMMANDS, *pid.COMMANDS)),
    ("Moving", motion.COMMANDS),
    ("The bed", bed.COMMANDS),
    ("The board", (*board_settings.COMMANDS, *e_steps.COMMANDS)),
    ("G-code", console.COMMANDS),
    ("Programs", programs.COMMANDS),
    ("Connections", printers.COMMANDS),
    ("Configuration", configured.COMMANDS),
)
COMMANDS = tuple(command for _, commands in _AREAS for command in commands)
BY_NAME = {command.name: command for command in COMMANDS}

ALSO = {
    "dashboard": "status",
    "refresh": "files",
    "search_files": "files",
    "look_again": "printers",
    "preset": "apply_preset",
    "job_fan": "set_fan",
    "job_fan_off": "fan_off",
    "pause_at_layer": "pause_layers",
    "send": "gcode",
    "temperatures": "temperature",
    "exit": "quit",
    "bye": "quit",
    "?": "help",
    "stop!": "estop",
    "stop_selected": "stop_printer",
}
"""Other names of commands."""
_OTHERWISE = {
    "stop": "estop, which halts the printer at once, cancel, which ends the print, or pause",
    "yes": "nothing: no question is open",
}
"""What people type that is no command, and what they may mean."""


def find(name: str) -> Command:
    """The command of that name, or the only one that begins so. Raises UsageError."""
    name = ALSO.get(name.lower(), name.lower())
    if name in BY_NAME:
        return BY_NAME[name]
    if name in _OTHERWISE:
        raise UsageError(f"“{name}” is no command; you may mean {_OTHERWISE[name]}.")
    begun = [known for known in BY_NAME if known.startswith(name)]
    if len(begun) == 1:
        return BY_NAME[begun[0]]
    near = begun or get_close_matches(name, BY_NAME, n=4, cutoff=0.5)
    near = near or [known for known in BY_NAME if name in known][:4]
    if begun:
        raise UsageError(f"“{name}” may be {' or '.join(begun)}: write more of it.")
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise UsageError(f"“{name}” is no command; {meant}help lists them.")
