"""What a one-shot command is: its name, its arguments, and what it does with a printer.

`gbterm NAME` runs it, and `8NAME` through a launcher. One table (`table.py`) holds them all: the
command line, the help, the launchers, the completions and the man page are made from it.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gbterm.backends.base import Backend
    from gbterm.cli.quick import PrinterSocket
    from gbterm.cli.target import Target

ANSWER_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints: `lines`, or with --json `data`, which JSON can say."""

    lines: tuple[str, ...] = ()
    data: Any = None
    left_out: int = 0
    """So many lines of `follow` before it were left out."""
    found_wrong: bool = False
    """Whether what it looked at is not in order, which its exit code says, too."""


DONE = Answer(data={"done": True})
"""Of what has nothing to tell: no line at all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command works with."""

    backend: Backend
    """Connected."""
    args: argparse.Namespace
    target: Target
    confirmed: bool = False
    """Whether its user has agreed to what `NeedsConfirmation` asked."""
    attended: bool = False
    """Whether somebody at a terminal reads what it prints; else a script called it."""


Run = Callable[[Asked], Awaitable[Answer]]
Follow = Callable[[Asked], AsyncGenerator[Answer, None]]
Local = Callable[["PrinterSocket", argparse.Namespace], Answer]
Alone = Callable[["Target", argparse.Namespace], Answer]
Here = Callable[[argparse.Namespace], Answer]


def nothing(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""
    del parser


@dataclass(frozen=True, slots=True)
class Verb:
    """One command.

    `run` is awaited with a connected backend; it raises `GbtermError`. `local`, where there is one,
    does the same over the socket of a printer process on this machine, which is quicker and goes
    without that host's server. `alone`, where there is one, does it in their place, and so does
    `follow`, which goes on: each of its answers is printed as it comes, with --json an object a
    line, until it is interrupted or has had `--count` of them.
    """

    name: str
    help: str
    run: Run | None = None
    arguments: Callable[[argparse.ArgumentParser], None] = nothing
    """Declares what follows the name, on a parser."""
    local: Local | None = None
    alone: Alone | None = None
    """Nobody is connected to for it."""
    here: Here | None = None
    """It is done on this machine, so that no printer is meant."""
    follow: Follow | None = None
    in_place: bool = False
    """Whether on a terminal each line of `follow` takes the place of the one before."""
    also: tuple[str, ...] = ()
    """Other names of the same."""
    is_text: bool = False
    """Whether all that follows, from the first word that is no option, is text: also a `-5`."""
    confirms: bool = False
    """Whether it may ask first, so that there is a --yes."""
    within_s: float | None = ANSWER_WITHIN_S
    """What is given up after that; None is never."""
    examples: tuple[str, ...] = ()
    """What may follow the name, as it is written in a shell."""
    eight: bool = True
    """Whether there is an `8NAME` too."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of its names, without the 8."""
        return (self.name, *self.also)
