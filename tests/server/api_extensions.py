"""The methods that gbterm adds to OpenGB's, as docs/api.md has them, in the form of its own."""

from __future__ import annotations

from tests.server.api import (
    BOOLEAN,
    CONNECTED,
    NOT_PRINTING,
    NUMBER,
    PRINTING,
    READY,
    TEXT,
    WHOLE,
    WHOLES,
    Kind,
    Method,
    Table,
)
from tests.server.api_opengb import FIELDS, RECORD, a_file
from tests.server.running import Caller

PANEL = "http://panel.example:8080"
CONFIG = f"""
[server]
allow = ["{PANEL}"]
[preset.PLA]
nozzle = 210
bed = 60
[macro.where]
gcode = "M114"
[command.greet]
run = ["/bin/echo", "hello"]
"""
"""Whose page may come in, and what the actions of the examples are called."""

LAYERS = "G28\nM83\n;LAYER:0\nG1 X5 Y5 Z1 F600\nG1 X9 E1\n;LAYER:1\nG1 Z2\nG1 X5 E1\n"
SHA256_OF_G28 = "8080cd1d636d28b227689516fdadfd2aaed94e57b113db13523a38b51d0d09e9"


async def layered_file(client: Caller) -> int:
    """The id of a file with two layers."""
    given = {"name": "layers.gcode", "payload": LAYERS}
    return int((await client.result("put_gcode_file", given))["id"])


async def a_cold_file(client: Caller) -> int:
    """The id of a file that pushes filament while the nozzle is cold."""
    given = {"name": "cold.gcode", "payload": "G28\nG1 X5 E9\n"}
    return int((await client.result("put_gcode_file", given))["id"])


async def an_upload(client: Caller) -> str:
    """An upload of four bytes that has begun."""
    return str((await client.result("begin_upload", ["a.gcode", 4]))["upload"])


async def a_whole_upload(client: Caller) -> str:
    """One of which the four bytes are there."""
    upload = await an_upload(client)
    await client.result("append_upload", [upload, 0, "G28\n"])
    return upload


async def a_sample(client: Caller) -> None:
    """Wait for the first temperatures that are remembered."""
    while not (await client.result("get_temperature_history"))["samples"]:
        pass


async def homed(client: Caller) -> None:
    """Home the head, to the end."""
    await client.result("home_head")
    await client.result("send_gcode", {"commands": "M114"})


async def a_copy(client: Caller) -> str:
    """A copy of the board's settings, since when one was changed."""
    await client.result("set_board_settings", {"changes": {"M92 E": "402"}, "confirmed": True})
    await client.result("save_settings_copy", {"name": "summer", "confirmed": True})
    await client.result("set_board_settings", {"changes": {"M92 E": "400"}})
    return "summer"


async def copied(client: Caller) -> None:
    """The same, where only that counts."""
    await a_copy(client)


async def a_print(client: Caller) -> None:
    """Print a file to its end."""
    await client.result("print_gcode_file", [await a_file(client)])
    while (await client.event("state_change"))["new"] != READY:
        pass


STATE = {"phase": "READY", "nozzles": [{"current": 20, "target": 0}], "job": None}
SNAPSHOT = {"seq": 1, "state": STATE, "heard_s": 1.5}
JOB = {
    **{"id": "", "name": "", "file_id": 1, "sha256": "", "started_at": 1.5, "ended_at": 2.5},
    **{"outcome": "finished", "reason": "", "fraction": 1, "printed_s": 1, "estimate_s": None},
    **{"filament_mm": None, "filament_g": None, "pauses": 0, "resends": 0},
    **{"started_by": "127.0.0.1", "resumes": "", "on_card": False},
}
ENTRY = {
    **{"number": 7, "at": 1.5, "method": "put_gcode_file", "actor": "client", "key": ""},
    **{
        "uid": None,
        "user": "",
        "address": "127.0.0.1",
        "client": "",
        "params": {"name": "a.gcode"},
    },
    **{"job": "", "outcome": "done", "reason": "", "times": 1},
}
STREAM = {
    **{"lines_s": 61.5, "window_lines": 8, "lines_under_way": 5, "bytes_under_way": 141},
    **{"planner_free": 0, "queue_free": 0, "resends": 2, "oldest_s": 0.1, "verdict": ""},
}
REPLIES = {"replies": [{"command": "M114", "lines": ["X:0.00"]}]}
COPY = {"name": "winter", "saved_at": 1.7e9, "settings": 40}
NAMES = Kind("a list of strings", ("M92 E", [5], {"a": "b"}))
STRINGS = Kind("an object of strings", (5, ["a"], {"M92 E": 400}))
SETTINGS = {
    "settings": [{"name": "M92 E", "value": "93.00", "stored": None, "heading": ""}],
    **{"commands": ["M92 E93.00"], "stored": "known", "why": "", "unknown": [""]},
}
OUTLOOK = Kind(
    "what is known of a print", (5, "x", [1], {"timetable": {"bytes": [1]}}, {"pace": "quick"})
)
PAGE = Kind("the id of a print or a Unix time", (True, [1], {"a": 1}))
OUTCOME = Kind("one of finished, cancelled, failed, unknown", ("ended", 5, [], True))
HIDDEN = Kind(
    "a list of some of ok, temperatures, positions, moves, busy", ("ok", ["all"], {"ok": 1}, 5)
)

