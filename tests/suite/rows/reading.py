"""Reading."""

from __future__ import annotations

import re

from tests.suite.row import KINDS, Row
from tests.suite.there import There

OCTOPRINT, OTHERS = KINDS[:1], KINDS[1:]
A_LINE_EACH = re.compile(r"(?:\d+\.\d+\n){1,2}")
NUMBER = re.compile(r"\d+\.\d+\n")
WORDS = re.compile(
    r"READY\n(?:reason: .*\n)?(?:nozzle\d: \d+\.\d C, off\n)+bed: \d+\.\d C, off\n(?:.+\n)*"
)
READ_AS_JSON = re.compile(r'\{\n  "printer": ".+",\n  "state": "READY",\n[^\0]*\}\n')
TOOL = r"\s+\"tool\d\": \d+\.\d+"
TOOLS = re.compile(rf"\{{{TOOL}(?:,{TOOL})?\n\}}\n")
OF_OCTOPRINT = re.compile(r'\{\n  "api": "0\.1",[^\0]*"OctoPrint [^\0]*\}\n')
OF_GBTERM = re.compile(r'\{\n  "api": null,[^\0]*"gbterm [^\0]*\}\n')
FILE = r"configuration: /.*/gbterm/config\.toml\n"
NO_KEY = re.compile(r"printer: .*\naddress: (?:/|ws:).*\nkey: none\n" + FILE)
KEY_FILE = re.compile(r"printer: .*\naddress: http://.*\nkey: from /.*/key\n")
OCTOCMD = re.compile(
    r"printer: octocmd\naddress: http://.*\nkey: from /.*/\.octocmd\.conf\n"
    r"configuration: /.*/\.octocmd\.conf\n"
)
NO_JSON = r"\.octocmd\.conf is no JSON object; write it as"
MACHINE = re.compile(r"Machine: http://127\.0\.0\.1:\d+\nOperational\n")


def heater(name: str) -> re.Pattern[str]:
    members = r'"actual": \d+\.\d+,\s+(?:"offset": 0,\s+)?"target": 0\.0(?:,\s+"offset": 0)?'
    one = rf'\s+"{name}": \{{\s+{members}\s+\}}'
    return re.compile(rf"\{{{one}(?:,{one})?\n\}}\n")


def connection(state: str) -> re.Pattern[str]:
    return re.compile(rf'\{{\n  "current": \{{[^}}]*"state": "{state}"[^\0]*\}}\n')


NOT_CONNECTED = "not connected"

ROWS = (
    Row(("status",), WORDS),
    Row(("status", "--json"), READ_AS_JSON),
    Row(("status", "now"), code=2, says="now"),
    Row(("8status", "-q"), "Operational\n", kinds=OCTOPRINT),
    Row(("8status", "-q"), "READY\n", kinds=OTHERS),
    Row(("8status",), MACHINE, kinds=OCTOPRINT),
    Row(("8status",), re.compile(r"Machine: (?:ws://127\.|/).*\nREADY\n"), kinds=OTHERS),
    Row(("8status", "-q"), "Closed\n", before=There.disconnected, kinds=OCTOPRINT),
    Row(("8status", "-q"), "DISCONNECTED\n", before=There.disconnected, kinds=OTHERS),
    Row(("status_raw",), connection("Operational"), kinds=OCTOPRINT),
    Row(("status_raw",), connection("READY"), kinds=OTHERS),
    Row(("8statusraw",), connection("(?:Operational|READY)")),
    Row(("gettemp",), A_LINE_EACH),
    Row(("gettemp", "--json"), TOOLS),
    Row(("gettemp",), code=5, says=NOT_CONNECTED, before=There.disconnected),
    Row(("8gettemp",), A_LINE_EACH),
    Row(("8gettemp_raw",), heater(r"tool\d")),
    Row(("gettemp_raw",), heater(r"tool\d")),
    Row(("getbed",), NUMBER),
    Row(("8getbed",), NUMBER),
    Row(("getbed", "\x1b[2J; rm -rf /"), code=2, says="rm -rf"),
    Row(("getbed_raw",), heater("bed")),
    Row(("checkcfg",), NO_KEY, kinds=OTHERS),
    Row(("checkcfg",), KEY_FILE, kinds=OCTOPRINT),
    Row(("8checkcfg",), OCTOCMD, before=There.configured, kinds=OCTOPRINT),
    Row(("8status", "-q"), "Operational\n", before=There.configured, kinds=OCTOPRINT),
    Row(("8gettemp",), code=2, says=NO_JSON, before=There.misconfigured, kinds=OCTOPRINT),
    Row(("apiver",), OF_OCTOPRINT, kinds=OCTOPRINT),
    Row(("apiver",), OF_GBTERM, kinds=OTHERS),
    Row(("getjob",), re.compile(r'\{\n  "job": \{[^\0]*"state": "(?:Operational|READY)"\n\}\n')),
    Row(
        ("getjob",),
        re.compile(r'\{\n  "job": \{[^\0]*"name": "box\.gcode"[^\0]*"completion": \d[^\0]*\}\n'),
        before=There.printing,
    ),
)  # fmt: skip
