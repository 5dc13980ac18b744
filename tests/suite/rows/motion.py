"""The head and the motors."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.rows.gcode import asks
from tests.suite.there import There

HEAD = "POST /api/printer/printhead "
JOG = HEAD + '{"absolute": false, "command": "jog", %s}'
FLOW = 'POST /api/printer/tool {"command": "flowrate", "factor": 105}'
PLACE = asks("M114")


def homed(there: There) -> None:
    """It knows its place."""
    there.ask(lambda backend: backend.home())


ROWS = (
    Row(("home",), requests=(HEAD + '{"axes": ["x", "y", "z"], "command": "home"}', *PLACE)),
    Row(("home", "X", "y"), requests=(HEAD + '{"axes": ["x", "y"], "command": "home"}', *PLACE)),
    Row(("home", "e"), code=2, says="no axes"),
    Row(("home", ""), code=2, says="no axes"),
    Row(("home", "xx"), code=2, says="each of x, y and z once"),
    Row(("home",), before=There.printing, code=5, says="home"),
    Row(("jog", "2"), before=homed, requests=(JOG % '"z": 2', *PLACE)),
    Row(("jog", "-1"), before=homed, requests=(JOG % '"z": -1', *PLACE)),
    Row(("jog", "3", "0", "-0.5"), before=homed, requests=(JOG % '"x": 3, "z": -0.5', *PLACE)),
    Row(
        ("jog", "1", "2", "0", "--json"),
        '{\n  "done": true\n}\n',
        (JOG % '"x": 1, "y": 2', *PLACE),
        before=homed,
    ),
    Row(("jog", "0")),
    Row(("jog", "0", "0", "0")),
    Row(("jog",), code=2, says="required"),
    Row(("jog", "1", "2"), code=2, says="jog X Y Z"),
    Row(("jog", "up"), code=2, says="no number"),
    Row(("jog", "inf"), code=2, says="no number"),
    Row(("jog", "99999"), code=2, says="up to 10000 mm"),
    Row(("jog", "1"), before=There.printing, code=5, says="move"),
    Row(
        ("speed", "90"),
        requests=(HEAD + '{"command": "feedrate", "factor": 90}',),
        sent=("M220 S90",),
    ),
    Row(("speed",), code=2, says="required"),
    Row(("speed", "0"), code=2, says="1 to 999"),
    Row(("speed", "fast"), code=2, says="no number"),
    Row(("feed", "105"), requests=(FLOW,), sent=("M221 S105",), kinds=("octoprint",)),
    Row(("feed", "105"), sent=("M221 S105 T0", "M221 S105 T1"), kinds=("opengb", "direct")),
    Row(("feed", "-3"), code=2, says="1 to 999"),
    Row(("stepon",), requests=asks("M17"), sent=("M17",)),
    Row(("stepoff",), requests=asks("M18"), sent=("M18",)),
    Row(("stepoff",), before=There.printing, code=5, says="motors"),
    Row(("sleep", "1.5"), requests=asks("G4 S1.5"), sent=("G4 S1.5",)),
    Row(("sleep", "0.00001"), requests=asks("G4 S0"), sent=("G4 S0",)),
    Row(("sleep",), code=2, says="required"),
    Row(("sleep", "-1"), code=2, says="from 0 to 600"),
    Row(("sleepms", "20"), requests=asks("G4 P20"), sent=("G4 P20",)),
    Row(("sleepms", "1;M112"), code=2, says="no number"),
)
