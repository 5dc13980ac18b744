"""What a client of OpenGB does in a day, from its documentation alone."""

from __future__ import annotations

from tests.server.plain import EVENTS, Printer

SQUARE = "".join(f"G1 X{x} Y{y} F1200\n" for x, y in ((10, 10), (50, 10), (50, 50), (10, 50)))
SHORT = "; a square\nG28 ; home\n" + SQUARE
LONG = "M302 P1\nM104 S200\nG28\n" + SQUARE.replace("F1200", "F240") * 500


def test_who_connects_asks_how_the_printer_is(printer: Printer) -> None:
    status = printer.status()
    assert set(status["temp"]) == EVENTS["temp_update"]
    assert set(status["position"]) == {"x", "y", "z"}
    assert {"current", "total"} <= set(status["progress"])
    assert isinstance(status["steppers"]["enabled"], bool)
    for override in ("extrude_override", "speed_override"):
        assert 1 <= status[override]["percent"] <= 999
    assert set(status["fan_speed"]) == {"0", "1", "2"}


def test_heaters_fans_motors_and_overrides_are_set_and_told_of(printer: Printer) -> None:
    assert printer.call("set_temp", bed=105, nozzle1=206, nozzle2=203) is True
    printer.wait_for("temp_update", bed_target=105, nozzle1_target=206, nozzle2_target=203)
    for target in ("bed", "nozzle1", "nozzle2"):
        assert printer.call("set_temp", **{target: 0}) is True
    printer.wait_for("temp_update", bed_target=0, nozzle1_target=0, nozzle2_target=0)
    assert printer.call("set_fan_speed", fan=1, percent=75) is True
    printer.wait_for("fan_speed_change", fan=1, percent=75)
    assert printer.call("disable_steppers") is True
    printer.wait_for("steppers_update", enabled=False)
    assert printer.call("enable_steppers") is True
    printer.wait_for("steppers_update", enabled=True)
    for what in ("extrude_override", "speed_override"):
        for percent in (120, 100):
            assert printer.call(f"set_{what}", percent=percent) is True
            printer.wait_for(f"{what}_change", percent=percent)


def test_the_head_is_homed_and_moved_and_its_place_told(printer: Printer) -> None:
    assert printer.call("home_head") is True
    printer.wait_for("position_update", x=0, y=0, z=0)
    assert printer.call("move_head_absolute", x=105, y=80, z=20, rate=60) is True
    printer.wait_for("position_update", x=105, y=80, z=20)
    assert printer.call("move_head_relative", x=13.2, y=-2, z=0.03, rate=60) is True
    printer.wait_for("position_update", x=118.2, y=78, z=20.03)
    assert printer.status()["position"] == {"x": 118.2, "y": 78, "z": 20.03}
    for method in ("retract_filament", "unretract_filament"):
        assert printer.call(method, head=0, length=5, rate=300) is True


def test_a_file_is_uploaded_listed_printed_to_its_end_and_deleted(printer: Printer) -> None:
    file = printer.call("put_gcode_file", name="test_cube.gco", payload=SHORT, print_material="PLA")
    assert file["name"] == "test_cube.gco"
    sizes = {file["id"]: file["size"] for file in printer.call("get_gcode_files")["gcode_files"]}
    assert sizes[file["id"]] == len(SHORT)
    one = printer.call("get_gcode_file", id=file["id"], content=True)
    assert (one["content"], one["print_material"]) == (SHORT, "PLA")
    assert "content" not in printer.call("get_gcode_file", id=file["id"])
    assert printer.call("print_gcode_file", id=file["id"]) is True
    printer.wait_for("state_change", old="READY", new="EXECUTING")
    printer.wait_for("progress_update", total_lines=5)
    printer.wait_for("progress_update", current_line=5, total_lines=5)
    printer.wait_for("state_change", old="EXECUTING", new="READY")
    assert printer.status()["progress"]["current"] == 5
    assert printer.call("delete_gcode_file", id=file["id"]) is True
    assert "error" in printer.ask("get_gcode_file", id=file["id"])


def test_a_print_is_paused_resumed_and_cancelled_and_its_filament_swapped(printer: Printer) -> None:
    file = printer.upload("long.gco", LONG)
    printer.call("print_gcode_file", id=file)
    printer.wait_for("state_change", new="EXECUTING")
    assert printer.call("pause_print") is True
    printer.wait_for("state_change", new="PAUSED")
    assert printer.call("resume_print") is True
    printer.wait_for("state_change", new="EXECUTING")
    refused = printer.ask("delete_gcode_file", id=file)["error"]
    assert "cancel the print" in refused["message"]
    while "error" in printer.ask("filament_swap_begin"):
        pass  # it is still resuming, which no state says
    printer.wait_for("state_change", new="FILAMENT_SWAP")
    while "error" in printer.ask("filament_swap_complete"):
        pass  # the board is still unloading
    printer.wait_for("state_change", new="EXECUTING")
    assert printer.call("cancel_print") is True
    printer.wait_for("state_change", new="READY")
    assert printer.call("delete_gcode_file", id=file) is True


def test_counters_and_disks_are_told(printer: Printer) -> None:
    counters = printer.call("get_counters")["counters"]
    assert len(counters) == 12
    assert all(type(minutes) is int for minutes in counters.values())
    for disk in printer.call("get_filesystem_utilization").values():
        assert 0 < disk["utilized_bytes"] <= disk["total_bytes"]


def test_what_is_wrong_is_an_error_and_the_connection_stays(printer: Printer) -> None:
    for code, method, params in (
        (-32601, "make_coffee", {}),
        (-32602, "set_temp", {"bath": 40}),
        (-32602, "print_gcode_file", {}),
        (-32000, "pause_print", {}),
    ):
        answer = printer.ask(method, **params)
        assert set(answer) == {"jsonrpc", "id", "error"}
        assert answer["error"]["code"] == code
        assert answer["error"]["message"]


def test_the_emergency_stop_ends_it(printer: Printer) -> None:
    printer.call("print_gcode_file", id=printer.upload("long.gco", LONG))
    printer.wait_for("state_change", new="EXECUTING")
    assert printer.call("emergency_stop") is True
    printer.wait_for("state_change", new="ERROR")
