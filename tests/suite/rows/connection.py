"""The connection of the printer, and the emergency stop."""

from __future__ import annotations

from tests.suite.row import KINDS, Row

STOP = 'POST /api/printer/command {"command": "M112"}'

ROWS = (
    Row(("estop",), code=7, says="can't tell whether the board halted", kinds=KINDS[:1]),
    Row(("estop",), "The printer confirmed that it stopped.\n", kinds=KINDS[1:]),
)
