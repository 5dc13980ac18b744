"""The files."""

from __future__ import annotations

import re

from gbterm.backends.base import Backend
from tests.suite.row import Row
from tests.suite.rows.job import ODD, OTHERS, odd, print_of, stocked
from tests.suite.there import There

OCTOPRINT = ("octoprint",)
AN_ID = re.compile(r"\d+\n")


def upload_of(name: str) -> tuple[str, ...]:
    """What OctoPrint is asked as it takes a file: whether the name is free comes first."""
    where = f'"filename": "{name}", "path": "", "storage": "local"'
    return (
        f'POST /api/files/test {{"command": "exists", {where}}}',
        "POST /api/files/local",
    )


SHORT = b"G28\nG1 X10 F600\n"


def sanitized(folder: str, name: str = "new.gcode") -> str:
    """What OctoPrint is asked of a new name in a folder."""
    where = f'"filename": "{name}", "path": "{folder}", "storage": "local"'
    return f'POST /api/files/test {{"command": "sanitize", {where}}}'


def move_of(path: str, to: str) -> str:
    """What OctoPrint is asked to move a file."""
    return f'POST /api/files/local/{path} {{"command": "move", "destination": "{to}"}}'


def in_folders(there: There) -> None:
    """Two files of one name, in different folders."""
    path = there.file()

    async def put(backend: Backend) -> None:
        for folder in ("a", "b"):
            if folder not in await backend.folders():
                await backend.make_folder(folder)
            await backend.upload(path, folder=folder)

    there.ask(put)


def twice(there: There) -> None:
    """Two files of one name, where that can be."""
    stocked(there, "box.gcode", "box.gcode")


