"""What backends may or may not be able to do."""

from __future__ import annotations

import enum

from gbterm.model import Firmware


class Capability(enum.Flag):
    """One ability, or several."""

    TEMPERATURE = enum.auto()
    MOVE = enum.auto()
    HOME = enum.auto()
    FILES = enum.auto()
    """List the files of a library."""
    JOB = enum.auto()
    """Pause, resume and cancel."""
    EMERGENCY_STOP = enum.auto()
    PROMPTS = enum.auto()
    """Show the firmware's questions and answer them."""
    RECONNECT = enum.auto()
    """Close and open the printer's port on request."""
    OVERRIDES = enum.auto()
    """Change flow and speed in percent of what the file says."""
    FANS = enum.auto()
    EXTRUDE = enum.auto()
    """Retract and push filament."""
    STEPPERS = enum.auto()
    """Let the motors hold, or free them."""
    FILAMENT_SWAP = enum.auto()
    """Change filament in the middle of a print."""
    GCODE = enum.auto()
    """Send G-code as it was typed, and show what the board says to it."""
    CONSOLE = enum.auto()
    """Show every line to and from the board."""
    BABYSTEP = enum.auto()
    """Move the nozzle up and down a little in the middle of a print."""
    ACTIONS = enum.auto()
    """Presets, macros and commands that its user configured."""
    HISTORY = enum.auto()
    """Tell of the prints of the past."""
    LAYERS = enum.auto()
    """Tell the layers of a file of the library, and draw one."""
    PAUSE_AT_LAYER = enum.auto()
    """Pause a print before layers that are named."""
    STATISTICS = enum.auto()
    """Tell what the stream to the board came to."""
    RESUME_JOB = enum.auto()
    """Go on with a print that a reset, a loss of power or a crash ended."""
    DOWNLOAD = enum.auto()
    """Hand out the content of a file of the library."""
    RENAME = enum.auto()
    """Give a file of the library another name."""
    FOLDERS = enum.auto()
    """The files of the library lie in folders."""
    SELECT = enum.auto()
    """Select a file without printing it, start and restart what is selected."""
    CONNECTION = enum.auto()
    """Choose the port, the baud rate and the profile by which a server drives its printer."""
    COUNTERS = enum.auto()
    """Tell how long what was in use."""
    DISKS = enum.auto()
    """Tell how full the disks of the printer's host are."""
    TEMPERATURE_HISTORY = enum.auto()
    """Tell what the heaters were at in the last hour."""
    UPLOAD = enum.auto()
    """Take files into the library, and change its folders where it has some."""
    DELETE = enum.auto()
    """Delete files of the library."""
    RESET = enum.auto()
    """Reset the board by the DTR line of its port, where that has one."""
    PRINT = enum.auto()
    """Print files of the library."""
    AUDIT = enum.auto()
    """Tell who did what and when."""
    MESH = enum.auto()
    """Tell the mesh by which the board levels its bed, and switch that on and off."""
    PROBE = enum.auto()
    """Measure that mesh with a probe."""
    BOARD_SETTINGS = enum.auto()
    """List, change, store and load what the board keeps."""
    SETTINGS_COPIES = enum.auto()
    """Keep copies of that."""
    CARD = enum.auto()
    """List, print, write and delete the files of the board's own card."""
    Z_OFFSET = enum.auto()
    """Store what babysteps found out as the offset of Z."""
    CORNERS = enum.auto()
    """Bring the nozzle to the corners of the bed, to level it by hand."""
    PID = enum.auto()
    """Tune the PID of a heater."""
    CHECK = enum.auto()
    """Look at a file of the library before it is printed."""


OF_LIBRARIES = Capability.FILES | Capability.UPLOAD | Capability.DELETE | Capability.PRINT
"""What every OpenGB server does with its files; for other kinds a key may allow only some."""


OF_SERVERS = (
    OF_LIBRARIES
    | Capability.ACTIONS
    | Capability.HISTORY
    | Capability.AUDIT
    | Capability.LAYERS
    | Capability.DOWNLOAD
    | Capability.RENAME
    | Capability.COUNTERS
    | Capability.DISKS
    | Capability.TEMPERATURE_HISTORY
    | Capability.SETTINGS_COPIES
    | Capability.CHECK
)
"""What a server adds to the printer that it serves."""
OF_OTHER_SERVERS = Capability.FOLDERS | Capability.SELECT | Capability.CONNECTION
"""What servers of other kinds add besides."""
_CAPS = {
    Capability.BABYSTEP: ("BABYSTEPPING",),
    Capability.MESH: ("LEVELING_DATA",),
    Capability.PROBE: ("LEVELING_DATA", "AUTOLEVEL", "Z_PROBE"),
    Capability.Z_OFFSET: ("BABYSTEPPING", "EEPROM"),
}
"""What M115 must say for each (M115.cpp)."""
OF_FIRMWARES = (
    Capability.BABYSTEP | Capability.MESH | Capability.PROBE | Capability.CARD | Capability.Z_OFFSET
)
METHODS = {
    Capability.BABYSTEP: "babystep",
    Capability.MESH: "get_bed_mesh",
    Capability.PROBE: "probe_bed",
    Capability.CARD: "get_card_files",
    Capability.Z_OFFSET: "save_z_offset",
}
"""By what a server does them."""


def of_firmware(firmware: Firmware) -> Capability:
    """What a board can do where its firmware says so."""
    found = Capability(0)
    for capability, names in _CAPS.items():
        if all(map(firmware.can, names)):
            found |= capability
    # Boards that tell nothing of it may have one.
    if firmware.capabilities.get("SDCARD", bool(firmware.name)):
        found |= Capability.CARD
    return found
