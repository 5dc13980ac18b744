"""Files that are written whole or not at all: whoever looks sees the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str, *, mode: int = 0o666, is_lasting: bool = True) -> None:
    """Put `text` in place of the file `path`, whose folder is made where it is missing. Blocks.

    `mode` is what the umask then takes from. One that `is_lasting` is whole also when the power
    goes, and waits for the disk. Raises `OSError`, and the old file stands.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    try:
        # Nobody's link is followed, and nobody else's file written.
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            if is_lasting:
                os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
