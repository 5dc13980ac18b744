"""Pins of the board and of this machine."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.rows.gcode import asks
from tests.suite.there import There

RISES = ("M42 P40 S0", "G4 P10", "M42 P40 S255")
PULSE = ("M42 P63 S0", "G4 P10", "M42 P63 S255", "G4 P50", "M42 P63 S0")
WAITS = ("M226 P65 S1", "M226 P65 S0", "M117")
NO_PROGRAM = "'gpio' can't be run"


def _resting(there: There) -> None:
    """So that it comes to nothing else for a while: simulated, no pin is waited for."""
    there.ask(lambda backend: backend.send_gcode("G4 S1500", wait=False))
    there.linger()


ROWS = (
    Row(("gsetpin", "0", "H"), requests=asks("M42 P63 S255"), sent=("M42 P63 S255",)),
    Row(("gsetpin", "2", "0"), requests=asks("M42 P42 S0"), sent=("M42 P42 S0",)),
    Row(("gsetpin", "1", "r"), requests=asks(*RISES), sent=RISES),
    Row(("gsetpin", "0", "P"), requests=asks(*PULSE), sent=PULSE),
    Row(("gsetpin", "4", "1"), code=2, says="no pin 4: 0 to 3"),
    Row(("gsetpin", "0", "x"), code=2, says="no level"),
    Row(("gsetpin",), code=2, says="required"),
    Row(("gwaitpin", "3", "F"), requests=asks(*WAITS), sent=WAITS),
    Row(("gwaitpin", "3", "1", "--timeout", "30"), requests=asks("M226 P65 S1", "M117")),
    Row(
        ("gwaitpin", "3", "1", "--timeout", "0.2"),
        before=_resting,
        code=6,
        says="The pin did not change within 0.2 s; the printer still waits for it",
    ),
    Row(("gwaitpin", "3", "1", "--timeout", "x"), code=2, says="no number of seconds"),
    Row(("gwaitpin", "9", "1"), code=2, says="no pin 9"),
    Row(("getpin", "0"), code=2, says=NO_PROGRAM),
    Row(("getpin", "7"), code=2, says="no pin 7"),
    Row(("setpin", "0", "1"), code=2, says=NO_PROGRAM),
    Row(("setpin", "0", "2"), code=2, says="no level"),
    Row(("waitpin", "0", "1", "--timeout", "1"), code=2, says=NO_PROGRAM),
    Row(("waitpin", "0"), code=2, says="required"),
)
