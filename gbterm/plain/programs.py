"""Macros, and commands of the printer's host."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.plain.command import Command, Desk, name_of, nothing
from gbterm.plain.console import MOST_LINES, told


async def _macros(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    macros = await desk.backend.macros()
    lines = [f"{m.name}: {m.about}" for m in macros]
    return lines or ["There are no macros."]


async def _macro(desk: Desk, text: str) -> Sequence[str]:
    name = name_of(text, "name of a macro")
    return told(await desk.backend.run_macro(name, confirmed=desk.confirmed))


async def _programs(desk: Desk, text: str) -> Sequence[str]:
    nothing(text)
    commands = await desk.backend.commands()
    lines = [f"{c.name}: {c.description}".removesuffix(": ") for c in commands]
    return lines or ["The printer's host has no commands."]


async def _run(desk: Desk, text: str) -> Sequence[str]:
    name = name_of(text, "name of a command")
    result = await desk.backend.run_command(name, confirmed=desk.confirmed)
    ended = "done" if result.exit_code == 0 else f"ended with exit code {result.exit_code}"
    return [*result.output[-MOST_LINES:], f"{name}: {ended}."]


COMMANDS = (
    Command("macros", _macros, "list the macros"),
    Command("macro", _macro, "send the G-code of a macro", "NAME", slow=True),
    Command("programs", _programs, "list the programs of the printer's host"),
    Command("run", _run, "run a program of the printer's host", "NAME", slow=True),
)
