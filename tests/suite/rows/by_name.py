"""Macros and presets."""

from __future__ import annotations

import re

from tests.suite.row import KINDS, Row
from tests.suite.rows.gcode import asks
from tests.suite.rows.heat import bed, tool
from tests.suite.there import There

OCTOPRINT, OTHERS = KINDS[:1], KINDS[1:]
BENCH = ("M117 Bench", "G91", "G90")
LISTED = re.compile(
    r'\[\s+\{\s+"name": "Bench",\s+"gcode": \[\s+"M117 Bench",\s+"G91",\s+"G90"\s+\],[^\0]*\]\n'
)
PRESETS = (
    "PLA: nozzle 210 °C, bed 60 °C\nPETG: nozzle 240 °C, bed 80 °C\n"
    "ABS: nozzle 245 °C, bed 100 °C\ncool down: nozzle 0 °C, bed 0 °C, chamber 0 °C\n"
)

ROWS = (
    Row(("macro", "Bench"), requests=asks(*BENCH), sent=BENCH),
    Row(("macro",), "Bench: M117 Bench; G91; G90\nlift: G91; G90\n"),
    Row(("macro", "--json"), LISTED),
    Row(("macro", "bench"), requests=asks(*BENCH), sent=BENCH),
    Row(("macro", "bunch"), code=2, says="There is no macro 'bunch'; there are: Bench, lift"),
    Row(("macro", "$(reboot)\x1b[2J"), code=2, says="There is no macro"),
    Row(("macro", "lift"), code=2, says="Is it free.* To agree, add --yes"),
    Row(("macro", "lift", "--yes"), requests=asks("G91", "G90"), sent=("G91", "G90")),
    Row(("preset", "PLA"), sent=("M104 T0 S210", "M104 T1 S210", "M140 S60"), kinds=OTHERS),
    Row(("preset", "cool", "down"), sent=("M104 T0 S0", "M104 T1 S0", "M140 S0"), kinds=OTHERS),
    Row(
        ("preset", "cool", "down"),
        code=2,
        says="goes on without their heat. Set it.* To agree, add --yes",
        before=There.printing,
        kinds=OTHERS,
    ),
    Row(
        ("preset", "cool", "down", "--yes"),
        before=There.printing,
        kinds=OTHERS,
    ),
    Row(
        ("preset", "pla"),
        requests=(*tool(180), *bed(60)),
        sent=("M104 S180", "M140 S60"),
        kinds=OCTOPRINT,
    ),
    Row(("preset",), PRESETS, kinds=OTHERS),
    Row(
        ("preset",),
        "ABS: nozzle 210 °C, bed 100 °C\nPLA: nozzle 180 °C, bed 60 °C\n",
        kinds=OCTOPRINT,
    ),
    Row(("preset", "TPU"), code=2, says="There is no preset 'TPU'; there are: .*PLA"),
)
