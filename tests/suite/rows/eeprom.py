"""The settings that the board keeps."""

from __future__ import annotations

import re

from tests.suite.row import KINDS, Row
from tests.suite.there import There

OURS = KINDS[1:]


def with_500_steps(there: There) -> None:
    """A mm of filament takes as many as at first."""
    there.ask(lambda backend: backend.set_board_settings({"M92 E": "500"}, confirmed=True))


def changed(there: There) -> None:
    """Since a copy was saved, a setting was changed."""
    with_500_steps(there)
    there.ask(lambda backend: backend.save_settings_copy("winter", confirmed=True))
    there.ask(lambda backend: backend.set_board_settings({"M92 E": "400"}, confirmed=True))


def stored(there: There) -> None:
    """Since the settings were stored, one was changed."""
    with_500_steps(there)
    there.ask(lambda backend: backend.store_board_settings(confirmed=True))
    there.ask(lambda backend: backend.set_board_settings({"M92 E": "400"}, confirmed=True))


SAVED = re.compile(r"\d+ settings are saved as winter\.\n")
LISTED = re.compile(r"(?s).*Steps per unit\n  M92 X {16}80\.00\n.*")

ROWS = (
    Row(("eeprom",), LISTED, kinds=OURS),
    Row(
        ("eeprom", "set", "M92", "E=400"),
        re.compile(r"(?s)Set\.\n.*"),
        sent=("M503", "M92 E400", "M503"),
        before=with_500_steps,
        kinds=OURS,
    ),
    Row(("eeprom", "set", "M92", "E=40"), code=2, says="to 40. To agree, add --yes", kinds=OURS),
    Row(("eeprom", "set", "M92", "E=4,5"), code=2, says="number with a point", kinds=OURS),
    Row(("eeprom", "set", "M92 \x1b[2J", "Q=1"), code=2, says="no setting", kinds=OURS),
    Row(("eeprom", "set", "M92"), code=2, says="as gbterm eeprom set", kinds=OURS),
    Row(("eeprom", "store"), code=2, says="has stored.* To agree, add --yes", kinds=OURS),
    Row(("eeprom", "store", "--yes"), "Stored.\n", sent=("M500", "M503"), kinds=OURS),
    Row(("eeprom", "load", "--yes"), "Loaded.\n", sent=("M501", "M503"), before=stored, kinds=OURS),
    Row(("eeprom", "reset"), code=2, says="default of the firmware", kinds=OURS),
    Row(("eeprom",), before=There.printing, code=5, says="list settings", kinds=OURS),
    Row(
        ("eeprom", "diff"),
        "M92 E               400.00  stored: 500.00\n",
        before=stored,
        kinds=OURS,
    ),
    Row(("eeprom", "copies"), re.compile(r"(?:\S+ \S+ +\d+ settings  winter\n)?"), kinds=OURS),
    Row(("eeprom", "save", "winter", "--yes"), SAVED, kinds=OURS),
    Row(("eeprom", "save", "../x"), code=2, says="no name for a copy", kinds=OURS),
    Row(
        ("eeprom", "diff", "winter"),
        "M92 E               400.00  copy: 500.00\n",
        before=changed,
        kinds=OURS,
    ),
    Row(
        ("eeprom", "restore", "winter"),
        code=2,
        says="M92 E 500.00 .now 400.00.",
        before=changed,
        kinds=OURS,
    ),
    Row(
        ("eeprom", "restore", "winter", "m92 e", "--yes"),
        re.compile(r"(?s)Restored\.\n.*"),
        before=changed,
        sent=("M503", "M503", "M92 E500.00", "M503"),
        kinds=OURS,
    ),
    Row(("eeprom", "delete", "none"), code=2, says="no copy 'none'", kinds=OURS),
    Row(("eeprom", "delete"), code=2, says="Say which copy", kinds=OURS),
    Row(("eeprom", "list", "more"), code=2, says="no more words", kinds=OURS),
    Row(("eeprom", "burn"), code=2, says="choose from"),
    Row(("eeprom",), code=2, says="settings of its board", kinds=KINDS[:1], lacks=True),
)
