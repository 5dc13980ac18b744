"""The job."""

from __future__ import annotations

import re

from gbterm.backends.base import Backend
from tests.suite.row import KINDS, Row
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
HOMED = (
    'POST /api/printer/printhead {"axes": ["x", "y", "z"], "command": "home"}',
    'POST /api/printer/command {"commands": ["M114"]}',
)
ODD = "a b, 'c' äöü.gcode"
OCTOPRINT, OTHERS = KINDS[:1], KINDS[1:]
SHOWN = re.compile(
    r"job: tower\.gcode\nstopped: between lines \d+ and \d+ of \d+\n"
    r"goes on: at line \d+, layer \d+\nnozzle: [\d.]+ mm above the bed(, or up to [\d.]+)?\n"
    r"heats: nozzle1 to 60 C\nasks: tower\.gcode stopped between .* Go on\?\n"
)


def print_of(quoted: str) -> str:
    """What OctoPrint is asked to print a file."""
    return f'POST /api/files/local/{quoted} {{"command": "select", "print": true}}'


def stocked(there: There, *names: str) -> None:
    """A library with these files."""
    for name in names or ("box.gcode",):
        path = there.file(name)
        there.ask(lambda backend, path=path: backend.upload(path))  # type: ignore[misc]


def odd(there: There) -> None:
    """A library with a file of an odd name."""
    stocked(there, ODD)


def dashed(there: There) -> None:
    """A library with a file that is called as an option is."""
    stocked(there, "-x.gcode")


def selected(there: There) -> None:
    """A file is selected."""
    path = there.file()

    async def select(backend: Backend) -> None:
        await backend.select_file((await backend.upload(path)).id)

    there.ask(select)


ROWS = (
    Row(("start", "box.gcode"), before=stocked, requests=(print_of("box.gcode"),)),
    Row(("print", "/box.gcode"), before=stocked, requests=(print_of("box.gcode"),)),
    Row(("start", "--", "-x.gcode"), before=dashed, requests=(print_of("-x.gcode"),)),
    Row(
        ("start", "--json", "box.gcode"),
        '{\n  "done": true\n}\n',
        (print_of("box.gcode"),),
        before=stocked,
    ),
    Row(
        ("start",),
        before=selected,
        requests=('POST /api/job {"command": "start"}',),
        kinds=OCTOPRINT,
    ),
    Row(("start",), code=5, says="No file is selected", kinds=OCTOPRINT),
    Row(("start",), code=5, says="gbterm start NAME", kinds=OTHERS),
    Row(("start", ""), before=selected, code=2, says="empty word", kinds=OCTOPRINT),
    Row(("start", "../../etc/passwd\x1b[31m"), code=2, says="holds no file"),
    Row(("start", "box.gcode"), before=There.printing, code=5, says="."),
    Row(("restart",), before=There.paused, requests=('POST /api/job {"command": "restart"}',)),
    Row(("restart",), code=5, says="paused"),
    Row(("restart",), before=There.printing, code=5, says="paused"),
    Row(("pause_raw",), before=There.printing, requests=(PAUSE,)),
    Row(("pause_raw",), before=There.paused, requests=(RESUME,)),
    Row(("pause_raw",), code=5, says="it has no job|nothing is printed|No job"),
    Row(("pause",), before=There.printing, requests=(PAUSE,)),
    Row(("pause",), before=There.paused, requests=(PAUSE,)),
    Row(("pause", "now"), code=2, says="nrecognized arguments: now"),
    Row(("resume",), before=There.paused, requests=(RESUME,)),
    Row(("resume",), before=There.printing, requests=(RESUME,)),
    Row(("resume_job", "--yes"), before=There.lost, kinds=OTHERS),
    Row(("resume_job", "--show"), SHOWN, before=There.lost, kinds=OTHERS),
    Row(("resume_job",), code=5, says="has lost no print that could go on", kinds=OTHERS),
    Row(("resume_job",), code=2, says="can't go on with a print", kinds=OCTOPRINT, lacks=True),
    Row(("resume_job", "--line", "0"), code=2, says="'0' is no number from 1 on"),
    Row(("resume_job", "--z", "high"), code=2, says="'high' is no number from 0"),
    Row(("cancel",), before=There.printing, requests=CANCEL),
    Row(("cancel",), code=5, says="it has no job|nothing is printed"),
    Row(("xcancel",), before=There.printing, requests=(*CANCEL, *HOMED)),
    Row(("xcancel",), code=5, says="it has no job|nothing is printed"),
)
