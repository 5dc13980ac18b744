"""What OpenGB's own web pages need of a server, beyond its documentation, point by point."""

from __future__ import annotations

import json
import re

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.endtoend.house import built
from tests.server.api_extensions import PANEL
from tests.server.api_opengb import RECORD
from tests.server.live import Live
from tests.server.plain import EVENTS, Printer

LONG = "M302 P1\nM104 S200\nG28\n" + "G1 X10 Y10 Z1 F240\nG1 X50\n" * 1000


def begin(printer: Printer) -> None:
    """Start a long print, and wait until it prints."""
    assert printer.call("print_gcode_file", id=printer.upload("long.gcode", LONG)) is True
    while printer.status()["progress"]["current_line"] < 5:
        pass


def change(printer: Printer, method: str, state: str) -> None:
    """Call `method` until it is accepted, and wait for the state."""
    while "error" in printer.ask(method):
        pass
    printer.wait_for("state_change", new=state)


def test_01_each_state_is_told_by_its_name_and_04_tells_six_temperatures(
    live: Live, printer: Printer
) -> None:
    def assert_state(name: str) -> None:
        assert printer.status()["state"] == name
        printer.events.clear()
        for value in printer.wait_for("temp_update").values():
            assert type(value) in (int, float)

    assert_state("READY")
    begin(printer)
    printer.wait_for("state_change", old="READY", new="EXECUTING")
    assert_state("EXECUTING")
    change(printer, "pause_print", "PAUSED")
    assert_state("PAUSED")
    change(printer, "filament_swap_begin", "FILAMENT_SWAP")
    assert_state("FILAMENT_SWAP")
    change(printer, "emergency_stop", "ERROR")
    assert_state("ERROR")
    change(printer, "disconnect", "DISCONNECTED")
    assert_state("DISCONNECTED")
    live.house.fault("reset")
    assert printer.call("connect") is True
    while "error" in printer.ask("reconnect"):
        pass
    printer.wait_for("state_change", new="READY")


@pytest.mark.parametrize("params", [', "params": null', "", ', "params": {}', ', "params": []'])
def test_02_params_may_be_null_left_out_an_object_or_an_array(
    printer: Printer, params: str
) -> None:
    printer.socket.send(f'{{"jsonrpc": "2.0", "id": 0, "method": "get_gcode_files"{params}}}')
    while "event" in (answer := printer.receive()):
        pass
    assert "gcode_files" in answer["result"]


@pytest.mark.parametrize("id", [0, 7, "seven", None])
@pytest.mark.parametrize("method", ["get_status", "make_coffee"])
def test_03_an_answer_has_the_id_and_either_a_result_or_an_error(
    printer: Printer, id: int | str | None, method: str
) -> None:
    printer.socket.send(json.dumps({"jsonrpc": "2.0", "id": id, "method": method}))
    # Each message is text, and an event has no id: `receive` sees to that.
    while "event" in (answer := printer.receive()):
        pass
    assert answer.keys() == {"jsonrpc", "id", "result" if method == "get_status" else "error"}
    assert answer["id"] == id


def test_04_temperatures_come_though_nothing_changes_and_whole_ones_without_a_fraction(
    printer: Printer,
) -> None:
    printer.call("set_temp", bed=40, nozzle1=0)
    for _ in range(2):
        assert printer.wait_for("temp_update", bed_target=40).keys() == EVENTS["temp_update"]
    while '"temp_update"' not in (text := str(printer.socket.recv())):
        pass
    assert re.search(r'"bed_target": 40[,}]', text)


def test_05_numbers_may_come_as_strings(printer: Printer) -> None:
    assert printer.call("set_temp", bed="45", nozzle1="1") is True
    printer.wait_for("temp_update", bed_target=45, nozzle1_target=1)
    for method in ("retract_filament", "unretract_filament"):
        assert printer.call(method, head=0, length="4.5", rate="2") is True
    assert printer.call("set_temp", bed="0", nozzle1="0") is True


