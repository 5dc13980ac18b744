"""The commands that a user typed, over all printers and restarts of the console."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gbterm import whole_file
from gbterm.console_lines import LONGEST, shown
from gbterm.text import scrub

KEPT = 500
MOST_BYTES = 1 << 18
"""More is no file of ours."""


class TypedCommands:
    """Those of a file, the oldest first, and how one goes back through them.

    The file is the user's alone (0600). Commands with a password in them are never kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._commands: list[str] = []
        self._start = ""
        self._at: int | None = None

    def read(self) -> None:
        """Take what the file holds; one that can't be read holds nothing. Blocks."""
        self._commands = self._in_file()

    def add(self, command: str) -> None:
        """Remember `command`, once where it is typed again and again."""
        self._commands = _longer(self._commands, (command,))

    def write(self, commands: Iterable[str]) -> None:
        """Put `commands` into the file, behind what another console put there. Blocks.

        Raises `OSError`.
        """
        text = "".join(f"{line}\n" for line in _longer(self._in_file(), commands))
        whole_file.write(self._path, text, mode=0o600, is_lasting=False)

    def _in_file(self) -> list[str]:
        try:
            if not self._path.is_file():
                return []
            with self._path.open("rb") as file:
                raw = file.read(MOST_BYTES)
        except OSError:
            return []
        lines = (scrub(line, LONGEST) for line in raw.decode("utf-8", "replace").splitlines())
        return [line for line in lines if line.strip()][-KEPT:]

    # Going back

    def older(self, text: str) -> str:
        """The command before, of those that begin like what was typed at first."""
        if self._at is None:
            self._start, self._at = text, len(self._commands)
        return self._next(reversed(range(self._at)), text)

    def newer(self, text: str) -> str:
        """The command after it; what was typed at first after the last one."""
        if self._at is None:
            return text
        return self._next(range(self._at + 1, len(self._commands)), self._start)

    def stay(self) -> None:
        """What is typed now is what the next way back begins with."""
        self._at = None

    def _next(self, places: Iterable[int], otherwise: str) -> str:
        for place in places:
            if self._commands[place].startswith(self._start):
                self._at = place
                return self._commands[place]
        if otherwise == self._start:
            self._at = None
        return otherwise


def _longer(commands: list[str], new: Iterable[str]) -> list[str]:
    longer = list(commands)
    for command in new:
        if _is_fit(command) and longer[-1:] != [command]:
            longer.append(command)
    return longer[-KEPT:]


def _is_fit(command: str) -> bool:
    return shown(command.encode()) == command
