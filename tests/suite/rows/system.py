"""What the printer's host runs by name, and the power of the printer."""

from __future__ import annotations

import re

from tests.suite.row import KINDS, Row
from tests.suite.there import There

OCTOPRINT, OTHERS = KINDS[:1], KINDS[1:]
SYSTEM = "POST /api/system/commands/custom/{} {{}}"
COMMAND = 'POST /api/printer/command {{"commands": ["{}"]}}'
LISTED = re.compile(r'\{\n  "core": \[[^\0]*"action": "light"[^\0]*"plugin": \[[^\0]*\]\n\}\n')

ROWS = (
    Row(("ListCmds",), LISTED),
    Row(("8ListCmds",), LISTED, before=There.printing),
    Row(("run", "light"), requests=(SYSTEM.format("light"),), kinds=OCTOPRINT),
    Row(("run", "light"), "lit\n", kinds=OTHERS),
    Row(("run", "broken"), code=7, says="broken failed with exit code 3.*no power"),
    Row(("run", "$(reboot)\x1b[2J"), code=2, says="There is no command .*; there are: .*light"),
    Row(("run",), code=2, says="NAME"),
    Row(("run", "light"), code=5, says="during a print", before=There.printing, kinds=OTHERS),
    Row(
        ("run", "light"),
        before=There.printing,
        requests=(SYSTEM.format("light"),),
        kinds=OCTOPRINT,
    ),
    Row(("run", "sweep"), requests=(SYSTEM.format("sweep"),)),
    Row(
        ("run", "sweep"),
        code=2,
        says="prints now. Is the bed empty.*--yes",
        before=There.printing,
        kinds=OCTOPRINT,
    ),
    Row(
        ("run", "--yes", "sweep"),
        before=There.printing,
        requests=(SYSTEM.format("sweep"),),
        kinds=OCTOPRINT,
    ),
    Row(("reset",), requests=(SYSTEM.format("reset"),)),
    Row(
        ("reset",),
        code=2,
        says="prints now. Run reset.*--yes",
        before=There.printing,
        kinds=OCTOPRINT,
    ),
    Row(("reset",), code=5, says="during a print", before=There.printing, kinds=OTHERS),
    Row(("on",), requests=(COMMAND.format("M80"),), sent=("M80",)),
    Row(("on",), code=5, says="during a print", before=There.printing),
    Row(("off",), requests=(COMMAND.format("M81"),), sent=("M81",)),
    Row(("off", "--yes"), code=5, says="during a print", before=There.printing),
)
