"""Waits."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.there import There


def _heating(there: There) -> None:
    there.ask(lambda backend: backend.set_temperature(bed=60.0))


BEEP = ('POST /api/printer/command {"commands": ["M300 P500 S2000"]}',)

ROWS = (
    Row(("waitfor", "state=READY")),
    Row(("waitfor", " state != paused ")),
    Row(("waitfor", "bed >= 50"), before=_heating),
    Row(("waitfor", "state=EXECUTING"), before=There.printing),
    Row(("waitfor", "bed>150", "--timeout", "0.2"), code=6, says="bed>150 did not .* within 0.2 s"),
    Row(("waitfor", "tool9<300"), code=2, says="no tool9"),
    Row(("waitfor", "progress>=90"), code=5, says="No job is under way|job was cancelled"),
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
)
