"""The file of a library that a name means."""

from __future__ import annotations

from collections.abc import Sequence

from gbterm.backends.base import Backend
from gbterm.errors import NoSuchFile, UsageError
from gbterm.files import GcodeFile
from gbterm.text import scrub

_LISTED = 5
"""So many of those that a name may mean are listed."""
_NAME_MAX = 80


async def named(backend: Backend, name: str) -> GcodeFile:
    """The file of that name. Raises `NoSuchFile`, and `UsageError` where several are called so."""
    files = await backend.files()
    found = among(files, name)
    if found is None:
        raise NoSuchFile(
            f"The library holds no file {scrub(name, _NAME_MAX)!r}; gbterm ls lists them."
        )
    return found


def among(files: Sequence[GcodeFile], name: str) -> GcodeFile | None:
    """One of `files`, by its whole path, by the last part of it, or by the number of its upload.

    Raises `UsageError` where several are called so.
    """
    whole = name.strip("/")
    found = [file for file in files if file.path == whole]
    found = found or [file for file in files if file.name == whole]
    if not found and whole.isascii() and whole.isdigit():
        found = [file for file in files if str(file.id) == whole]
    if len(found) > 1:
        raise UsageError(f"Several files may be meant: {_these(found)}.")
    return found[0] if found else None


def _these(files: Sequence[GcodeFile]) -> str:
    """Files by what tells them apart."""
    paths = [file.path for file in files]
    told = paths if len(set(paths)) == len(paths) else [_dated(file) for file in files]
    more = f" and {len(told) - _LISTED} more" if len(told) > _LISTED else ""
    how = "their paths" if told is paths else "their numbers"
    return f"{', '.join(told[:_LISTED])}{more}; say which by one of {how}"


def _dated(file: GcodeFile) -> str:
    return f"{file.path} (number {file.id}, of {file.uploaded[:16]})"
