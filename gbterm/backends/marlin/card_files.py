"""What a board says of the files on its card, in Marlin's words (cardreader.cpp, M20 to M30)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gbterm.errors import NoSuchFile, PrinterError
from gbterm.files import CardFile
from gbterm.text import scrub

MOUNT, DELETE = "M21", "M30"
FILES_AT_MOST, LONGEST_PATH, LONGEST_NAME = 5000, 80, 120
_BEGIN, _END = "Begin file list", "End file list"
_FILE = re.compile(r"(\S+)(?: (\d{1,12}))?(?: (.*))?\Z", re.ASCII)
_PATH = re.compile(r"/?[^\s*;/\\]{1,12}(?:/[^\s*;/\\]{1,12}){0,8}\Z", re.ASCII)
_OPENED, _FAILED = "File opened:", "open failed"
_DELETED = "File deleted:"


def question(*, is_marlin_2: bool) -> str:
    """M20; with L each name comes with the long one, where the firmware knows them."""
    return "M20 L" if is_marlin_2 else "M20"


def listed(replies: Sequence[str]) -> list[CardFile] | None:
    """The files in an answer to M20, by their paths; None where there is no card."""
    if _BEGIN not in replies:
        return None
    found: dict[str, CardFile] = {}
    for line in replies[replies.index(_BEGIN) + 1 :]:
        if line == _END or len(found) == FILES_AT_MOST:
            break
        if (match := _FILE.match(line)) and len(match[1]) <= LONGEST_PATH and _PATH.match(match[1]):
            path, name = "/" + match[1].lstrip("/"), (match[3] or "").rpartition("/")[2]
            # 2.0.9 says question marks of a name that it doesn't have.
            name = "" if name == "???" else scrub(name, LONGEST_NAME).strip()
            found[path] = CardFile(path, int(match[2] or 0), name)
    return list(found.values())


def at(files: Sequence[CardFile], path: str) -> CardFile:
    """The one of `files` with that path. Raises `NoSuchFile`."""
    wanted = "/" + path.strip("/")
    for file in files:
        if file.path == wanted:
            return file
    raise NoSuchFile(f"The card holds no file {scrub(path, LONGEST_PATH)!r}: list it anew.")


def check_opened(file: CardFile, replies: Sequence[str]) -> None:
    """Raise `PrinterError` unless the answer to M23 says that it is open."""
    if not any(line.startswith(_OPENED) for line in replies):
        said = next((line for line in replies if line.startswith(_FAILED)), "it says nothing of it")
        raise PrinterError(
            f"The board can't open {file.shown} on its card ({said}): look whether the card is in."
        )


def check_deleted(file: CardFile, replies: Sequence[str]) -> None:
    """Raise `PrinterError` unless the answer to M30 says that it is gone."""
    if not any(line.startswith(_DELETED) for line in replies):
        raise PrinterError(
            f"The board did not delete {file.shown} from its card: look whether it is in, and not"
            " write-protected."
        )
