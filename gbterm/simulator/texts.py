"""The long answers: boot banner, capabilities, build strings."""

from __future__ import annotations

from collections.abc import Iterator

from gbterm.simulator.variants import Variant

BUILD = "bugfix-2.0.x"
BUILD_DATE = "Nov 20 2026"
BUILD_TIME = "19:04:28"
UUID = "cede2a2f-41a2-4748-9b12-c55c62f367ff"
AREA = "{min:{x:0.00,y:0.00,z:0.00},max:{x:200.00,y:200.00,z:200.00}}"

# Name -> in the full build, in the near-stock single-extruder build; None = not listed.
CAPABILITIES: dict[str, tuple[int, int | None]] = {
    "QUOTED_STRINGS": (1, None),
    "SERIAL_XON_XOFF": (0, 0),
    "BINARY_FILE_TRANSFER": (0, 0),
    "EEPROM": (1, 1),
    "VOLUMETRIC": (1, 1),
    "AUTOREPORT_POS": (1, 0),
    "AUTOREPORT_TEMP": (1, 1),
    "PROGRESS": (0, 0),
    "PRINT_JOB": (1, 1),
    "AUTOLEVEL": (0, 0),
    "RUNOUT": (0, 0),
    "Z_PROBE": (0, 0),
    "LEVELING_DATA": (1, 0),
    "BUILD_PERCENT": (1, 0),
    "SOFTWARE_POWER": (0, 0),
    "TOGGLE_LIGHTS": (0, 0),
    "CASE_LIGHT_BRIGHTNESS": (0, 0),
    "EMERGENCY_PARSER": (1, 0),
    "HOST_ACTION_COMMANDS": (1, 0),
    "PROMPT_SUPPORT": (1, 0),
    "SDCARD": (1, 1),
    "REPEAT": (0, 0),
    "SD_WRITE": (1, 1),
    "AUTOREPORT_SD_STATUS": (1, 1),
    "LONG_FILENAME": (1, 1),
    "THERMAL_PROTECTION": (1, 1),
    "MOTION_MODES": (0, 0),
    "ARCS": (1, 1),
    "BABYSTEPPING": (1, 1),
    "CHAMBER_TEMPERATURE": (0, 0),
    "COOLER_TEMPERATURE": (0, 0),
    "MEATPACK": (0, 0),
}


OF_A_PROBE = ("AUTOLEVEL", "Z_PROBE")


def banner(variant: Variant, settings: list[str], *, external_reset: bool) -> Iterator[str]:
    """What the board says when it starts; `settings` is what it says of those that it loads."""
    yield "start"
    yield " External Reset" if external_reset else "PowerUp"
    yield f"Marlin {BUILD}"
    yield ""
    yield "echo: Last Updated: 2021-07-20 | Author: (none, default config)"
    yield f"echo:Compiled: {BUILD_DATE}"
    yield f"echo: Free Memory: 0  PlannerBufferBytes: {variant.planner_bytes}"
    if variant.host_prompts:
        yield f"//action:notification {variant.machine} Ready."
    yield from settings
    if variant.host_prompts:
        yield "//action:prompt_end"


def settings_retrieved(variant: Variant) -> str:
    """The answer to M501, also said at boot."""
    size = f"({variant.settings_bytes} bytes; crc {variant.settings_crc})"
    return f"echo:V83 stored settings retrieved {size}"


def settings_stored(variant: Variant) -> Iterator[str]:
    """The answer to M500, also said by the first boot."""
    yield f"echo:Settings Stored ({variant.settings_bytes} bytes; crc {variant.settings_crc})"
    if variant.host_prompts:
        yield "//action:notification Settings Stored"


def firmware_info(variant: Variant) -> Iterator[str]:
    """The answer to M115."""
    yield (
        f"FIRMWARE_NAME:Marlin {BUILD} ({BUILD_DATE} {BUILD_TIME})"
        " SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin PROTOCOL_VERSION:1.0"
        f" MACHINE_TYPE:{variant.machine} EXTRUDER_COUNT:{variant.extruders} UUID:{UUID}"
    )
    column = 0 if variant.host_prompts else 1
    built = {
        "EEPROM": variant.eeprom,
        "BINARY_FILE_TRANSFER": variant.binary_transfer,
        **({name: True for name in OF_A_PROBE} if variant.levelling != "mbl" else {}),
    }
    for name, values in CAPABILITIES.items():
        if (usual := values[column]) is not None:
            yield f"Cap:{name}:{int(built.get(name, usual))}"
    yield f"area:{{full:{AREA},work:{AREA}}}"
