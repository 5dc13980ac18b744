"""What stands on and around a printer."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.rows.asking import OURS, asking, board_asks
from tests.suite.rows.gcode import asks
from tests.suite.there import There

ROWS = (
    Row(("fan", "on"), requests=asks("M106 S255"), sent=("M106 S255",), kinds=("octoprint",)),
    Row(("fan", "128"), requests=asks("M106 S128"), sent=("M106 S128",), kinds=("octoprint",)),
    Row(("fan", "off"), requests=asks("M107"), sent=("M107",), kinds=("octoprint",)),
    Row(("fan", "on"), sent=("M106 P0 S255",), kinds=("opengb", "direct")),
    Row(("fan", "1"), sent=("M106 P0 S1",), kinds=("opengb", "direct")),
    Row(("fan", "off"), sent=("M106 P0 S0",), kinds=("opengb", "direct")),
    Row(("fan",), code=2, says="required"),
    Row(("fan", "256"), code=2, says="no speed"),
    Row(("fan", "on\nM112"), code=2, says="no speed"),
    Row(("fan2", "on"), requests=asks("M42 P57 S255"), sent=("M42 P57 S255",)),
    Row(("fan2", "off"), requests=asks("M42 P57 S0"), sent=("M42 P57 S0",)),
    Row(("fan2", "5"), code=2, says="invalid choice"),
    Row(("servo", "0", "90"), requests=asks("M280 P0 S90"), sent=("M280 P0 S90",)),
    Row(("servo", "0", "0.00001"), requests=asks("M280 P0 S0"), sent=("M280 P0 S0",)),
    Row(("servo", "0"), code=2, says="required"),
    Row(("servo", "0", "1e3"), code=2, says="no number"),
    Row(("servo", "-1", "5"), code=2, says="no whole number"),
    Row(("msg", "Hello", "you"), requests=asks("M117 Hello you"), sent=("M117 Hello you",)),
    Row(("msg", "-5", "or\nM112"), requests=asks("M117 -5 or M112"), sent=("M117 -5 or M112",)),
    Row(("msg", ""), requests=asks("M117"), sent=("M117",)),
    Row(("msg", "a;b"), code=2, says="leave it out"),
    Row(("msg", "\x1b[2J"), code=2, says="control character"),
    Row(("msg",), code=2, says="required"),
    Row(("beep",), requests=asks("M300 P500 S2000"), sent=("M300 P500 S2000",)),
    Row(("beep", "100", "440"), requests=asks("M300 P100 S440"), sent=("M300 P100 S440",)),
    Row(("beep", "0"), code=2, says="no whole number"),
    Row(("beep",), before=There.printing, requests=asks("M300 P500 S2000")),
    Row(("click",), code=5, says="waits for no button"),
    Row(("click",), before=asking, kinds=OURS),
    Row(
        ("click",),
        before=board_asks,
        requests=('POST /api/plugin/action_command_prompt {"choice": 0, "command": "select"}',),
        sent=("M876 S0",),
        kinds=("octoprint",),
    ),
)
