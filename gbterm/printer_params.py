"""The parameters of the methods that concern the printer, as the server and its process read them.

In the order in which they stand in a call by position; what OpenGB doesn't know comes last.
"""

from __future__ import annotations

from gbterm.params import REQUIRED, Param, boolean, count, counts, named_words, number, text, words
from gbterm.pid_tuning import CYCLES

MOST_NOZZLES = 16

_MOVE = (*(Param(axis, number) for axis in "xyz"), Param("rate", number))
_EXTRUDE = (
    Param("head", count, REQUIRED),
    Param("length", number, REQUIRED),
    Param("rate", number),
)
_NOZZLES = tuple(Param(f"nozzle{index + 1}", number) for index in range(MOST_NOZZLES))
_PERCENT = Param("percent", number, REQUIRED)

PRINTER_PARAMS: dict[str, tuple[Param, ...]] = {
    "set_temp": (Param("bed", number), *_NOZZLES, Param("chamber", number)),
    "move_head_relative": _MOVE,
    "move_head_absolute": _MOVE,
    "home_head": tuple(Param(axis, boolean, True) for axis in "xyz"),
    "retract_filament": _EXTRUDE,
    "unretract_filament": _EXTRUDE,
    "set_extrude_override": (_PERCENT, Param("nozzle", count)),
    "set_speed_override": (_PERCENT,),
    "babystep": (Param("z", number, REQUIRED),),
    "get_bed_mesh": (),
    "probe_bed": (Param("confirmed", boolean, False),),
    "set_levelling": (Param("enabled", boolean, REQUIRED),),
    "store_mesh": (Param("confirmed", boolean, False),),
    "visit_corner": (Param("corner", count), Param("confirmed", boolean, False)),
    "get_z_offset": (),
    "save_z_offset": (Param("confirmed", boolean, False),),
    "tune_pid": (
        Param("heater", words, REQUIRED),
        Param("target", number, REQUIRED),
        Param("cycles", count, CYCLES),
        Param("confirmed", boolean, False),
    ),
    "get_pid_tuning": (),
    "stop_pid_tuning": (),
    "set_fan_speed": (Param("fan", count, REQUIRED), _PERCENT),
    "filament_swap_begin": (Param("ran_out", boolean),),
    "filament_swap_complete": (),
    "enable_steppers": (),
    "send_gcode": (
        Param("commands", words, REQUIRED),
        Param("confirmed", boolean, False),
        Param("wait", boolean, True),
    ),
    "get_stream_statistics": (),
    "get_board_settings": (),
    "set_board_settings": (
        Param("changes", named_words, REQUIRED),
        Param("confirmed", boolean, False),
    ),
    "store_board_settings": (Param("confirmed", boolean, False),),
    "load_board_settings": (Param("confirmed", boolean, False),),
    "reset_board_settings": (Param("confirmed", boolean, False),),
    "disable_steppers": (),
    "pause_print": (),
    "resume_print": (),
    "set_pause_layers": (Param("layers", counts, REQUIRED),),
    "cancel_print": (),
    "get_card_files": (),
    "print_card_file": (Param("path", words, REQUIRED), Param("confirmed", boolean, False)),
    "delete_card_file": (Param("path", words, REQUIRED),),
    "write_card_file": (Param("path", text, REQUIRED), Param("name", words, REQUIRED)),
    "get_resume_point": (),
    "resume_job": (
        Param("line", count),
        Param("z_mm", number),
        Param("confirmed", boolean, False),
    ),
    "emergency_stop": (Param("press", count),),
    "reconnect": (),
    "reset_board": (),
    "connect": (),
    "disconnect": (Param("confirmed", boolean, False),),
    "answer_prompt": (Param("choice", count, REQUIRED),),
    "start_job": (
        Param("path", text, REQUIRED),
        Param("name", words),
        Param("file_id", count),
        Param("confirmed", boolean, False),
    ),
}