EXTENSIONS: Table = {
    "hello": Method(
        params={"version": TEXT, "role": TEXT},
        example={"version": "1.0", "role": "panel"},
        result={"version": "1.0", "protocol": 1, "name": "", **SNAPSHOT},
    ),
    "get_snapshot": Method(result=SNAPSHOT),
    "get_capabilities": Method(
        result={
            "capabilities": ["JOB"],
            "methods": ["hello"],
            "limits": {
                **{"nozzle_max": 300, "bed_max": 150, "chamber_max": 100},
                "feed_max_mm_s": 500,
            },
        }
    ),
    "get_temperature_history": Method(
        params={"since": NUMBER, "most": WHOLE},
        after=a_sample,
        example={"since": 0, "most": 5},
        result={"samples": [{"at": 1.5, "nozzles": [[20, 0]], "bed": [20, 0], "chamber": None}]},
    ),
    "send_gcode": Method(
        params={"commands": TEXT, "confirmed": BOOLEAN, "wait": BOOLEAN},
        required=1,
        example={"commands": "M117 hello"},
        result={"replies": [{"command": "M117 hello"}]},
        sent=("M117 hello",),
        also=((["M117 one\n\nM117 two ; so", None], ("M117 one", "M117 two")),),
        wrong=(
            ({"commands": "M117\n" * 101}, "100"),
            ({"commands": "M112"}, "is not sent"),
            ({"commands": "M104 S301"}, "from 0 to 300"),
        ),
        states=CONNECTED,
    ),
    "get_job": Method(result={"job": None, "file": None, "stream": None}),
    "get_stream_statistics": Method(
        result={
            **{
                "since": 1.7e9,
                "baud": 115200,
                "lines_sent": 52114,
                "bytes_sent": 1614222,
                "oks": 52109,
            },
            **{"errors": {}, "window_lines_most": 8, "window_why": "", "window_bytes": 127},
            **{"queue_slots": 4, "planner_slots": 15, "streamed_s": 912.5, "planner_dry_s": 3.5},
            "stream": STREAM,
        }
    ),
    "get_job_history": Method(
        params={
            **{"before": PAGE, "most": WHOLE, "search": TEXT},
            **{"outcome": OUTCOME, "since": NUMBER},
        },
        after=a_print,
        example={"before": 4e9, "most": 5, "search": "", "outcome": "finished", "since": 0},
        result={"jobs": [JOB]},
        wrong=(({"before": "x"}, "The history holds no print 'x'"),),
    ),
    "get_audit": Method(
        params={
            **{"before": WHOLE, "most": WHOLE, "search": TEXT, "who": TEXT},
            **{"since": NUMBER, "until": NUMBER},
        },
        after=a_file,
        example={"before": 1000, "most": 1, "search": "file", "who": "", "since": 0, "until": 4e9},
        result={"entries": [ENTRY]},
    ),
    "get_presets": Method(
        result={"presets": [{"name": "PLA", "nozzle": 210, "bed": 60, "chamber": None}]}
    ),
    "apply_preset": Method(
        params={"name": TEXT, "nozzle": WHOLE, "confirmed": BOOLEAN},
        required=1,
        example={"name": "PLA"},
        sent=("M104 T0 S210", "M104 T1 S210", "M140 S60"),
        also=((["PLA", "2"], ("M104 T1 S210", "M140 S60")),),
        wrong=(
            ({"name": "ABS"}, "no preset 'ABS'; there are: PLA."),
            ({"name": "a\n" * 99}, "no preset 'a a a"),
            ({"name": "PLA", "nozzle": 3}, "no nozzle 3: this printer has 2"),
            ({"name": "PLA", "nozzle": 0}, "no nozzle 0: this printer has 2"),
        ),
        states=CONNECTED,
    ),
    "get_macros": Method(
        result={
            "macros": [{"name": "", "gcode": ["M114"], "confirm": "", "key": "", "description": ""}]
        }
    ),
    "run_macro": Method(
        params={"name": TEXT, "confirmed": BOOLEAN},
        required=1,
        example={"name": "where"},
        result=REPLIES,
        wrong=(({"name": "M112"}, "no macro 'M112'; there are: where"),),
        states=CONNECTED,
    ),
    "get_commands": Method(
        result={
            "commands": [
                {"name": "", "confirm": "", "description": "", "safe": False, "timeout_s": 60}
            ]
        }
    ),
    "run_command": Method(
        params={"name": TEXT, "confirmed": BOOLEAN},
        required=1,
        example={"name": "greet"},
        result={"exit_code": 0, "output": ["hello"]},
        wrong=(({"name": "/bin/sh"}, "no command '/bin/sh'; there are: greet"),),
        states=NOT_PRINTING,
    ),
    "set_pause_layers": Method(
        params={"layers": WHOLES}, required=1, example={"layers": []}, states=PRINTING
    ),
    "get_board_settings": Method(result=SETTINGS, states=(READY,)),
    "set_board_settings": Method(
        params={"changes": STRINGS, "confirmed": BOOLEAN},
        required=1,
        example={"changes": {"M92 E": "400"}},
        result=SETTINGS,
        sent=("M503", "M92 E400", "M503"),
        wrong=(
            ({"changes": {"M92 E": "93,1"}}, "number with a point"),
            ({"changes": {"M92 E": "1e3"}}, "number with a point"),
        ),
        states=(READY,),
    ),
    **{
        f"{what}_board_settings": Method(
            params={"confirmed": BOOLEAN},
            example={"confirmed": True},
            result=SETTINGS,
            sent=sent,
            states=(READY,),
        )
        for what, sent in (
            ("store", ("M500", "M503")),
            ("load", ("M501", "M503")),
            ("reset", ("M503", "M502", "M503")),
        )
    },
    "get_settings_copies": Method(result={"copies": [COPY]}, after=copied),
    "save_settings_copy": Method(
        params={"name": TEXT, "confirmed": BOOLEAN},
        required=1,
        example={"name": "winter", "confirmed": True},
        result=COPY,
        sent=("M503",),
        wrong=(({"name": "../winter"}, "no name for a copy"),),
        states=(READY,),
    ),
    "compare_settings_copy": Method(
        params={"name": TEXT},
        required=1,
        example={"name": a_copy},
        result={"differences": [{"name": "M92 E", "value": "", "copied": "", "heading": ""}]},
        wrong=(({"name": "none"}, "There is no copy 'none'"),),
        states=(READY,),
    ),
    "restore_settings_copy": Method(
        params={"name": TEXT, "only": NAMES, "confirmed": BOOLEAN},
        required=1,
        example={"name": a_copy, "only": ["M92 E"], "confirmed": True},
        result=SETTINGS,
        wrong=(({"name": "none"}, "There is no copy 'none'"),),
        states=(READY,),
    ),
    "delete_settings_copy": Method(
        params={"name": TEXT},
        required=1,
        example={"name": a_copy},
        wrong=(({"name": "none"}, "There is no copy 'none'"),),
    ),
    "get_layers": Method(
        params={"id": WHOLE, "first": WHOLE, "most": WHOLE},
        required=1,
        example={"id": layered_file},
        result={
            **{"layers": 2, "first": 1, "z_mm": [1, 2], "line": [3, 6], "offset": [8, 43]},
            **{"size": [35, 26], "filament_mm": [1, 1]},
        },
    ),
    "get_layer_geometry": Method(
        params={"id": WHOLE, "layer": WHOLE, "most": WHOLE},
        required=2,
        example={"id": layered_file, "layer": 1},
        result={
            **{"layer": 1, "z_mm": 1, "thinned": False, "cut": False},
            "paths": [{"kind": "extrude", "tool": 0, "points": [5, 5, 9, 5]}],
        },
        wrong=(({"id": layered_file, "layer": 3}, "no layer 3"),),
    ),
    "check_gcode_file": Method(
        params={"id": WHOLE},
        required=1,
        example={"id": a_cold_file},
        result={
            **{"name": "cold.gcode", "lines": 2, "size": 14, "not_judged": ["the printer"]},
            "findings": [
                {
                    **{"severity": "note", "kind": "cold", "line": 2, "text": ""},
                    **{"count": 1, "last": 2, "lines": [2]},
                }
            ],
        },
    ),
    "rename_gcode_file": Method(
        params={"id": WHOLE, "name": TEXT},
        required=2,
        example={"id": a_file, "name": "other.gcode"},
        result=RECORD | {"name": "other.gcode"},
        wrong=(({"id": a_file, "name": "/"}, "needs a name"),),
    ),
    "read_gcode_file": Method(
        params={"id": WHOLE, "offset": WHOLE, "size": WHOLE},
        required=1,
        example={"id": a_file, "offset": 4, "size": 100},
        result={"offset": 4, "data": "", "size": 1, "sha256": ""},
    ),
    "begin_upload": Method(
        params={"name": TEXT, "size": WHOLE},
        required=2,
        example={"name": "a.gcode", "size": 4},
        result={"upload": "", "offset": 0, "piece": 1},
    ),
    "append_upload": Method(
        params={"upload": TEXT, "offset": WHOLE, "data": TEXT},
        required=3,
        example={"upload": an_upload, "offset": 0, "data": "G28\n"},
        result={"offset": 4},
    ),
    "finish_upload": Method(
        params={"upload": TEXT, "sha256": TEXT, **FIELDS},
        required=2,
        example={"upload": a_whole_upload, "sha256": SHA256_OF_G28},
        result=RECORD | {"name": "a.gcode", "size": 4},
    ),
    "get_upload": Method(
        params={"upload": TEXT},
        required=1,
        example={"upload": an_upload},
        result={"offset": 0, "size": 4, "piece": 1},
    ),
    "abort_upload": Method(params={"upload": TEXT}, required=1, example={"upload": an_upload}),
    "subscribe_console": Method(
        params={"hide": HIDDEN, "contains": TEXT, "backlog": WHOLE},
        example={"hide": ["ok"], "contains": "M117", "backlog": 5},
    ),
    "unsubscribe_console": Method(),
    "babystep": Method(
        params={"z": NUMBER},
        after=homed,
        required=1,
        example={"z": 0.05},
        sent=("M290 Z0.05",),
        also=((["-0.05"], ("M290 Z-0.05",)),),
        wrong=(({"z": 0.6}, "0.5 mm"),),
        states=(READY, "EXECUTING", "PAUSED"),
    ),
    "reconnect": Method(states=NOT_PRINTING),
    "disconnect": Method(params={"confirmed": BOOLEAN}, states=NOT_PRINTING),
    "connect": Method(),
    "answer_prompt": Method(
        params={"choice": WHOLE}, required=1, example={"choice": 0}, states=("FILAMENT_SWAP",)
    ),
}

