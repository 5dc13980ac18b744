"""The connection of the printer, and the emergency stop."""

from __future__ import annotations

from tests.suite.row import KINDS, Row
from tests.suite.there import There

OCTOPRINT, OTHERS = KINDS[:1], KINDS[1:]
CONNECT = 'POST /api/connection {"command": "connect", "printerProfile": "_default"}'
DISCONNECT = 'POST /api/connection {"command": "disconnect"}'
OFF = (
    'POST /api/printer/tool {"command": "target", "targets": {"tool0": 0}}',
    'POST /api/printer/bed {"command": "target", "target": 0}',
    'POST /api/printer/chamber {"command": "target", "target": 0}',
)

ROWS = (
    Row(("connect",)),
    Row(("connect",), before=There.disconnected, requests=(CONNECT,)),
    Row(("connect", "--json"), '{\n  "done": true\n}\n'),
    Row(("connect", "/dev/ttyUSB0; reboot"), code=2, says="reboot"),
    Row(("connect",), before=There.printing),
    Row(("connect",), code=7, says="stopped|not connected", before=There.halted, kinds=KINDS[2:]),
    Row(("disconnect",), requests=(*OFF, DISCONNECT)),
    Row(("disconnect",), before=There.disconnected),
    Row(("disconnect",), code=5, says="print", before=There.printing),
    Row(("reconnect",), requests=(DISCONNECT, CONNECT)),
    Row(("reconnect",), before=There.disconnected, requests=(CONNECT,)),
    Row(("reconnect",), code=5, says="print", before=There.printing),
    Row(("reconnect",), before=There.halted_and_reset, requests=(CONNECT,)),
    Row(("estop",), code=7, says="can't tell whether the board halted", kinds=OCTOPRINT),
    Row(("estop",), "The printer confirmed that it stopped.\n", kinds=OTHERS),
)
