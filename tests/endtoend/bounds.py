"""How much a host may keep in its run directory, whatever happens to it."""

from __future__ import annotations

import stat

from gbterm.host import journal, linelog, logs, traffic
from tests.endtoend.house import House

A_LINE = 4096
"""A log is looked at before a line is added."""
A_BATCH = 1 << 16
BOUNDS = {
    **{f"{role}.log": logs.LARGEST + A_LINE for role in ("printer", "server")},
    **{f"{role}.old.log": logs.LARGEST + A_LINE for role in ("printer", "server")},
    **{f"own-lines.{end}": linelog.LARGEST + A_BATCH for end in ("jsonl", "old")},
    "traffic": traffic.RING,
    "journal": 2 * journal.SLOT,
}
"""Bytes, by the file's name."""
ANY_OTHER = 1 << 14
MOST_FILES = 20


def assert_bounded(house: House) -> None:
    """No file in the run directory is larger than it may be, nor are there more and more."""
    found = {path.name: path.stat() for path in house.run_dir.iterdir()}
    sizes = {name: told.st_size for name, told in found.items() if stat.S_ISREG(told.st_mode)}
    too_large = {name: size for name, size in sizes.items() if size > BOUNDS.get(name, ANY_OTHER)}
    assert not too_large, too_large
    assert len(found) <= MOST_FILES, sorted(found)
