"""The lines of the G-code console in a file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from gbterm.errors import UsageError
from gbterm.widgets.scrollback import NOTE, Entry
from gbterm.widgets.words import clock

_SIGNS = {"out": ">", "in": "<", NOTE: "-"}


def proposed(now: float) -> str:
    """A path that nothing has yet."""
    return f"~/gbterm-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}.log"


def checked(text: str) -> Path:
    """The file that `text` names. Raises `UsageError` where none can be there."""
    if not text:
        raise UsageError("Type the path of a file.")
    try:
        path = Path(text).expanduser().absolute()
        if path.is_dir():
            raise UsageError(f"{text} is a folder: go on with a name for the file.")
        if not path.parent.is_dir():
            raise UsageError(f"There is no folder {path.parent}: make it first.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{text} is no file: choose another name.")
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{text} can't be written: {error}.") from error
    return path


def written(lines: Iterable[Entry]) -> str:
    """A line each: date and time, `>` for sent or `<` for received, and the line as it went."""
    return "".join(
        f"{_time(entry.at)} {_SIGNS.get(entry.direction, '?')} {entry.text}\n" for entry in lines
    )


def _time(at: float) -> str:
    return f"{clock(at, '%Y-%m-%d %H:%M:%S')}.{int(at * 1000) % 1000:03}"