ROWS = (
    Row(("upload", "{file}"), AN_ID, upload_of("box.gcode")),
    Row(("upload", "-"), AN_ID, upload_of("stdin.gcode"), stdin=SHORT),
    Row(("upload", "-"), code=2, says="Nothing came over standard input"),
    Row(("upload",), code=2, says="FILE"),
    Row(("upload", "/no/such\x1b[31m.gcode"), code=2, says="check the path"),
    Row(("upload", ""), code=2, says="empty word"),
    Row(("upload", "a\0b"), code=2, says="check the path"),
    Row(("check", "{file}"), re.compile(r"(.*: not judged, .*\n)?")),
    Row(("check",), code=2, says="FILE"),
    Row(("check", "-"), code=2, says="save that first"),
    Row(("check", "/no/such.gcode"), code=2, says="check the path"),
    Row(("runfile", "{file}"), AN_ID, (*upload_of("box.gcode"), print_of("box.gcode"))),
    Row(
        ("runfile", "-"),
        AN_ID,
        (*upload_of("stdin.gcode"), print_of("stdin.gcode")),
        stdin=SHORT * 200,
    ),
    Row(("runfile", "{file}"), before=There.printing, code=5, says="."),
    Row(("runfile", "{file}"), before=There.disconnected, code=5, says="not connected"),
    Row(("runfile",), code=2, says="FILE"),
    Row(("ls",), ""),
    Row(("ls",), f"{ODD}\n", before=odd),
    Row(("ls", "--json"), '[\n  "box.gcode"\n]\n', before=stocked),
    Row(
        ("ls_raw",),
        re.compile(r'\{\n  "files": \[.*"name": "box.gcode".*\}\n', re.S),
        before=stocked,
    ),
    Row(("ll", "box.gcode"), re.compile(r'\{\n.*"name": "box.gcode".*\}\n', re.S), before=stocked),
    Row(("ll", "nothing.gcode"), code=2, says="holds no file 'nothing.gcode'; gbterm ls"),
    Row(
        ("files",),
        re.compile(r" +40.0 kB  20\d\d-\d\d-\d\d \d\d:\d\d  box.gcode\n"),
        before=stocked,
    ),
    Row(("files", ""), code=2, says="empty word"),
    Row(("files", "nowhere\x1b[2J"), code=2, says="no folder"),
    Row(
        ("fselect", ODD),
        before=odd,
        kinds=OCTOPRINT,
        requests=(f'POST /api/files/local/{ODD} {{"command": "select", "print": false}}',),
    ),
    Row(
        ("select", "box.gcode"),
        before=stocked,
        code=2,
        says="by their names alone",
        kinds=OTHERS,
        lacks=True,
    ),
    Row(
        ("fselect", "box.gcode"),
        before=in_folders,
        code=2,
        says="Several files may be meant: ./box.gcode, ./box.gcode; say which",
        kinds=OCTOPRINT,
    ),
    Row(("ll", "box.gcode"), before=twice, code=2, says=", of 20", kinds=OTHERS),
    Row(("download", "box.gcode", "-"), re.compile(r"G28\nG1 X10 F600\n.*", re.S), before=stocked),
    Row(("download", "box.gcode", "{file}"), before=stocked, code=2, says="--yes"),
    Row(("download", "box.gcode", ""), before=stocked, code=2, says="empty word"),
    Row(("download", "nothing"), code=2, says="holds no file"),
    Row(("rm", "box.gcode"), before=stocked, requests=("DELETE /api/files/local/box.gcode",)),
    Row(("rm", "a"), before=in_folders, code=2, says="To agree, add --yes", kinds=OCTOPRINT),
    Row(
        ("rm", "--yes", "a"),
        before=in_folders,
        kinds=OCTOPRINT,
        requests=("DELETE /api/files/local/a",),
    ),
    Row(("rm", "box.gcode"), before=There.printing, code=5, says="cancel (?:it|the print)"),
    Row(("rm", ".."), code=2, says="holds no"),
    Row(("mv", "box.gcode", "new name.gcode"), "new name.gcode\n", before=stocked, kinds=OTHERS),
    Row(
        ("mv", "a/box.gcode", "b/new.gcode"),
        "b/new.gcode\n",
        before=in_folders,
        kinds=OCTOPRINT,
        requests=(
            sanitized("a"),
            move_of("a/box.gcode", "a/new.gcode"),
            sanitized("b"),
            move_of("a/new.gcode", "b/new.gcode"),
        ),
    ),
    Row(("mv", "a", "b/"), before=stocked, code=2, says="holds no 'a'", kinds=OTHERS),
    Row(
        ("mv", "a", "a/c"),
        before=in_folders,
        code=2,
        says="The folder a can't be moved into itself",
        kinds=OCTOPRINT,
    ),
    Row(
        ("mv", "a/", "b"),
        "b/a\n",
        before=in_folders,
        kinds=OCTOPRINT,
        requests=(sanitized("b", "a"), move_of("a", "b/a")),
    ),
    Row(
        ("mv", "a", "c, 'd' é"),
        "c, 'd' é\n",
        before=in_folders,
        kinds=OCTOPRINT,
        requests=(sanitized("", "c, 'd' \\u00e9"), move_of("a", "c, 'd' \\u00e9")),
    ),
    Row(("mv", "box.gcode", "b/"), before=stocked, code=2, says="no folders", kinds=OTHERS),
    Row(("mv", "box.gcode", ""), before=stocked, code=2, says="empty word"),
    Row(("mv", "box.gcode"), code=2, says="TO"),
    Row(("df",), re.compile(r"( *[\d.]+ \w+ free of +[\d.]+ \w+  /.*\n)+"), kinds=OTHERS),
    Row(("df",), re.compile(r" *[\d.]+ \w+ free of +[\d.]+ \w+  local\n"), kinds=OCTOPRINT),
    Row(
        ("df", "--json"),
        re.compile(r'\{\n  "local": \{\s+"free_bytes": \d+,\s+"total_bytes": \d+\s+\}\n\}\n'),
        kinds=OCTOPRINT,
    ),
)
