"""How a command finds its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps

Run = Callable[[Machine, Command], Steps | None]

EVERY = frozenset({"default", "big", "plain", "single"})
FULL = EVERY - {"single"}  # what only the full configuration compiles in


@dataclass(frozen=True, slots=True)
class Handler:
    """A command's function and the builds that have it."""

    run: Run
    variants: frozenset[str] = EVERY


def silent(_machine: Machine, _command: Command) -> None:
    """Accepted, without any answer but ok."""
