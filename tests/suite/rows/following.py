"""Following a printer."""

from __future__ import annotations

import re

from tests.suite.row import Row
from tests.suite.there import There

TIME = r"\d\d:\d\d:\d\d\.\d\d\d"
LINES = re.compile(rf"(?:{TIME} [<>] .+\n){{3}}")
AS_JSON = re.compile(r'(?:\{"at": \d+\.\d+, "direction": "(?:in|out)", "text": ".+"\}\n){2}')


def _talked(there: There) -> None:
    there.settle()
    there.settle()


ROWS = (
    Row(("tail", "-n", "3", "--count", "3"), LINES, before=_talked),
    Row(("tail", "-n", "2", "--count", "2", "--json"), AS_JSON, before=_talked),
    Row(("tail", "--count", "0"), code=2, says="'0' is no number from 1 on"),
    Row(("tail", "--hide", "everything\x1b[2J"), code=2, says="choose from"),
    Row(("tail", "-n", "many"), code=2, says="'many'"),
)
