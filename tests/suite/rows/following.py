"""Following a printer."""

from __future__ import annotations

import re

from tests.suite.row import Row
from tests.suite.there import There

TIME = r"\d\d:\d\d:\d\d\.\d\d\d"
LINES = re.compile(rf"(?:{TIME} [<>] .+\n){{3}}")
AS_JSON = re.compile(r'(?:\{"at": \d+\.\d+, "direction": "(?:in|out)", "text": ".+"\}\n){2}')

CLOCK = r"\d\d:\d\d:\d\d"
HEATERS = r"nozzle \d+ °C  bed \d+ °C"
READY = re.compile(rf"{CLOCK}  READY  (?:ended  |done  )?{HEATERS}.*\n")
PRINTS = re.compile(
    rf"{CLOCK}  (?:EXECUTING|STARTING)  \d+ %(?:  [\d:]+ left)?  {HEATERS}  .*box.gcode\n"
)
OFFLINE = re.compile(rf"{CLOCK}  DISCONNECTED  .*\w.*\n")
READING = r'\{"actual": \d+\.\d+, "target": 0\.0\}'
WATCHED = re.compile(
    r'\{"at": \d+\.\d+, "printer": ".+", "state": "READY", "phase": "READY", .*"is_old": false, .*'
    rf'"temperatures": \{{"tool0": {READING}, .*"bed": {READING}.*\}}\}}\n'
)
ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"
CSV = re.compile(
    r"time,tool0_actual,tool0_target,(?:tool1_actual,tool1_target,)?bed_actual,bed_target\n"
    rf"(?:{ISO}(?:,[\d.]+,0){{2,3}}\n){{2}}"
)
TABLE = re.compile(
    rf"time     tool0     (?:tool1     )?bed\n(?:{CLOCK} (?:[\d.]+ *){{2,3}}\n){{2}}"
)
READ = re.compile(rf'\{{"time": "{ISO}", "tool0": {READING}, .*"bed": {READING}\}}\n')


def _talked(there: There) -> None:
    there.settle()
    there.settle()


ROWS = (
    Row(("tail", "-n", "3", "--count", "3"), LINES, before=_talked),
    Row(("tail", "-n", "2", "--count", "2", "--json"), AS_JSON, before=_talked),
    Row(("tail", "--count", "0"), code=2, says="'0' is no number from 1 on"),
    Row(("tail", "--hide", "everything\x1b[2J"), code=2, says="choose from"),
    Row(("tail", "-n", "many"), code=2, says="'many'"),
    Row(("watch", "--count", "1"), READY),
    Row(("watch", "--count", "1"), PRINTS, before=There.printing),
    Row(("watch", "--count", "1"), OFFLINE, before=There.disconnected),
    Row(("watch", "--count", "1", "--json"), WATCHED),
    Row(("watch", "the pot"), code=2, says="the pot"),
    Row(("temps", "--count", "2", "--csv", "--every", "0.1"), CSV),
    Row(("temps", "--count", "2", "--every", "0.1"), TABLE),
    Row(("temps", "--count", "1", "--json"), READ),
    Row(("temps", "--csv", "--json"), code=2, says="only one of"),
    Row(("temps", "--every", "soon"), code=2, says="'soon' is no number of seconds"),
)
