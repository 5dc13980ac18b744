"""Waits."""

from __future__ import annotations

import re

from gbterm.backends.base import Backend
from gbterm.model import Phase
from tests.backends.kinds import until
from tests.suite.row import KINDS, Row
from tests.suite.there import There


def _heating(there: There) -> None:
    there.ask(lambda backend: backend.set_temperature(bed=60.0))


def _printed(there: There) -> None:
    """Something short, to its end."""
    path = there.file(content="G28\nG1 X10 F6000\n")

    async def run(backend: Backend) -> None:
        await backend.print_file((await backend.upload(path)).id)
        await until(lambda: backend.state.job is not None and backend.state.job.outcome)

    there.ask(run)
    there.becomes(Phase.READY)


def _cancelled(there: There) -> None:
    """The last print was, and not finished."""
    there.printing()
    there.ask(lambda backend: backend.cancel())
    there.becomes(Phase.READY)


def _ending(there: There) -> None:
    """Something short, which goes on."""
    path = there.file(content="G28\n" + "G1 X10 F3000\nG1 X20\n" * 20)

    async def run(backend: Backend) -> None:
        await backend.print_file((await backend.upload(path)).id)

    there.ask(run)


BEEP = ('POST /api/printer/command {"commands": ["M300 P500 S2000"]}',)

NONE = "No job is under way|job was cancelled"
ENDED = re.compile(
    r'\{\n  "outcome": "finished",\n  "job": "box.gcode",\n  "elapsed_s": [\d.]+\n\}\n'
)

ROWS = (
    Row(("waitfor", "state=READY")),
    Row(("waitfor", " state != paused ")),
    Row(("waitfor", "bed >= 50"), before=_heating),
    Row(("waitfor", "state=EXECUTING"), before=There.printing),
    Row(("waitfor", "bed>150", "--timeout", "0.2"), code=6, says="bed>150 did not .* within 0.2 s"),
    Row(("waitfor", "tool9<300"), code=2, says="no tool9"),
    Row(("waitfor", "progress>=90"), code=5, says=NONE, before=_cancelled),
    Row(("waitfor", "bad\x1b[2J>1"), code=2, says="no comparison"),
    Row(("waitfor", "fan>1"), code=2, says="known: state, bed"),
    Row(("waitfor", "state>READY"), code=2, says="= or !="),
    Row(("waitfor", "bed=nan"), code=2, says="no number"),
    Row(("waitfor",), code=2, says="EXPR"),
    Row(
        ("alarm", "d", "t", "290"),
        "tip temperature 290'C reached.\n",
        requests=BEEP,
        sent=("M300 P500 S2000",),
    ),
    Row(
        ("alarm", "t", "1"),
        "tip temperature 1'C reached.\n",
        before=There.printing,
        requests=BEEP,
    ),
    Row(
        ("alarm", "b", "50"),
        "bed temperature 50'C reached.\n",
        before=_heating,
        requests=BEEP,
    ),
    Row(("alarm", "x", "50"), code=2, says="'x'"),
    Row(("alarmq", "d", "t", "290"), "tip temperature 290'C reached.\n"),
    Row(("alarmq", "t", "280", "--timeout", "0.2"), code=6, says="within 0.2 s"),
    Row(("alarmq", "t", "280"), code=4, says="Not connected", before=There.disconnected),
    Row(("waitend",), before=_printed),
    Row(("waitend", "--json"), ENDED, before=_ending),
    Row(("waitend",), code=5, says=NONE, before=_cancelled),
    Row(("waitend", "--timeout", "0.2"), code=6, says="within 0.2 s", before=There.printing),
    Row(("waitend",), code=4, says="Not connected", before=There.disconnected, kinds=KINDS[:1]),
    Row(("waitend",), code=7, says="job failed|reports an error", before=There.halted),
    Row(("waitend", "--timeout", "soon"), code=2, says="'soon'"),
)
