"""What the Files screen does."""

from __future__ import annotations

from pathlib import Path

from tests.console.acts.act import LONG_PRINT, Act, a_file
from tests.console.conftest import Console


async def one_file(console: Console) -> None:
    """A library with a file."""
    await a_file(console)


async def one_that_came_unseen(console: Console) -> None:
    """A file that somebody else put into the library."""
    await console.press("f3")
    path = Path(console.folder) / "other.gcode"
    path.write_bytes(LONG_PRINT)
    await console.app.backend.upload(path)


async def uploaded(console: Console) -> None:
    """A file on this computer's disk."""
    (Path(console.folder) / "disk.gcode").write_bytes(LONG_PRINT)


ACTS = (
    Act("print", "EXECUTING", before=one_file),
    Act("upload", "Tab completes, Enter uploads, Esc leaves.", before=uploaded),
    Act("delete", "The library is empty.", ("d", "right", "enter"), one_file),
    Act("refresh", "other.gcode", before=one_that_came_unseen),
)
