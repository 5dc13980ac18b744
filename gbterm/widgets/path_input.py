"""Typing a path, with completion by Tab as in a shell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from gbterm.errors import UsageError

SUFFIXES = (".gcode", ".gco", ".g", ".nc")
"""What a sliced file is called; others are not offered but may be typed."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What Tab makes of the text, and the names that it could go on with."""

    text: str
    names: tuple[str, ...] = ()


def complete(text: str) -> Completion:
    """Complete the last part of `text`: folders (with a `/`) and G-code files."""
    folder, slash, start = text.rpartition("/")
    try:
        names = sorted(_names(Path(folder + slash or ".").expanduser(), start))
    except (OSError, RuntimeError, ValueError):
        return Completion(text)
    common = os.path.commonprefix(names)  # noqa: RUF071 - the start of names, not of paths
    return Completion(folder + slash + (common or start), tuple(names))


def _names(folder: Path, start: str) -> list[str]:
    with os.scandir(folder) as entries:
        return [
            entry.name + ("/" if entry.is_dir() else "")
            for entry in entries
            if entry.name.startswith(start)
            and (start.startswith(".") or not entry.name.startswith("."))
            and (entry.is_dir() or entry.name.lower().endswith(SUFFIXES))
        ]


def resolve(text: str) -> Path:
    """The file that `text` names. Raises `UsageError` where it is none that can be read."""
    if not text.strip():
        raise UsageError("Type the path of a G-code file.")
    try:
        path = Path(text.strip()).expanduser()
        if path.is_dir():
            raise UsageError(f"{text} is a folder: go on with the name of a file in it.")
        if not path.exists():
            raise UsageError(f"There is no file {text}.")
        if not os.access(path, os.R_OK):
            raise UsageError(f"You may not read {text}.")
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{text} can't be read: {error}.") from error
    return path


def destination(text: str, name: str) -> Path:
    """Where a file called `name` is to be put that is meant to go to `text`, a folder or a file.

    Raises `UsageError` where that can't be.
    """
    if not text.strip():
        raise UsageError("Type where the file is to go.")
    try:
        path = Path(text.strip()).expanduser()
        path = path / name if path.is_dir() else path
        if path.is_dir():
            raise UsageError(f"{path} is a folder: give the file another name.")
        if not path.parent.is_dir():
            raise UsageError(f"There is no folder {path.parent}.")
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{text} can't be written: {error}.") from error
    return path


class PathInput(Input):
    """An input that asks for completion instead of losing the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    class Completing(Message):
        """Tab was pressed."""

    def action_complete(self) -> None:
        """Ask for completion."""
        self.post_message(self.Completing())
