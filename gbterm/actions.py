"""What a user asks by a name or in G-code, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from gbterm.errors import UsageError
from gbterm.text import scrub


@dataclass(frozen=True, slots=True)
class Reply:
    """What a board said to a command, line by line, without its ok."""

    command: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """Targets in °C under a name; a heater whose target is None stays as it is."""

    name: str
    nozzle: float | None = None
    """Of every nozzle."""
    bed: float | None = None
    chamber: float | None = None

    @property
    def about(self) -> str:
        """Its targets, in words."""
        told = (("nozzle", self.nozzle), ("bed", self.bed), ("chamber", self.chamber))
        return ", ".join(f"{name} {target:g} °C" for name, target in told if target is not None)


@dataclass(frozen=True, slots=True)
class Macro:
    """G-code under a name. `confirm` is what its user is asked first, empty for nothing."""

    name: str
    gcode: tuple[str, ...] = ()
    """Its commands, one after the other."""
    confirm: str = ""
    key: str = ""
    """The key of the console that runs it, where it has one."""
    description: str = ""

    @property
    def about(self) -> str:
        """What it does, in words or in G-code."""
        return self.description or "; ".join(self.gcode)


@dataclass(frozen=True, slots=True)
class HostCommand:
    """A program on the printer's host under a name. `confirm` is as a macro's."""

    name: str
    confirm: str = ""
    description: str = ""
    safe: bool = False
    """Whether it may run during a print."""
    timeout_s: float = 60.0
    """It is ended after that."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What came of a program: its exit code, below 0 for the signal that ended it."""

    exit_code: int
    output: tuple[str, ...] = ()
    """The last lines that it wrote."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


def named(kind: str, name: str, all_of_them: Iterable[T]) -> T:
    """The one that is called `name`. Raises `UsageError`."""
    found = {one.name: one for one in all_of_them}
    if name not in found:
        known = ", ".join(found) or "none"
        raise UsageError(f"There is no {kind} {scrub(name, 40)!r}; there are: {known}.")
    return found[name]
