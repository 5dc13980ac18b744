"""The settings that the board keeps."""

from __future__ import annotations

import re

from tests.suite.row import KINDS, Row
from tests.suite.there import There

OURS = KINDS[1:]
LISTED = re.compile(r"(?s).*Steps per unit\n  M92 X {16}80\.00\n.*")

ROWS = (
    Row(("eeprom",), LISTED, kinds=OURS),
    Row(
        ("eeprom", "set", "M92", "E=400"),
        re.compile(r"(?s)Set\.\n.+"),
        sent=("M503", "M92 X80.00 Y80.00 Z400.00 E400", "M503"),
        kinds=OURS,
    ),
    Row(("eeprom", "set", "M92", "E=40"), code=2, says="to 40. To agree, add --yes", kinds=OURS),
    Row(("eeprom", "set", "M92", "E=4,5"), code=2, says="number with a point", kinds=OURS),
    Row(("eeprom", "set", "M92 \x1b[2J", "Q=1"), code=2, says="no setting", kinds=OURS),
    Row(("eeprom", "set", "M92"), code=2, says="as gbterm eeprom set", kinds=OURS),
    Row(("eeprom", "store"), code=2, says="has stored.* To agree, add --yes", kinds=OURS),
    Row(("eeprom", "store", "--yes"), "Stored.\n", sent=("M500", "M503"), kinds=OURS),
    Row(("eeprom", "load", "--yes"), "Loaded.\n", sent=("M501", "M503"), kinds=OURS),
    Row(("eeprom", "reset"), code=2, says="default of the firmware", kinds=OURS),
    Row(("eeprom",), before=There.printing, code=5, says="list settings", kinds=OURS),
    Row(("eeprom", "list", "more"), code=2, says="no more words", kinds=OURS),
    Row(("eeprom", "burn"), code=2, says="choose from"),
    Row(("eeprom",), code=2, says="settings of its board", kinds=KINDS[:1], lacks=True),
)
