"""Who may call what: the scope that each method asks for."""

from __future__ import annotations

from gbterm.server.keys import Scope

_BY_SCOPE: dict[Scope, tuple[str, ...]] = {
    Scope.WATCH: (
        *("authenticate", "hello", "get_snapshot", "get_capabilities", "get_status"),
        *("get_gcode_file", "get_gcode_files", "read_gcode_file", "check_gcode_file"),
        *("get_counters", "get_filesystem_utilization"),
        *("get_temperature_history", "get_presets", "get_macros", "get_commands"),
        *("get_job", "get_job_history", "get_stream_statistics"),
        *("subscribe_console", "unsubscribe_console", "get_resume_point"),
        *("get_layers", "get_layer_geometry", "get_bed_mesh", "get_board_settings"),
        "get_card_files",
        *("get_z_offset", "get_pid_tuning"),
        *("get_settings_copies", "compare_settings_copy"),
    ),
    Scope.OPERATE: (
        *("set_temp", "move_head_relative", "move_head_absolute", "home_head"),
        *("retract_filament", "unretract_filament", "set_extrude_override", "set_speed_override"),
        *("set_fan_speed", "enable_steppers", "disable_steppers"),
        *("filament_swap_begin", "filament_swap_complete"),
        *("print_gcode_file", "pause_print", "resume_print", "cancel_print"),
        *("resume_job", "apply_preset", "run_macro", "set_pause_layers", "emergency_stop"),
        *("reconnect", "connect", "disconnect", "reset_board"),
        *("answer_prompt", "send_gcode", "babystep"),
        *("probe_bed", "set_levelling", "set_board_settings"),
        *("save_settings_copy", "restore_settings_copy", "delete_settings_copy"),
        *("store_board_settings", "load_board_settings", "reset_board_settings"),
        "print_card_file",
        *("store_mesh", "save_z_offset", "visit_corner"),
        *("tune_pid", "stop_pid_tuning"),
    ),
    Scope.FILES: (
        *("put_gcode_file", "delete_gcode_file", "rename_gcode_file"),
        *("begin_upload", "append_upload", "finish_upload", "get_upload", "abort_upload"),
        *("delete_card_file", "upload_to_card"),
    ),
    Scope.ADMIN: ("start_job", "write_card_file", "shutdown", "run_command", "get_audit"),
}

SCOPES: dict[str, Scope] = {
    method: scope for scope, methods in _BY_SCOPE.items() for method in methods
}
"""A method that is missing here is served to nobody."""
