"""The card in the board's slot: its files, and the one that is printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gbterm.simulator.lines import clean

Files = Mapping[str, bytes]
"""By the names that M20 lists, in capitals."""


class Card:
    """What Marlin's CardReader knows from one reset to the next."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.name = ""  # of the file that is open
        self.at = 0  # how many of its bytes were read
        self.printing = False

    @property
    def size(self) -> int:
        """Bytes of the open file."""
        return len(self.files.get(self.name, b""))

    def open(self, name: str) -> bool:
        """M23; False where there is no such file."""
        name = name.strip().lstrip("/").upper()
        self.close()
        if name not in self.files:
            return False
        self.name = name
        return True

    def close(self) -> None:
        """Nothing is printed, and no file open."""
        self.name, self.at, self.printing = "", 0, False

    @property
    def at_end(self) -> bool:
        """Whether all of the file that is printed was read."""
        return self.printing and self.at >= self.size

    def next_line(self) -> str:
        """The next command of the file that is printed; empty for a comment."""
        data = self.files[self.name]
        end = data.find(b"\n", self.at)
        end = len(data) if end < 0 else end
        raw, self.at = data[self.at : end], end + 1
        return clean(raw.rstrip(b"\r")).decode("latin-1").strip()

    def status(self) -> str:
        """The answer to M27."""
        if not self.printing:
            return "Not SD printing"
        return f"SD printing byte {min(self.at, self.size)}/{self.size}"


def files_in(folder: Path) -> dict[str, bytes]:
    """What a card with the files of `folder` holds. Raises `OSError`."""
    return {path.name.upper(): path.read_bytes() for path in folder.iterdir() if path.is_file()}
