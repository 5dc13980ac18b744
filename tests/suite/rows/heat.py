"""The heaters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tests.suite.row import Row, at_rest
from tests.suite.rows.gcode import asks
from tests.suite.there import There

Before = Callable[[There], None]
TOOL = 'POST /api/printer/tool {"command": "target", "targets": {"tool0": %g}}'
BED = 'POST /api/printer/bed {"command": "target", "target": %g}'


NOW = asks("M105")
"""For what the board is told after all that it was told before."""


def warm(there: There) -> None:
    """Both have a target."""
    there.ask(lambda backend: backend.set_temperature(nozzles={0: 60.0}, bed=40.0))


def tool(target: float) -> tuple[str, ...]:
    """What OctoPrint is asked for a nozzle."""
    return (TOOL % target,)


def bed(target: float) -> tuple[str, ...]:
    """What OctoPrint is asked for the bed."""
    return (BED % target,)


def heated(
    typed: tuple[str, ...],
    target: float,
    before: Before = at_rest,
    first: tuple[str, ...] = (),
) -> tuple[Row, Row]:
    """A nozzle gets a target; an OctoPrint with one doesn't say which, and is asked `first`."""
    requests = (*first, *tool(target))
    asked = Row(typed, requests=requests, sent=(f"M104 S{target:g}",), before=before)
    sent = Row(typed, sent=(f"M104 T0 S{target:g}",), before=before, kinds=("opengb", "direct"))
    return replace(asked, kinds=("octoprint",)), sent


ROWS = (
    *heated(("settemp", "55"), 55),
    *heated(("settemp", "0"), 0),
    Row(("settemp",), code=2, says="required"),
    Row(("settemp", "hot"), code=2, says="'hot' is no number"),
    Row(("settemp", "-1"), code=2, says="from 0 to"),
    Row(("settemp", "nan"), code=2, says="no number"),
    Row(("settemp", "999"), code=2, says="from 0 to 300", kinds=("opengb", "direct")),
    Row(("setbed", "45"), requests=bed(45), sent=("M140 S45",)),
    Row(("setbed", "1e9"), code=2, says="no number"),
    *heated(("settempr", "5"), 65, warm, NOW),
    *heated(("settempr", "-5"), 55, warm, NOW),
    *heated(("settempr", "-900"), 0, warm, NOW),
    Row(("settempr", "400"), before=warm, code=2, says="from 0 to 300", kinds=("opengb", "direct")),
    Row(("settempr", "x"), code=2, says="no number"),
    Row(("setbedr", "2.5"), before=warm, requests=(*NOW, *bed(42.5)), sent=("M140 S42.5",)),
    Row(("setbedr",), code=2, says="required"),
    *heated(("temp", "tool0", "50"), 50),
    Row(("temp", "bed", "30"), requests=bed(30), sent=("M140 S30",)),
    Row(("temp",), re.compile(r"tool0: \d+\.\d.*\n(tool1: .*\n)?bed: \d+\.\d.*\n(chamber: .*\n)?")),
    Row(("temp", "bed"), re.compile(r"bed: \d+\.\d.*\n")),
    Row(
        ("temp", "tool0", "--json"),
        re.compile(r'\{\s+"tool0": \{\s+"current": .*,\s+"target": .*\s+\}\s+\}\n'),
    ),
    Row(("temp", "tool5", "50"), code=2, says="no tool5: this printer has [12]"),
    Row(("temp", "tool5"), code=2, says="no tool5"),
    Row(("temp", "oven", "50"), code=2, says="no heater"),
    Row(("temp", "\x1b[2J", "5"), code=2, says="no heater"),
    Row(
        ("chamber", "50"),
        requests=('POST /api/printer/chamber {"command": "target", "target": 50}',),
        sent=("M141 S50",),
        kinds=("octoprint",),
    ),
    Row(("chamber",), code=2, says="required"),
    Row(("chamber", "50"), code=2, says="no heated chamber", kinds=("opengb", "direct")),
    Row(("chamber", "warm"), code=2, says="no number"),
)