def test_06_a_file_has_eleven_fields_wherever_it_is_told(printer: Printer) -> None:
    put = printer.call("put_gcode_file", name="part.gcode", payload="G28\n")
    assert put.keys() == RECORD.keys()
    assert len(put) == 11
    assert put in printer.call("get_gcode_files")["gcode_files"]
    assert printer.call("get_gcode_file", id=put["id"]) == put
    assert printer.call("get_gcode_file", id=put["id"], content=True) == put | {"content": "G28\n"}
    assert printer.call("delete_gcode_file", id=put["id"]) is True


def test_07_progress_comes_at_the_start_and_at_the_end_and_what_is_set_is_told(
    printer: Printer,
) -> None:
    file = printer.upload("short.gcode", "G28\nG1 X5 F6000\nG1 X9\n")
    assert printer.call("print_gcode_file", id=file) is True
    assert printer.wait_for("progress_update")["current_line"] < 3
    printer.wait_for("progress_update", current_line=3, total_lines=3)
    printer.wait_for("state_change", new="READY")
    for _ in range(2):
        # Set to what it is already, too.
        printer.call("set_fan_speed", fan=1, percent=100)
        printer.wait_for("fan_speed_change", fan=1, percent=100)
        printer.call("enable_steppers")
        printer.wait_for("steppers_update", enabled=True)


@pytest.mark.parametrize("method", ["resume_print", "filament_swap_complete"])
def test_08_a_swap_is_completed_in_two_ways(printer: Printer, method: str) -> None:
    begin(printer)
    change(printer, "filament_swap_begin", "FILAMENT_SWAP")
    change(printer, method, "EXECUTING")
    change(printer, "cancel_print", "READY")


def test_09_without_another_address_it_listens_on_port_8000() -> None:
    with built() as house:
        house.board()
        started = house.start_quietly("serve", "--port", str(house.tty))
        assert started.stdout is not None
        ready = started.stdout.readline().split()
        assert ready[0] == "READY"
        # Another test may have it.
        note = str(house.notice().get("note", ""))
        is_taken = "127.0.0.1:8000" in note and "in use" in note
        assert "ws://127.0.0.1:8000/ws" in ready or is_taken, (ready, note)


def test_09_a_page_of_an_origin_that_is_named_is_let_in_and_no_other(live: Live) -> None:
    url = f"ws://{live.house.listen()}/ws"
    with connect(url, proxy=None, origin=Origin(PANEL)) as socket:
        assert Printer(socket).status()
    with pytest.raises(InvalidStatus, match="403"):
        connect(url, proxy=None, origin=Origin("http://evil.example"))


def test_10_a_file_of_64_mb_comes_in_one_frame_and_goes_out_in_one(printer: Printer) -> None:
    payload = "G28\n" + f";{'x' * 3998}\n" * (64_000_000 // 4000 + 1)
    file = printer.call("put_gcode_file", name="large.gcode", payload=payload)
    assert file["size"] == len(payload)
    assert printer.call("get_gcode_file", id=file["id"], content=True)["content"] == payload
    assert printer.call("delete_gcode_file", id=file["id"]) is True


def test_11_more_is_told_and_taken_than_the_real_server_does(printer: Printer) -> None:
    status = printer.status()
    assert status["progress"].keys() == {"current", "total", "current_line", "total_lines"}
    assert type(status["steppers"]["enabled"]) is bool
    for fan in (0, 1, 2):
        assert printer.call("set_fan_speed", fan=fan, percent=33.3) is True
        printer.wait_for("fan_speed_change", fan=fan, percent=33.3)
    for what in ("extrude_override", "speed_override"):
        for percent in (120, 87.5, 100):
            assert printer.call(f"set_{what}", percent=percent) is True
            printer.wait_for(f"{what}_change", percent=percent)
