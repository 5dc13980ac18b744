"""Cutting the printer's power by the program that the configuration has for it."""

from __future__ import annotations

from gbterm.config import Guards
from gbterm.host import program


async def cut(guards: Guards) -> str:
    """Run the program to its end; why the power may be on still, as a sentence, or nothing."""
    name = guards.power_off[0]
    try:
        timeout_s = guards.power_off_timeout_s
        result, is_late = await program.run(guards.power_off, timeout_s, outlives=True)
    except OSError as error:
        return f"{name}, which is to cut the power, can't be run: {error.strerror}."
    if is_late:
        return (
            f"{name}, which is to cut the power, took longer than {guards.power_off_timeout_s:g} s."
        )
    if result.exit_code:
        said = f": {result.output[-1]}" if result.output else ""
        return f"{name}, which is to cut the power, failed with code {result.exit_code}{said}."
    return ""
