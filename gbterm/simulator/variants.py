"""How the recorded Marlin 2.0.9 builds differ from one another."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Variant:
    """One firmware build: what its configuration compiled in."""

    name: str
    buffer_size: int = 4  # BUFSIZE; the executing command keeps its slot
    rx_size: int = 128
    extruders: int = 2
    advanced_ok: bool = True
    emergency_parser: bool = True
    host_prompts: bool = True
    wait_interval: float = 0.0  # NO_TIMEOUTS; 0 = no `wait` lines
    first_label: str = "T0"  # how the first hotend is called in a two-extruder report
    report_time: float = 0.0083  # seconds a temperature report keeps the main loop busy
    settings_bytes: int = 732
    settings_crc: int = 18714
    planner_bytes: int = 1344
    machine: str = "Marlin Linux Sim"
    homes_first: bool = False  # NO_MOTION_BEFORE_HOMING
    levelling: str = "mbl"  # bilinear and ubl have a probe as well
    mesh_points: int = 3  # along each axis
    offset_by_babysteps: bool = False  # BABYSTEP_ZPROBE_OFFSET
    eeprom: bool = True  # EEPROM_SETTINGS
    binary_transfer: bool = False  # BINARY_FILE_TRANSFER
    unpacks: bool = True  # BINARY_STREAM_COMPRESSION
    e_steps: float = 500.0  # a mm of filament really takes, whatever M92 says
    bed_pid: bool = False  # PIDTEMPBED
    nozzle_timeout: float = 45.0  # s, PAUSE_PARK_NOZZLE_TIMEOUT


DEFAULT = Variant("default")
BIG = replace(DEFAULT, name="big", buffer_size=32, rx_size=1024, first_label="T")
PLAIN = replace(DEFAULT, name="plain", advanced_ok=False, wait_interval=1.0, first_label="T")
SINGLE = replace(
    DEFAULT,
    name="single",
    extruders=1,
    advanced_ok=False,
    emergency_parser=False,
    host_prompts=False,
    first_label="T",
    report_time=0.0045,
    settings_bytes=621,
    settings_crc=5864,
    planner_bytes=1280,
)

VARIANTS = {variant.name: variant for variant in (DEFAULT, BIG, PLAIN, SINGLE)}
