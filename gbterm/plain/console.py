"""G-code, and the lines of the cable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gbterm import whole_file
from gbterm.actions import Reply
from gbterm.console_lines import Filter
from gbterm.errors import NeedsConfirmation, UsageError
from gbterm.keymap.console import HIDES
from gbterm.plain.command import Command, Desk, Run, WrongWords, choice, name_of, path_of

MOST_LINES = 200
"""Of one reply."""
MOST_FOUND = 50


async def _gcode(desk: Desk, text: str) -> Sequence[str]:
    commands = name_of(text, "G-code").replace(";", "\n")
    return told(await desk.backend.send_gcode(commands, confirmed=desk.confirmed))


def told(replies: Sequence[Reply]) -> list[str]:
    """What the board said to commands."""
    lines = []
    for reply in replies:
        lines += [f"{reply.command}: {line}" for line in reply.lines] or [f"{reply.command}: ok"]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"{len(lines) - MOST_LINES} more lines were left out."]
    return lines


async def _console(desk: Desk, text: str) -> Sequence[str]:
    """`console on [WORD]` and `console off`."""
    how, _, word = text.partition(" ")
    if how == "off" and not word:
        desk.cable.stop()
        return ["Lines of the cable are not told any more."]
    if how != "on":
        raise WrongWords("Say on or off.")
    desk.cable.contains = word.strip()
    return await _followed(desk)


async def _followed(desk: Desk) -> list[str]:
    await desk.cable.follow(desk.backend)
    names = sorted(name.removeprefix("hide_") for name in desk.cable.hiding)
    hidden = f" without {' and '.join(names)}" if names else ""
    return [f"Lines of the cable are told{hidden}; console off ends that."]


def _hide(name: str) -> Run:
    what = name.removeprefix("hide_")

    async def run(desk: Desk, text: str) -> Sequence[str]:
        hides = choice(text or "on", "on", "off") == "on"
        (desk.cable.hiding.add if hides else desk.cable.hiding.discard)(name)
        if desk.cable.is_on:
            return await _followed(desk)
        return [f"Console lines come {'without' if hides else 'with'} {what}."]

    return run


async def _raw_lines(desk: Desk, text: str) -> Sequence[str]:
    desk.cable.is_raw = choice(text, "on", "off") == "on"
    return [f"Console lines come {'with' if desk.cable.is_raw else 'without'} their numbers."]


async def _find(desk: Desk, text: str) -> Sequence[str]:
    word = name_of(text, "text to find")
    found = await desk.cable.last(desk.backend, Filter(contains=word))
    lines = [desk.cable.written(line) for line in found[-MOST_FOUND:]]
    return lines or [f"None of the last lines holds {word}."]


async def _save_lines(desk: Desk, text: str) -> Sequence[str]:
    path = path_of(text)
    if not desk.confirmed and await asyncio.to_thread(path.exists):
        raise NeedsConfirmation(f"{path} is there already. Put these lines in its place?")
    lines = await desk.cable.last(desk.backend, desk.cable.filter())
    written = "".join(f"{desk.cable.written(line)}\n" for line in lines)
    try:
        await asyncio.to_thread(whole_file.write, path, written)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.") from error
    return [f"{len(lines)} lines are in {path}."]


COMMANDS = (
    Command("gcode", _gcode, "send G-code and tell what the board says", "COMMAND", slow=True),
    Command("console", _console, "tell the lines of the cable as they come", "on [WORD]|off"),
    *(
        Command(name, _hide(name), f"leave out {what}", "on|off")
        for name, what in zip(
            HIDES,
            ("oks and busy", "temperatures and positions", "moves that are sent"),
            strict=True,
        )
    ),
    Command("raw_lines", _raw_lines, "tell lines with their numbers and checksums", "on|off"),
    Command("find", _find, "tell those of the last lines that hold a text", "TEXT"),
    Command("save_lines", _save_lines, "write the last lines to a file", "PATH"),
)
