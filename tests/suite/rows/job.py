"""The job."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.there import There

PAUSE = 'POST /api/job {"action": "pause", "command": "pause"}'
RESUME = 'POST /api/job {"action": "resume", "command": "pause"}'
CANCEL = (
    'POST /api/job {"command": "cancel"}',
    # Its own script may leave them on.
    'POST /api/printer/tool {"command": "target", "targets": {"tool0": 0}}',
    'POST /api/printer/bed {"command": "target", "target": 0}',
    'POST /api/printer/chamber {"command": "target", "target": 0}',
)

ROWS = (
    Row(("pause",), before=There.printing, requests=(PAUSE,)),
    Row(("pause",), before=There.paused, requests=(PAUSE,)),
    Row(("resume",), before=There.paused, requests=(RESUME,)),
    Row(("resume",), before=There.printing, requests=(RESUME,)),
    Row(("cancel",), before=There.printing, requests=CANCEL),
    Row(("cancel",), code=5, says="it has no job|nothing is printed"),
)
