"""Which commands a board leaves out, because its firmware has none of that name."""

from __future__ import annotations

import re

from gbterm.findings import Severity
from gbterm.gcode.codes import CODES
from gbterm.model import Firmware

_BY_CAPABILITY = {
    "ARCS": ("G2", "G3"),
    "AUTOLEVEL": ("G29",),
    "AUTOREPORT_POS": ("M154",),
    "AUTOREPORT_TEMP": ("M155",),
    "BABYSTEPPING": ("M290",),
    "BUILD_PERCENT": ("M73",),
    "CHAMBER_TEMPERATURE": ("M141", "M191"),
    "COOLER_TEMPERATURE": ("M143", "M193"),
    "EEPROM": ("M500", "M501"),
    "LEVELING_DATA": ("M420",),
    "PRINT_JOB": ("M75", "M76", "M77", "M78"),
    "REPEAT": ("M808",),
    "RUNOUT": ("M412",),
    "SOFTWARE_POWER": ("M80", "M81"),
    "TOGGLE_LIGHTS": ("M355",),
    "VOLUMETRIC": ("M200",),
    "Z_PROBE": ("G30",),
}
"""What M115 says of commands (Marlin's `M115.cpp`)."""
_CAPABILITY = {code: name for name, codes in _BY_CAPABILITY.items() for code in codes}
_DRAWS = ("G2", "G3")
"""Without them, parts of the print would be missing."""
_CODE = re.compile(r"([GMT]) *0*(\d{1,9})(\.\d+)?")
_TOOL = re.compile(r"T *[\d?xc]")


def left_out(text: str, firmware: Firmware | None) -> tuple[Severity, str, str] | None:
    """How bad it is that the command `text` does nothing, its name, and why; None where it works.

    With None, as far as any Marlin says. Another firmware may have commands of its own.
    """
    if _TOOL.match(text):
        return None
    match = _CODE.match(text)
    name = f"{match[1]}{match[2]}" if match else ""
    capability = _CAPABILITY.get(name, "")
    if firmware is not None and firmware.capabilities.get(capability) is False:
        severity = Severity.ASK if name in _DRAWS else Severity.NOTE
        return severity, name, f"is left out: the firmware says it has no {capability}"
    is_marlin = firmware is None or firmware.name.startswith("Marlin")
    known = match is not None and (name in CODES or f"{name}{match[3]}" in CODES)
    if known or not is_marlin:
        return None
    if match is None:
        name = text.split(maxsplit=1)[0][:20]
    return Severity.NOTE, name, "is no command of Marlin's, which leaves it out"
