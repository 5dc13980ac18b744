"""OpenGB's 25 methods, each with its documented example and answer, and what is no call of it."""

from __future__ import annotations

from tests.server.api import (
    BOOLEAN,
    CONNECTED,
    NUMBER,
    PRINTING,
    READY,
    TEXT,
    WHOLE,
    Method,
    Table,
)
from tests.server.running import Caller

COUNTERS = (
    *("nozzle_1_up_mins", "nozzle_2_up_mins", "bed_up_mins", "printer_up_mins"),
    *("motor_x1_up_mins", "motor_x2_up_mins", "motor_y1_up_mins", "motor_y2_up_mins"),
    *("motor_z1_up_mins", "motor_z2_up_mins", "printer_print_mins", "printer_up_mins_session"),
)


async def a_file(client: Caller) -> int:
    """The id of a file of the library."""
    given = {"name": "10mm_Test_Cube.gcode", "payload": "G28\nM105\n"}
    return int((await client.result("put_gcode_file", given))["id"])


FIELDS = {
    "print_material": TEXT,
    "print_quality": TEXT,
    "print_extruders": TEXT,
    "print_time_sec": NUMBER,
    "print_filament_mm": NUMBER,
    "print_material_gm": NUMBER,
    "thumbnail_png_base64": TEXT,
}
"""What an uploader may say of a file."""
RECORD = {
    **{name: "" if kind is TEXT else 0 for name, kind in FIELDS.items()},
    **{"id": 1, "name": "10mm_Test_Cube.gcode", "size": 24356},
    "uploaded": "2016-04-12 13:24:15.345623",
}
"""The eleven fields that OpenGB tells of a file; its documentation shows the last four."""
MOVE = {"x": NUMBER, "y": NUMBER, "z": NUMBER, "rate": NUMBER}
EXTRUDE = {"head": WHOLE, "length": NUMBER, "rate": NUMBER}
RATES = (({"x": 1, "rate": 0}, "0.01 to 500 mm/s, not 0"), ({"rate": 501}, "500 mm/s, not 501"))
EXTRUSIONS = (
    ({"head": 2, "length": 5}, "There is no nozzle 3"),
    ({"head": 0, "length": -5}, "length must be from 0"),
    ({"head": 0, "length": 201}, "by 200 mm at most, not by 201"),
    ({"head": 0, "length": 5, "rate": -1}, "0.01 to 500 mm/s"),
)

