"""G-code as it is typed."""

from __future__ import annotations

import re

from tests.suite.row import Row

COMMAND = 'POST /api/printer/command {"commands": [%s]}'
PLACE = re.compile(r"X:-?\d+\.\d+ Y:-?\d+\.\d+ Z:-?\d+\.\d+ E:-?\d+\.\d+ .*\n")
PLACES = re.compile(f"(?:{PLACE.pattern})+")
"""Boards may tell it by themselves as well."""


def asks(*commands: str) -> tuple[str, ...]:
    """What OctoPrint is asked for these."""
    return (COMMAND % ", ".join(f'"{command}"' for command in commands),)


ROWS = (
    Row(
        ("g", "m117", "Hello", "there"),
        requests=asks("M117 Hello there"),
        sent=("M117 Hello there",),
    ),
    Row(("gcode", "m104 s41"), requests=asks("M104 S41"), sent=("M104 S41",)),
    Row(("g", "g91\ng90 ; back"), requests=asks("G91", "G90"), sent=("G91", "G90")),
    Row(("g", "-"), stdin=b"g91\n\ng90\n", requests=asks("G91", "G90"), sent=("G91", "G90")),
    Row(("g", "M114"), printed=PLACES, requests=asks("M114")),
    Row(
        ("g", "--json", "M117 a"),
        re.compile(r'\[\s+\{\s+"command": "M117 a",\s+"lines": \[\]\s+\}\s+\]\n'),
        asks("M117 a"),
        ("M117 a",),
    ),
    Row(("g", "--no-wait", "M117", "quick"), requests=asks("M117 quick"), sent=("M117 quick",)),
    Row(("g",), code=2, says="required"),
    Row(("g", ";"), code=2, says="no command"),
    Row(("g", "m112"), code=2, says="'M112' is not sent"),
    Row(("g", "M108"), code=2, says="is not sent"),
    Row(("g", "M117 a\x1b[31m"), code=2, says="control character"),
    Row(("g", "G28 X", "--port", "/dev/tty"), code=2, says="--port is no G-code: .* before it"),
    Row(("gmulti", "G28 X", "--no-wait"), code=2, says="--no-wait is no G-code"),
    Row(("g", "M117 a", "--port"), requests=asks("M117 a --port"), sent=("M117 a --port",)),
    Row(("g", "M500"), code=2, says="--yes"),
    Row(("gcase", "M117 as IT is"), requests=asks("M117 as IT is"), sent=("M117 as IT is",)),
    Row(("gcase", "g1 x1"), code=2, says="lower case"),
    Row(("g0", "x5", "f600"), requests=asks("G0 X5 F600"), sent=("G0 X5 F600",)),
    Row(("g1", "x4 y4 f600"), requests=asks("G1 X4 Y4 F600"), sent=("G1 X4 Y4 F600",)),
    Row(("g1", "x1 f-5"), code=2, says="feed rate"),
    Row(
        ("gmulti", "m117 One", "g91", "g90"),
        requests=asks("M117 One", "G91", "G90"),
        sent=("M117 One", "G91", "G90"),
    ),
    Row(("gmulti",), code=2, says="required"),
    Row(("getpos",), printed=PLACE, requests=asks("M114")),
    Row(
        ("getpos", "--json"),
        re.compile(r'\{\s+"x": [\d.-]+,\s+"y": [\d.-]+,\s+"z": [\d.-]+,\s+"e": [\d.-]+\s+\}\n'),
        asks("M114"),
    ),
    Row(("getpos", "x"), code=2, says="Unrecognized"),
)
