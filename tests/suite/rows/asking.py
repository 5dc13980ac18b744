"""Questions and answers, the change of filament, and the counters."""

from __future__ import annotations

import re

from gbterm.backends.base import Backend
from gbterm.model import Phase
from tests.endtoend.house import wait_until
from tests.suite.row import KINDS, Row
from tests.suite.there import LONG_PRINT, There

OCTOPRINT = KINDS[:1]
OURS = KINDS[1:]
"""OctoPrint sends no M0 of a file, which is what asks here."""


def asking(there: There) -> None:
    """A file that is printed asks something."""
    path = there.file("asks.gcode", "G28\nM0 Change the plate\n" + LONG_PRINT)

    async def begin(backend: Backend) -> None:
        await backend.print_file((await backend.upload(path)).id)

    there.ask(begin)
    there.becomes(Phase.PAUSED)


def board_asks(there: There) -> None:
    """The board asks something by itself."""
    lines = ("begin Really?", "button Yes", "button No", "show")
    asks = "\n".join(f"M118 A1 action:prompt_{line}" for line in lines)
    there.ask(lambda backend: backend.send_gcode(asks))
    wait_until(lambda: there.state().prompt is not None, "its question")


def _swapping(there: There) -> None:
    there.ask(lambda backend: backend.set_temperature(nozzles={0: 210.0}))
    wait_until(lambda: (there.state().nozzles[0].current or 0) > 205, "it is hot")
    there.printing()
    there.ask(lambda backend: backend.begin_swap())
    there.becomes(Phase.FILAMENT_SWAP)
    wait_until(lambda: there.state().prompt is not None, "the filament is out")


JSON = """\
{
  "text": "M0 Change the plate",
  "choices": [
    "Continue"
  ]
}
"""

ROWS = (
    Row(("prompt",), code=5, says="asks nothing now"),
    Row(("prompt",), "M0 Change the plate\n1 Continue\n", before=asking, kinds=OURS),
    Row(("prompt", "--json"), JSON, before=asking, kinds=OURS),
    Row(("answer", "1"), code=5, says="asks nothing now"),
    Row(("answer", "1"), before=asking, kinds=OURS),
    Row(("answer", "Really\x1b[2J"), before=asking, kinds=OURS, code=2, says="known: 1 "),
    Row(("prompt",), "Really?\n1 Yes\n2 No\n", before=board_asks, kinds=OCTOPRINT),
    Row(
        ("answer", "no"),
        before=board_asks,
        requests=('POST /api/plugin/action_command_prompt {"choice": 1, "command": "select"}',),
        sent=("M876 S1",),
        kinds=OCTOPRINT,
    ),
    Row(("answer",), code=2, says="N.TEXT"),
    Row(("swap", "begin"), before=There.printing, kinds=OURS),
    Row(("swap", "complete"), before=_swapping, kinds=OURS),
    Row(("swap", "complete"), code=5, says="not changing filament", kinds=OURS),
    Row(("swap", "begin"), code=2, says="can't change filament", kinds=OCTOPRINT, lacks=True),
    Row(("swap",), code=5, says=".", kinds=OURS),
    Row(("swap", "end"), code=2, says="begin"),
    Row(("counters",), re.compile(r"(?:\w+: \d+\n){12}"), kinds=OURS),
    Row(("counters",), code=2, says="no counters", kinds=OCTOPRINT, lacks=True),
)