OPENGB: Table = {
    "set_temp": Method(
        params={
            **{"bed": NUMBER, "nozzle1": NUMBER, "nozzle2": NUMBER},
            **{f"nozzle{number}": NUMBER for number in range(3, 17)},
            "chamber": NUMBER,
        },
        example={"bed": 105, "nozzle1": 206, "nozzle2": 203},
        sent=("M104 T0 S206", "M104 T1 S203", "M140 S105"),
        also=(
            ({"bed": "40"}, ("M140 S40",)),
            ([None, "1"], ("M104 T0 S1",)),
            ({"bed": None, "nozzle2": 0}, ("M104 T1 S0",)),
            ({"bed": 60.5}, ("M140 S60.5",)),
            (None, ()),
        ),
        wrong=(
            ({"bed": -5}, "from 0 to 150"),
            ({"nozzle1": 9999}, "from 0 to 300"),
            ({"nozzle3": 200}, "There is no nozzle 3: this printer has 2"),
        ),
        states=CONNECTED,
    ),
    "move_head_relative": Method(
        params=MOVE,
        example={"x": 13.2, "y": -2, "z": 0.03, "rate": 60},
        sent=("G91", "G1 X13.2 Y-2 Z0.03 F3600", "G90"),
        also=(
            ({"x": 10}, ("G91", "G1 X10 F18000", "G90")),
            (["-1.5", 0, None, "20"], ("G91", "G1 X-1.5 Y0 F1200", "G90")),
            (None, ()),
        ),
        wrong=(*RATES, ({"x": 1e9}, "up to 10000 mm")),
        states=(READY, "PAUSED"),
    ),
    "move_head_absolute": Method(
        params=MOVE,
        example={"x": 105, "y": 80, "z": 20, "rate": 60},
        sent=("G90", "G1 X105 Y80 Z20 F3600", "G90"),
        # An axis left out stays, where OpenGB sends it to 0.
        also=(({"z": 5}, ("G90", "G1 Z5 F18000", "G90")), ({}, ())),
        wrong=RATES,
        states=(READY, "PAUSED"),
    ),
    "home_head": Method(
        params={"x": BOOLEAN, "y": BOOLEAN, "z": BOOLEAN},
        example={"x": True, "y": True, "z": False},
        sent=("G28 X Y",),
        also=(
            (None, ("G28 X Y Z",)),
            ([False, False], ("G28 Z",)),
            ([False, False, False], ()),
        ),
        states=(READY, "PAUSED"),
    ),
    "retract_filament": Method(
        params=EXTRUDE,
        required=2,
        example={"head": 0, "length": 5, "rate": 300},
        sent=("G92 E0", "G1 E-5 F18000", "G92 E0"),
        also=(
            ({"head": "0", "length": "4.5", "rate": "2"}, ("G92 E0", "G1 E-4.5 F120", "G92 E0")),
            ([0, 3], ("G92 E0", "G1 E-3 F18000", "G92 E0")),
        ),
        wrong=EXTRUSIONS,
        states=(READY, "PAUSED", "FILAMENT_SWAP"),
    ),
    "unretract_filament": Method(
        params=EXTRUDE,
        required=2,
        example={"head": 0, "length": 5, "rate": 300},
        sent=("G92 E0", "G1 E5 F18000", "G92 E0"),
        also=(([1, 3, 2], ("T1 S1", "G92 E0", "G1 E3 F120", "G92 E0", "T0 S1")),),
        wrong=EXTRUSIONS,
        states=(READY, "PAUSED", "FILAMENT_SWAP"),
    ),
    "set_extrude_override": Method(
        params={"percent": NUMBER, "nozzle": WHOLE},
        required=1,
        example={"percent": 120},
        sent=("M221 S120 T0", "M221 S120 T1"),
        also=(
            (["87.5"], ("M221 S87.5 T0", "M221 S87.5 T1")),
            ({"percent": 95, "nozzle": 2}, ("M221 S95 T1",)),
        ),
        wrong=(
            ({"percent": 0}, "1 to 999 %, not 0"),
            ({"percent": 100, "nozzle": 3}, "There is no nozzle 3"),
            ({"percent": 100, "nozzle": 0}, "There is no nozzle 0"),
        ),
        states=CONNECTED,
    ),
    "set_speed_override": Method(
        params={"percent": NUMBER},
        required=1,
        example={"percent": 120},
        sent=("M220 S120",),
        also=(([250], ("M220 S250",)), ({"percent": "12.5"}, ("M220 S12.5",))),
        wrong=(({"percent": 1000}, "1 to 999 %, not 1000"),),
        states=CONNECTED,
    ),
    "set_fan_speed": Method(
        params={"fan": WHOLE, "percent": NUMBER},
        required=2,
        example={"fan": 1, "percent": 75},
        sent=("M106 P1 S191",),
        also=(
            ([2, "100"], ("M106 P2 S255",)),
            ({"fan": 0, "percent": 33.3}, ("M106 P0 S85",)),
        ),
        wrong=(
            ({"fan": 3, "percent": 50}, "There is no fan 3: they are numbered 0 to 2"),
            ({"fan": 0, "percent": 101}, "0 to 100 %, not to 101"),
        ),
        states=CONNECTED,
    ),
    "filament_swap_begin": Method(params={"ran_out": BOOLEAN}, states=("EXECUTING", "PAUSED")),
    "filament_swap_complete": Method(states=("FILAMENT_SWAP",)),
    "enable_steppers": Method(sent=("M17",), also=((None, ("M17",)),), states=CONNECTED),
    "disable_steppers": Method(sent=("M18",), also=((None, ("M18",)),), states=(READY,)),
    "print_gcode_file": Method(
        params={"id": WHOLE, "confirmed": BOOLEAN},
        required=1,
        example={"id": a_file},
        states=(READY,),
    ),
    "pause_print": Method(states=PRINTING),
    "resume_print": Method(states=PRINTING),
    "cancel_print": Method(states=PRINTING),
    "emergency_stop": Method(params={"press": WHOLE}),
    "put_gcode_file": Method(
        params={"payload": TEXT, "name": TEXT, **FIELDS},
        required=2,
        example={"payload": "G28\nM105\n", "name": "test_cube.gco"},
        result=RECORD | {"name": "test_cube.gco"},
        wrong=(
            ({"name": "a.gcode", "payload": "\ud800"}, "payload must be text"),
            ({"name": "\x01/..", "payload": "G28"}, "needs a name"),
        ),
    ),
    "get_gcode_file": Method(
        params={"id": WHOLE, "content": BOOLEAN},
        required=1,
        example={"id": a_file},
        result=RECORD,
    ),
    "get_gcode_files": Method(after=a_file, result={"gcode_files": [RECORD]}),
    "delete_gcode_file": Method(params={"id": WHOLE}, required=1, example={"id": a_file}),
    "get_counters": Method(result={"counters": dict.fromkeys(COUNTERS, 128)}),
    "get_filesystem_utilization": Method(
        result={
            "/": {
                "free_bytes": 183485939712,
                "total_bytes": 243515678720,
                "utilized_bytes": 47636201472,
                "utilized_percent": 19.6,
            }
        }
    ),
    "get_status": Method(
        result={
            "status": {
                "progress": {"current": 0, "total": 0, "current_line": 0, "total_lines": 0},
                "state": "READY",  # documented as 20; the real server gives the name
                "position": {"x": 0, "y": 0, "z": 0},
                "temp": {
                    f"{heater}_{what}": 0
                    for heater in ("bed", "nozzle1", "nozzle2")
                    for what in ("current", "target")
                },
                "steppers": {"enabled": True},
                "extrude_override": {"percent": 100},
                "speed_override": {"percent": 120},
                "fan_speed": {"0": 100, "1": 75, "2": 0},
            }
        }
    ),
}
