"""Commands as a person writes them, a few at a time."""

from __future__ import annotations

import re

from gbterm.errors import UsageError
from gbterm.gcode.lines import TEXT_CODES, command_text, encode
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


_CODE = re.compile(r"([GMT]) *(\d+)", re.IGNORECASE)
_NUMBERS_ALONE = re.compile(r"[GMT] *\d[\d.]*(?:\s*[A-Z](?:\s*[-+]?[\d.]+)?)*", re.IGNORECASE)
_AS_WRITTEN = TEXT_CODES | {511, 512, 587, 589}
"""M codes with a text or a password."""


def in_capitals(text: str) -> str:
    """A command as Marlin wants it, `g1 x10` as `G1 X10`; names, texts and passwords stay."""
    if _CODE.match(text) is None:
        return text
    if not is_text(text) and _NUMBERS_ALONE.fullmatch(text):
        return text.upper()
    return text[0].upper() + text[1:]


def all_in_capitals(text: str) -> str:
    """The same, whatever it is, as scripts rely on it; texts and passwords stay."""
    return text[0].upper() + text[1:] if is_text(text) else text.upper()


def is_text(command: str) -> bool:
    """Whether a text or a password follows the code, which may hold anything."""
    code = _CODE.match(command)
    return code is not None and code[1] in "Mm" and int(code[2]) in _AS_WRITTEN


def refusal(commands: tuple[str, ...]) -> str:
    """Why no board is sent these, or nothing; ends a sentence that begins with their place."""
    for text in commands:
        verdict = judge(text, _ABLE)
        if verdict.action in (Action.REFUSED, Action.HELD):
            return f"holds {scrub(text, 40)!r}, which {verdict.reason}"
    return ""


def asked(commands: tuple[str, ...]) -> str:
    """What its user agrees to first, as `refusal`, or nothing."""
    verdicts = ((text, judge(text, _ABLE)) for text in commands)
    held = [
        f"{scrub(text, 40)!r}, which {verdict.reason}"
        for text, verdict in verdicts
        if verdict.action is Action.ASKED
    ]
    return f"holds {', and '.join(dict.fromkeys(held))}" if held else ""
