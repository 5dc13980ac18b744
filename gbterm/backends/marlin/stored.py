"""What a board stores, as far as it can be known: Marlin has no way to ask for it.

What is active right after a start, M500 or M501 is what is stored, so it is listed then. The board
says so itself, whoever wanted it, also at its display (settings.cpp, built with EEPROM_CHITCHAT).
"""

from __future__ import annotations

import re

from gbterm import board_settings
from gbterm.firmware_settings import Listing

_SAME = re.compile(r"echo: ?(?:V\d+ stored settings retrieved|Settings Stored) ?\(")
_DEFAULTS = "echo:Hardcoded Default Settings Loaded"
_UNREADABLE = ("EEPROM version mismatch", "EEPROM CRC mismatch")
_KEEPS = re.compile(
    rb"(?:G *0*(?:[0-4]|28|9[0-2])|M *0*(?:1[78]|2[0-7]|31|73|8[2-5]|10[4-9]|11[0457-9]|140|15[45]"
    rb"|190|211|22[01]|400|50[0134])|T *\d+)(?![\d.])"
)
"""What leaves every setting as it is, of all that is sent around a start."""

UNSEEN = (
    "What is stored is not known: the board did not start when it was connected, so that its"
    " settings may be others by now. Load what is stored, or store what is active."
)
CHANGED = (
    "What is stored is not known: a setting was changed before the board could be asked. Load what"
    " is stored, or store what is active."
)
NOTHING = "The board found nothing stored that it can read: store what is active."
ABSENT = "This board stores no settings: its firmware was built without (EEPROM_SETTINGS)."


class Stored:
    """Of one board, since its port was opened."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The port is opened: anything may have been changed before."""
        self.listing: Listing | None = None
        self.state, self.why = board_settings.UNKNOWN, UNSEEN
        self._is_active = False
        """Whether what is active is what is stored."""

    def heard(self, text: str) -> None:
        """The board said this."""
        if _SAME.match(text):
            self._is_active, self.listing = True, None
            self.state, self.why = board_settings.UNKNOWN, CHANGED
        elif text.startswith(_DEFAULTS):
            self._is_active = False
        elif any(words in text for words in _UNREADABLE):
            self._is_active, self.listing = False, None
            self.state, self.why = board_settings.NOTHING, NOTHING

    def executed(self, command: bytes) -> None:
        """The board carried this out."""
        if not _KEEPS.match(command):
            self._is_active = False

    def listed(self, listing: Listing) -> None:
        """These are the active ones now."""
        if self._is_active:
            self.listing = listing
            self.state, self.why = board_settings.KNOWN, ""
