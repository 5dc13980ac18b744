"""Filament."""

from __future__ import annotations

from tests.endtoend.house import wait_until
from tests.suite.row import KINDS, Row
from tests.suite.rows.gcode import asks
from tests.suite.rows.heat import tool
from tests.suite.there import There


def hot(there: There) -> None:
    """Its nozzle melts filament."""
    there.ask(lambda backend: backend.send_gcode("M109 S200\nG92 E7"))


def cold(there: There) -> None:
    """Its nozzle melts none, and the board knows that."""
    there.ask(lambda backend: backend.send_gcode("M302 P0"))
    wait_until(lambda: (there.state().nozzles[0].current or 0) < 100, "a cold nozzle")


def fed_by_distances(there: There) -> None:
    """The same, and E is told by distances."""
    there.ask(lambda backend: backend.send_gcode("M109 S200\nG92 E7\nM83"))


PUSH = 'POST /api/printer/tool {"amount": %g, "command": "extrude"}'


def fed(*moves: str) -> tuple[str, ...]:
    """What is sent, with E as it was at the end."""
    return (*(c for move in moves for c in ("G92 E0", move)), "M400", "G92 E7.00")


def asked(*moves: str) -> tuple[str, ...]:
    """The same as OctoPrint is asked for it."""
    *told, last = fed(*moves)
    return (*asks("M114"), *asks(*told), *asks(last))


OUT = (*("G1 E3 F700", "G1 E-200 F2500", "G1 E-200 F2500", "G1 E-200 F2500", "G1 E-200 F2500"),)

ROWS = (
    Row(("ex", "5"), before=hot, requests=(PUSH % 5, *asks("M114"))),
    Row(
        ("ex", "-2.5"),
        before=fed_by_distances,
        sent=("G92 E0", "G1 E-2.5 F18000", "G92 E7"),
        kinds=KINDS[1:],
    ),
    Row(("ex", "5"), before=There.paused, code=5, says="move filament", kinds=KINDS[1:]),
    Row(("extrude", "-2"), before=hot, requests=(PUSH % -2, *asks("M114"))),
    Row(("ex",), code=2, says="required"),
    Row(("ex", "much"), code=2, says="no number"),
    Row(("ex", "9999"), code=2, says="from -5000 to 5000"),
    Row(("fex", "20"), before=hot, requests=asked("G1 E20 F2000"), sent=fed("G1 E20 F2000")),
    Row(
        ("fex", "-20", "600"),
        before=fed_by_distances,
        requests=asked("G1 E-20 F600"),
        sent=fed("G1 E-20 F600"),
    ),
    Row(("fex", "5"), before=cold, code=5, says="moved no filament: heat its nozzle"),
    Row(("fex", "5", "-1"), code=2, says="from 1 to"),
    Row(("fex", "5"), before=There.printing, code=5, says="move filament"),
    Row(("eject",), before=hot, requests=asked(*OUT), sent=fed(*OUT)),
    Row(("eject",), before=cold, code=5, says="moved no filament"),
    Row(("eject", "-t", "200"), before=hot, requests=(*tool(200), *asked(*OUT), *tool(0))),
    Row(("eject", "-t"), code=2, says="expected one argument"),
    Row(("eject", "-t", "hot"), code=2, says="no number"),
)
