"""What a key may do, by OctoPrint's own names of permissions."""

from __future__ import annotations

from gbterm.backends.capability import Capability

EVERYTHING = "ADMIN"
NEEDED: dict[Capability, str] = {
    Capability.JOB: "PRINT",
    Capability.EMERGENCY_STOP: "CONTROL",
    Capability.TEMPERATURE: "CONTROL",
    Capability.MOVE: "CONTROL",
    Capability.HOME: "CONTROL",
    Capability.EXTRUDE: "CONTROL",
    Capability.OVERRIDES: "CONTROL",
    Capability.FANS: "CONTROL",
    Capability.STEPPERS: "CONTROL",
    Capability.GCODE: "CONTROL",
    Capability.CONSOLE: "MONITOR_TERMINAL",
    Capability.TEMPERATURE_HISTORY: "STATUS",
    Capability.RECONNECT: "CONNECTION",
    Capability.CONNECTION: "CONNECTION",
    Capability.PROMPTS: "PLUGIN_ACTION_COMMAND_PROMPT_INTERACT",
    Capability.FILES: "FILES_LIST",
    Capability.FOLDERS: "FILES_LIST",
    Capability.DISKS: "FILES_LIST",
    Capability.UPLOAD: "FILES_LIST FILES_UPLOAD",
    Capability.DOWNLOAD: "FILES_LIST FILES_DOWNLOAD",
    Capability.DELETE: "FILES_LIST FILES_DELETE",
    Capability.RENAME: "FILES_LIST FILES_UPLOAD FILES_DELETE",
    Capability.SELECT: "FILES_LIST FILES_SELECT",
    Capability.PRINT: "FILES_LIST FILES_SELECT PRINT",
    Capability.ACTIONS: "CONTROL",
}
"""Of everything that this kind of backend can do; where several are named, all are needed."""


def lack(capability: Capability) -> str:
    """Why a key hasn't what its server has, as the end of a sentence; empty for anything else."""
    needed = {name for part in capability for name in NEEDED.get(part, "").split()}
    return f"the key lacks the permission {' and '.join(sorted(needed))}" if needed else ""


def capabilities(permissions: frozenset[str]) -> Capability:
    """What is possible with these permissions."""
    possible = Capability(0)
    for capability, needed in NEEDED.items():
        if EVERYTHING in permissions or permissions.issuperset(needed.split()):
            possible |= capability
    # What the board says to it is read there.
    return possible if Capability.CONSOLE in possible else possible & ~Capability.GCODE
