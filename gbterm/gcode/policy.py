"""What of a file may be sent to a Marlin board: the table, with the reason of each row.

Every command is *sent* as it stands unless a row says otherwise. A code is compared as Marlin
reads it: `M0112` and `M 112` are M112. The rows come from Marlin 2.0.9's queue and emergency
parser (`queue.cpp`, `e_parser.h`) and from what a board was seen to answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from gbterm.gcode.lines import TEXT_CODES, encode
from gbterm.model import Firmware

MARLIN_LONGEST = 95
"""`MAX_CMD_SIZE` less its NUL. Marlin cuts what is longer and drops the checksum with it."""

LINE_NUMBER_DIGITS = 10
"""Marlin keeps line numbers as a 32-bit `long`: 2,147,483,647 is the largest there can be."""

LONGEST_TEXT = MARLIN_LONGEST - len("N ") - LINE_NUMBER_DIGITS - len("*255")
"""Bytes of a command that fit as `N<number> <command>*<checksum>`, whatever the number."""


class Action(Enum):
    """What the host does with a command of a file."""

    SENT = "sent"
    ASKED = "asked"
    """The user confirms before the start."""
    HELD = "held"
    """Never sent: the host drains the board, pauses and waits for the user."""
    REFUSED = "refused"
    """The file doesn't start."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a command; `reason` ends a sentence that begins with the command."""

    action: Action
    reason: str = ""


SENT = Verdict(Action.SENT)


def _refused(reason: str) -> Verdict:
    return Verdict(Action.REFUSED, reason)


_SD = "works on the printer's own card while the host prints"
_EARLY = "is run by Marlin as it arrives, ahead of the lines before it"

CODES: dict[int, Verdict] = {
    # The host's own pause is the same everywhere. Marlin's M0 says on the wire only "M0 Stop",
    # without the text, and blocks every line after it.
    0: Verdict(Action.HELD, "waits for the user"),
    1: Verdict(Action.HELD, "waits for the user"),
    24: _refused(_SD),
    28: _refused(_SD),
    29: _refused(_SD),
    30: _refused(_SD),
    32: _refused(_SD),
    # Emergency parser: M108 ends a wait for a heater, so the print would begin cold.
    108: _refused(f"{_EARLY}, and ends their wait for a heater"),
    110: _refused("sets the line number, by which the host proves that no line is lost"),
    112: _refused("halts the printer"),
    # Emergency parser: M410 throws the planned moves away.
    410: _refused(f"{_EARLY}, and throws their moves away"),
    500: Verdict(Action.ASKED, "stores the present settings in the printer"),
    501: Verdict(Action.ASKED, "loads the stored settings over the present ones"),
    502: Verdict(Action.ASKED, "resets the printer's settings to the factory's"),
    575: _refused("changes the baud rate, so the host would lose the printer"),
    # Emergency parser: M876 answers whatever prompt is open, which nobody has read yet.
    876: _refused(f"{_EARLY}, and answers a question in the user's stead"),
    928: _refused(_SD),
    997: _refused("updates the firmware"),
    999: _refused("restarts the printer, and makes it ask for lines again from 1"),
}
"""M codes by number. No G or T code has a row: all are sent, `T0` too."""

_FILAMENT_CHANGE = Verdict(Action.HELD, "asks for another filament, which the host does here")

