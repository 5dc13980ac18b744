"""OctoPrint's records of what is done by a name, as the model has them."""

from __future__ import annotations

import re
from typing import Any

from gbterm.actions import CommandResult, HostCommand, Macro
from gbterm.backends.given import records
from gbterm.backends.octoprint.html_text import plain_text
from gbterm.text import scrub

CORE = "core"
SOURCES = (CORE, "custom", "plugin")
"""Of system commands."""
_END_PRINTS = ("off", "reset")
"""Actions that no print survives, as scripts call them."""
COMMAND_S = 600.0
"""It answers once a command has ended."""
_OUTPUT_LINES, _LINE_MAX = 200, 300


def macros_of(controls: list[dict[str, Any]]) -> list[Macro]:
    """The simple ones among custom controls; those in a section are called `SECTION: NAME`."""
    found = []
    waiting = [(control, "") for control in reversed(controls)]
    while waiting:
        control, section = waiting.pop()
        name = str(control.get("name") or "")
        children = records(control.get("children"))
        waiting += [(child, name or section) for child in reversed(children)]
        commands = control.get("commands", control.get("command"))
        gcode = [commands] if isinstance(commands, str) else commands
        if not name or children or control.get("input") or control.get("script"):
            continue
        if isinstance(gcode, list) and gcode and all(isinstance(line, str) for line in gcode):
            confirm = plain_text(str(control.get("confirm") or ""))
            found.append(Macro(f"{section}: {name}" if section else name, tuple(gcode), confirm))
    return found


def command_of(spec: dict[str, Any], *, prints: bool) -> HostCommand:
    source, action = str(spec.get("source")), str(spec.get("action"))
    label = plain_text(str(spec["name"]))
    confirm = plain_text(str(spec.get("confirm") or ""))
    if prints:
        confirm = f"The printer prints now. {confirm or f'Run {label}?'}"
    return HostCommand(
        f"{source}/{action}",
        confirm,
        label,
        # Who made it says by its question that it isn't.
        safe=source != CORE and not spec.get("confirm") and action not in _END_PRINTS,
        timeout_s=COMMAND_S,
    )


def failure_of(said: str) -> CommandResult:
    """A command that failed, by OctoPrint's words: its code, and then what it wrote."""
    code = re.search(r"return code (-?\d{1,9})", said)
    output = said[code.end() :] if code else said
    lines = (scrub(line, _LINE_MAX) for line in output.splitlines())
    kept = [line for line in lines if line.strip(" :") and line not in ("STDOUT:", "STDERR:")]
    return CommandResult(int(code.group(1)) if code else 1, tuple(kept[-_OUTPUT_LINES:]))
