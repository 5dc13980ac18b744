"""Commands as a person writes them, a few at a time."""

from __future__ import annotations

from gbterm.errors import UsageError
from gbterm.gcode.lines import command_text, encode
from gbterm.gcode.policy import Action, judge
from gbterm.model import Firmware
from gbterm.text import scrub

MOST_COMMANDS = 100
"""At once; more is a file."""

_ABLE = Firmware(capabilities={"PROMPT_SUPPORT": True, "EMERGENCY_PARSER": True})
"""For a board that isn't known yet, what the most able one takes."""


def read(text: str) -> tuple[str, ...]:
    """The commands in `text`, a line each. Raises `UsageError` for none, or too many."""
    lines = (command_text(encode(line)).decode("utf-8", "replace") for line in text.splitlines())
    commands = tuple(line for line in lines if line)
    if not commands:
        raise UsageError("There is no command in that: write one on a line, as M114.")
    if len(commands) > MOST_COMMANDS:
        raise UsageError(
            f"These are {len(commands)} commands, and {MOST_COMMANDS} may be sent at once: print"
            " them as a file."
        )
    return commands


def refusal(commands: tuple[str, ...]) -> str:
    """Why no board is sent these, or nothing; ends a sentence that begins with their place."""
    for text in commands:
        verdict = judge(text, _ABLE)
        if verdict.action in (Action.REFUSED, Action.HELD):
            return f"holds {scrub(text, 40)!r}, which {verdict.reason}"
    return ""