BY_ITS_OWN = (
    *("authenticate", "get_resume_point", "resume_job", "reset_board"),
    *("get_bed_mesh", "probe_bed", "set_levelling", "store_mesh"),
    *("get_z_offset", "save_z_offset", "visit_corner"),
    *("tune_pid", "get_pid_tuning", "stop_pid_tuning"),
    *("get_card_files", "print_card_file", "delete_card_file"),
    "upload_to_card",
)
"""Before the first nothing else is answered (`test_keys.py`), before the next two a print must be
lost (`resume/`), the fourth needs a port that has a DTR line (`test_reset_board.py`), the next
ones a board that levels its bed (`test_bed.py`), those after them minutes (`test_tuning.py`), and
the last ones one with a card (`test_card.py`)."""

OF_THIS_MACHINE: Table = {
    "start_job": Method(
        params={"path": TEXT, "name": TEXT, "file_id": WHOLE, "confirmed": BOOLEAN},
        required=1,
        example={"path": "/nowhere"},
        states=(READY,),
    ),
    "write_card_file": Method(
        params={"path": TEXT, "name": TEXT},
        required=2,
        example={"path": "/nowhere", "name": "a.gcode"},
        result={"path": "/A.GCO", "size": 4, "name": ""},
        states=(READY,),
    ),
    "get_measures": Method(
        result={
            "firmware": {"name": "Marlin", "machine": "", "extruders": 1, "capabilities": {}},
            **{"limits": {"nozzle": 300, "bed": 150}, "x": [0, 200], "y": [0, 200]},
            **{"z": [0, 200], "round": False, "model": ""},
        }
    ),
    "get_usage": Method(result={"instance": "", "seconds": {"printer_up": 1.5}}),
    "stand_for": Method(params={"clients": WHOLE}, required=1, example={"clients": 2}),
    "foretell_job": Method(
        params={"id": TEXT, "outlook": OUTLOOK},
        required=2,
        example={"id": "j1", "outlook": {"slicer_s": 60.0}},
    ),
    "shutdown": Method(params={"force": BOOLEAN}, states=NOT_PRINTING),
}
"""What only the unix sockets serve."""

OF_THE_PRINTER_PROCESS = ("get_measures", "get_usage", "stand_for", "foretell_job")
"""Of these, what its server asks it for."""