_PLAIN = re.compile(r"[GT][A-LN-Z0-9 .+-]*")
"""What nearly every line is: nothing in it that a row could name."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # queue.cpp looks for M110 anywhere in a numbered line, and takes an N after it for the number.
    (re.compile(r"M110"), "holds M110, which Marlin takes for a new line number"),
    # Were the line's tail lost, what follows this star would be read as the checksum. Marlin cuts a
    # text at it anyway.
    (re.compile(r"\*"), "holds a *, which Marlin takes for the start of a checksum"),
    # process_stream_char() drops a backslash before it checks the checksum, which then never fits.
    (re.compile(r"\\"), "holds a \\, which Marlin drops and then misses in the checksum"),
    # With TEMPERATURE_UNITS_SUPPORT the host's own targets would mean something else from then on.
    (
        re.compile(r"\AM *0*149(?!\d).*[FK]"),
        "switches the printer to °F or K, while the host goes on in °C",
    ),
    # A comment with GCODE_QUOTED_STRINGS off, text with it on.
    (re.compile(r";"), "holds a ; in quotes, where some builds of Marlin cut the line"),
    # A backspace erases on some boards; 0xFF twice is a MeatPack signal.
    (re.compile(r"[\x00-\x08\x0a-\x1f\x7f\udcff]"), "holds a control character"),
    # e_parser.h stops reading at the last digit, so M1120 halts the printer as well.
    (re.compile(r"\AM *(?:108|112|410|876)\d"), "is taken for an emergency command by Marlin"),
    # e_parser.h with SOFT_RESET_VIA_SERIAL and with REALTIME_REPORTING_COMMANDS.
    (re.compile(r"\A(?:KILL|\^X|[SPR]000)"), "is taken for an emergency command by Marlin"),
    (re.compile(r"\AN"), "has a line number that can't be read"),
    # It stands right behind the line number, of which strtol() reads all digits that there are.
    (re.compile(r"\A[0-9]"), "begins with a digit, which Marlin takes for one of its line number"),
    # "Unknown command", for g1 as for m112: the move would be missing. So would `G1 x10`.
    (
        re.compile(r"\A(?:[gmtn] *\d|G *0*[0-3](?!\d).*[ \d.][xyzefijr] *[-+.]?\d)"),
        "is in lower case, which Marlin does not know: convert it to upper case",
    ),
    # M118 prints its text as it is; after these words it reads as the protocol's own.
    (
        re.compile(
            r"(?i)\AM *0*118 *(?:P\d+ *|E0 *|A0 *)*(?:ok|rs|resend|error|start|wait|!!|fatal)"
        ),
        "makes the printer say what the host would take for its answer",
    ),
)

_M_CODE = re.compile(r"M *(\d+)")
_BRACKET = re.compile(r"[GMT] *\d[^()]*[()]")


def judge(text: str, firmware: Firmware) -> Verdict:
    """What the host does with the command `text`, as `lines` gives it."""
    if len(text) <= LONGEST_TEXT and _PLAIN.fullmatch(text):
        return SENT
    size = len(encode(text))
    if size > LONGEST_TEXT:
        return _refused(
            f"is {size} characters long, and Marlin cuts what is over {LONGEST_TEXT} with its "
            "line number and checksum: shorten it"
        )
    for pattern, reason in _PATTERNS:
        if pattern.search(text):
            return _refused(reason)
    return _judge_code(text, firmware)


def _judge_code(text: str, firmware: Firmware) -> Verdict:
    match = _M_CODE.match(text)
    code = int(match[1]) if match else -1
    if _BRACKET.match(text) and code not in TEXT_CODES:
        return _refused("has a bracket without its other half")
    if code == 600:
        return SENT if has_filament_change(firmware) else _FILAMENT_CHANGE
    return CODES.get(code, SENT)


def has_filament_change(firmware: Firmware) -> bool:
    """Whether M600 may be left to the firmware.

    M115 doesn't tell of M600 itself. Where the firmware can't ask the host (`PROMPT_SUPPORT`), its
    questions would show on the printer's own display alone, and many builds answer M600 with
    "Unknown command": there the host holds it. It holds it also where no answer of the host's would
    be read while M600 waits for one (`EMERGENCY_PARSER`).
    """
    return firmware.can("PROMPT_SUPPORT") and firmware.can("EMERGENCY_PARSER")


def without_filament_change(firmware: Firmware) -> Firmware:
    """The same for a print over which Z was not homed: built with HOME_BEFORE_FILAMENT_CHANGE, the
    board would home it at M600, so that the host holds that."""
    return replace(firmware, capabilities={**firmware.capabilities, "PROMPT_SUPPORT": False})
