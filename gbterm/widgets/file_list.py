"""Which files of a library are listed, and in what order."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gbterm.files import GcodeFile


class Order(enum.Enum):
    """What the list goes by, in words; large, long and new come first."""

    NEWEST = "newest"
    NAME = "name"
    SIZE = "size"
    TIME = "print time"

    def following(self) -> Order:
        """The one that comes after it."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with the files in it and below it."""

    path: str
    """Names with `/` between them."""
    files: int

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


Entry = Folder | GcodeFile


def print_time_s(file: GcodeFile) -> float:
    """What the slicer expects, 0 where it doesn't say."""
    return file.print_time_sec or file.details.time_s or 0


_KEYS: dict[Order, Callable[[GcodeFile], Any]] = {
    Order.NEWEST: lambda file: (file.uploaded, file.id),
    Order.NAME: lambda file: (file.name.casefold(), -file.id),
    Order.SIZE: lambda file: file.size,
    Order.TIME: print_time_s,
}


def listed(
    files: Iterable[GcodeFile],
    order: Order,
    search: str = "",
    folder: str = "",
    known: Iterable[str] = (),
) -> tuple[Entry, ...]:
    """The folders in `folder`, then its files; with a `search` what matches, wherever it lies.

    A file matches that has every word of `search` in its path, in any case. `known` are the paths
    of folders, also of empty ones.
    """
    words, here = search.casefold().split(), tuple(files)
    if words:
        paths = ((file, file.path.casefold()) for file in here)
        return _sorted([f for f, path in paths if all(word in path for word in words)], order)
    below = f"{folder}/" if folder else ""
    deeper = [file.folder for file in here if file.folder != folder]
    names = Counter(_first(path, below) for path in deeper if path.startswith(below))
    names.update({_first(path, below): 0 for path in known if path.startswith(below)})
    folders = tuple(Folder(below + name, names[name]) for name in sorted(names))
    return folders + _sorted([file for file in here if file.folder == folder], order)


def _first(path: str, below: str) -> str:
    """The folder of `below` through which one comes to `path`."""
    return path[len(below) :].partition("/")[0]


def _sorted(files: list[GcodeFile], order: Order) -> tuple[GcodeFile, ...]:
    return tuple(sorted(files, key=_KEYS[order], reverse=order is not Order.NAME))
