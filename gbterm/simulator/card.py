"""The card in the board's slot: its files, and the one that is printed or written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from gbterm.simulator.lines import clean

Files = Mapping[str, bytes]
"""By their paths from the top of the card, `/` between the names."""
_SHORT = re.compile(r"[^.]{1,8}(?:\.[^.]{0,3})?\Z")
_NEW = re.compile(r"[\w~!#$%&'(){}@^`-]{1,8}\.[\w~!#$%&'(){}@^`-]{1,3}\Z", re.ASCII)
"""What FAT takes for the name of a new file (make83Name in SdBaseFile.cpp)."""


class Card:
    """What Marlin's CardReader knows from one reset to the next."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.is_mounted = True
        self.name = ""  # of the file that is open
        self.at = 0  # how many of its bytes were read
        self.printing = False
        self.writing = ""  # the file that lines go to, M28
        self._written = bytearray()
        self.room: int | None = None  # bytes that may still be written; None = as many as come
        self.is_out = False  # of its slot

    def mount(self) -> bool:
        """M21; False where it is not in."""
        self.is_mounted = not self.is_out
        return self.is_mounted

    @property
    def size(self) -> int:
        """Bytes of the open file."""
        return len(self.files.get(self.name, b""))

    def listed(self) -> list[tuple[str, str, int]]:
        """Of each file the path in short names, the long name, empty where it has none, and the
        size."""
        told = []
        for path, data in self.files.items():
            name = path.rpartition("/")[2]
            told.append((short_path(path), "" if _SHORT.match(name) else name, len(data)))
        return told

    def find(self, path: str) -> str:
        """The file of that path in short names; empty where there is none."""
        wanted = path.strip().lstrip("/").upper()
        return next((known for known in self.files if short_path(known) == wanted), "")

    def open(self, name: str) -> bool:
        """M23; False where there is no such file."""
        self.close()
        self.name = self.find(name)
        return bool(self.name)

    def close(self) -> None:
        """Nothing is printed, and no file open."""
        self.name, self.at, self.printing = "", 0, False

    def create(self, name: str) -> bool:
        """M28: what comes next goes to a file of that name; False where it can't."""
        self.close()
        path = self.find(name) or name.strip().lstrip("/")
        if self.is_out or not (path in self.files or _NEW.match(path)):
            return False
        self.writing = path
        self._written.clear()
        self._keep()
        return True

    def append(self, data: bytes) -> bool:
        """To the file that is written; False where the card takes no more."""
        if self.is_out or (self.room is not None and len(data) > self.room):
            return False
        if self.room is not None:
            self.room -= len(data)
        self._written += data
        return True

    def write(self, line: str) -> bool:
        """A line, from behind its number to its checksum, as CardReader::write_command does."""
        text = line[line.find(" ") + 1 :] if line.startswith("N") else line
        return self.append(text.partition("*")[0].encode("latin-1") + b"\r\n")

    def finish(self) -> None:
        """M29."""
        if self.writing and not self.is_out:
            self._keep()
        self.writing = ""

    def _keep(self) -> None:
        if isinstance(self.files, MutableMapping):
            self.files[self.writing] = bytes(self._written)

    def delete(self, name: str) -> bool:
        """M30; False where there is no such file."""
        found = self.find(name)
        if found and isinstance(self.files, MutableMapping):
            del self.files[found]
        return bool(found)

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


def short_path(path: str) -> str:
    """A path as FAT has it for those who know no long names: eight letters and three."""
    return "/".join(_short(name) for name in path.split("/"))


def _short(name: str) -> str:
    if _SHORT.match(name):
        return name.upper()
    stem, _, ending = name.rpartition(".")
    letters = re.sub(r"[^A-Za-z0-9_]", "", stem or ending)[:6]
    return f"{letters}~1.{ending[:3] if stem else ''}".rstrip(".").upper()


class FolderOfFiles(MutableMapping[str, bytes]):
    """A card whose files are those of a folder on this computer. Raises `OSError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        within = sorted(path for path in folder.rglob("*") if path.is_file())
        self._files = {str(path.relative_to(folder)): path.read_bytes() for path in within}

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]

    def __setitem__(self, path: str, data: bytes) -> None:
        self._files[path] = data
        (self._folder / path).write_bytes(data)

    def __delitem__(self, path: str) -> None:
        del self._files[path]
        (self._folder / path).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
