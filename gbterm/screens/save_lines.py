"""Asking for a file, and writing lines of the console to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from gbterm import whole_file
from gbterm.errors import UsageError
from gbterm.screens.ask import AskScreen
from gbterm.screens.base import Console
from gbterm.screens.confirm import ConfirmScreen
from gbterm.widgets import saved_lines
from gbterm.widgets.scrollback import Entry


async def save_lines(app: Console, lines: Sequence[Entry], which: str) -> str:
    """Write `lines`, which are so called, whole or not at all; what there is to say then.

    Raises `UsageError` where the file can't be written.
    """
    path = await app.push_screen_wait(
        AskScreen[Path](
            f"Save {which} to a file of this computer",
            saved_lines.checked,
            value=saved_lines.proposed(time.time()),
        )
    )
    if path is None or not await _may_write(app, path):
        return "Nothing was saved."
    try:
        await asyncio.to_thread(whole_file.write, path, saved_lines.written(lines))
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.") from error
    return f"{len(lines)} lines are in {path}."


async def _may_write(app: Console, path: Path) -> bool:
    if not await asyncio.to_thread(path.exists):
        return True
    question = f"{path} is there already. Put these lines in its place?"
    return await app.push_screen_wait(ConfirmScreen(question, yes="Replace it", no="Keep it"))
