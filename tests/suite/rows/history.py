"""The prints of the past, and who did what."""

from __future__ import annotations

import re

from tests.suite.row import KINDS, Row
from tests.suite.there import There

OCTOPRINT, OTHERS = KINDS[:1], KINDS[1:]
MINUTE = r"\d{4}-\d\d-\d\d \d\d:\d\d"
HEAD = r"ended +outcome +took +estimate +filament +name\n"
PRINTS = re.compile(
    rf"{HEAD}(?:.*\n)*{MINUTE} cancelled .*box\.gcode\n {{17}}\d+ % of it, .*started by \S+.*\n"
)
ACTIONS = re.compile(
    rf"(?:{MINUTE}:\d\d  \S+ .*\n)*{MINUTE}:\d\d  \S+ +finish_upload .*box\.gcode.*\n"
)
AS_JSON = re.compile(r'\[\n  \{[^\0]*"method": "finish_upload"[^\0]*\}\n\]\n')


def _cancelled(there: There) -> None:
    there.printing()
    there.rest()


ROWS = (
    Row(("history",), PRINTS, before=_cancelled, kinds=OTHERS),
    Row(("history", "--search", "no such print"), kinds=OTHERS),
    Row(("history", "--outcome", "unknown"), kinds=OTHERS),
    Row(("history", "--outcome", "gone\x1b[2J"), code=2, says="choose from"),
    Row(("history", "--actions", "--search", "upload"), ACTIONS, before=_cancelled, kinds=OTHERS),
    Row(
        ("history", "--actions", "--json", "--search", "upload"),
        AS_JSON,
        before=_cancelled,
        kinds=OTHERS,
    ),
    Row(("history", "--actions", "--who", "nobody there"), kinds=OTHERS),
    Row(("history", "--since", "yesterday\x1b[2J"), code=2, says="is no time, write it as"),
    Row(("history", "--most", "0"), code=2, says="'0' is no number from 1 on"),
    Row(("history",), code=2, says="has no history of prints", kinds=OCTOPRINT, lacks=True),
    Row(("history", "--actions"), code=2, says="who did what", kinds=OCTOPRINT, lacks=True),
)
