"""What `/api/files?recursive=true` lists, as the model has it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from gbterm.backends.given import mapping, number, records
from gbterm.files import FileDetails, GcodeFile, SelectedFile, nozzles_named
from gbterm.text import scrub

LOCAL, SD_CARD = "local", "sdcard"
"""Where OctoPrint has files: its own disk, and the card in the printer."""
DISK = f"/api/files/{LOCAL}"
"""Its disk in the API."""
SD_FOLDER = "SD:"
"""The folder that the files of the card are shown in."""

_NAME_MAX = 300
_WHOLE_MAX = 1 << 53
_MOST_TOOLS = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, and how the server is asked for it."""

    file: GcodeFile
    origin: str
    path: str
    sha1: str = ""
    """In hexadecimal; empty where the server doesn't say."""

    @property
    def resource(self) -> str:
        """Its path in the API."""
        return resource(self.path, self.origin)

    def is_same(self, other: Entry) -> bool:
        """Whether one read as `other` has not been replaced since."""
        mine, others = self.file, other.file
        # What was put there past the server gets its hash later.
        both_known = self.sha1 and other.sha1
        return (mine.size, mine.uploaded) == (others.size, others.uploaded) and (
            not both_known or self.sha1 == other.sha1
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that can be printed, by `file_id`, and the folders of the server's disk."""

    entries: dict[int, Entry] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    """By their paths as they are shown: the paths by which the server knows them."""
    others: list[str] = field(default_factory=list)
    """Paths of what can't be printed, as models."""

    @property
    def paths(self) -> list[str]:
        """Of all files of the server's disk, as it knows them."""
        here = [entry.path for entry in self.entries.values() if entry.origin == LOCAL]
        return here + self.others


def file_id(origin: str, path: str) -> int:
    """A number for a file, the same whenever it is listed; it fits into a JSON number."""
    digest = hashlib.sha256(f"{origin}:{path}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") or 1


def resource(path: str, origin: str = LOCAL) -> str:
    """Where the API has what lies at `path`."""
    return f"/api/files/{origin}/{quoted(path)}"


def quoted(path: str) -> str:
    """A path as part of an address."""
    return quote(path, errors="surrogatepass")


def listing(answer: Any) -> Listing:
    """What an answer of the API lists, its text not scrubbed yet."""
    found = Listing()
    waiting = records(mapping(answer).get("files"))
    while waiting:
        record = waiting.pop()
        path, kind = record.get("path"), record.get("type")
        if not isinstance(path, str) or not path or {".", ".."} & set(path.split("/")):
            continue
        if kind == "folder":
            found.folders[scrub(path)] = path
            waiting += records(record.get("children"))
        elif kind == "machinecode":
            entry = _entry(record, path)
            found.entries[entry.file.id] = entry
        else:
            found.others.append(path)
    return found


def _entry(record: dict[str, Any], path: str) -> Entry:
    origin = SD_CARD if record.get("origin") == SD_CARD else LOCAL
    folder, name = _place(record, path, origin)
    details = _details(mapping(record.get("gcodeAnalysis")))
    file = GcodeFile(
        id=file_id(origin, path),
        name=name,
        size=_whole(record.get("size")),
        uploaded=_uploaded(record.get("date")),
        print_extruders=nozzles_named(details.tools),
        print_time_sec=_whole(details.time_s),
        print_filament_mm=_whole(details.filament_mm),
        details=details,
        folder=folder,
    )
    return Entry(file, origin, path, str(record.get("hash") or ""))


def _place(record: dict[str, Any], path: str, origin: str) -> tuple[str, str]:
    """The folder and the name of a file, as they are shown."""
    above, _, last = path.strip("/").rpartition("/")
    parts = ([SD_FOLDER] if origin == SD_CARD else []) + ([above] if above else [])
    # Those of the card are told with their path.
    name = str(record.get("display") or "").rpartition("/")[2] or last
    return scrub("/".join(parts)), scrub(name, _NAME_MAX)


def selected(job: Any) -> SelectedFile | None:
    """The file that the `job` of a `current` message is of; None where it is of none."""
    told = mapping(job)
    record = mapping(told.get("file"))
    path = record.get("path")
    if not isinstance(path, str) or not path:
        return None
    folder, name = _place(record, path, str(record.get("origin")))
    time_s = number(told.get("estimatedPrintTime")) or number(told.get("averagePrintTime"))
    return SelectedFile(
        f"{folder}/{name}" if folder else name, _whole(record.get("size")), time_s or None
    )


def _details(analysis: dict[str, Any]) -> FileDetails:
    """What the server's own reading of the file came to, where it has read it."""
    lengths = _lengths(mapping(analysis.get("filament")))
    area = mapping(analysis.get("printingArea"))
    low_mm, high_mm = _corner(area, "min"), _corner(area, "max")
    is_empty = low_mm == high_mm  # of a file that extrudes nothing
    return FileDetails(
        time_s=number(analysis.get("estimatedPrintTime")),
        filament_mm=sum(lengths.values()) if lengths else None,
        tools=tuple(sorted(lengths)),
        low_mm=() if is_empty else low_mm,
        high_mm=() if is_empty else high_mm,
    )


def _lengths(filament: dict[str, Any]) -> dict[int, float]:
    """What each tool feeds, in mm, of those that feed anything."""
    lengths = {}
    for name, used in filament.items():
        tool, length = name.removeprefix("tool"), number(mapping(used).get("length"))
        if tool.isdecimal() and length and int(tool[:9]) < _MOST_TOOLS:
            lengths[int(tool)] = length
    return lengths


def _corner(area: dict[str, Any], which: str) -> tuple[float, ...]:
    values = [number(area.get(which + axis)) for axis in "XYZ"]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else ()


def _whole(value: Any) -> int:
    return int(min(max(number(value) or 0, 0), _WHOLE_MAX))


def _uploaded(seconds: Any) -> str:
    """A Unix time as the library of gbterm's own server writes it: in local time."""
    at = number(seconds)
    with suppress(ValueError, OverflowError, OSError):
        if at is not None:
            local = datetime.fromtimestamp(at, UTC).astimezone()
            return local.strftime("%Y-%m-%d %H:%M:%S.%f")
    return ""
