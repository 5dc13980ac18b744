"""What a client of the OpenGB API can ask, over a real WebSocket."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gbterm import events
from gbterm.jobs import Job
from gbterm.model import Phase
from tests.server.device import CAPABILITIES, SILENCE
from tests.server.running import Running, until

ELEVEN = {
    "id", "name", "size", "uploaded", "print_material", "print_quality", "print_extruders",
    "print_time_sec", "print_filament_mm", "print_material_gm", "thumbnail_png_base64",
}  # fmt: skip
CUBE = "G28\nM117 Füße\nG1 X1\n"


async def test_the_status_has_opengbs_shape_and_more(running: Running) -> None:
    async with await running.tcp() as client:
        status = (await client.result("get_status"))["status"]
    assert status["state"] == "READY"
    assert status["temp"]["bed_current"] == 21.5
    assert status["temp"]["bed_target"] == 0
    assert set(status["progress"]) == {"current", "total", "current_line", "total_lines"}
    assert status["steppers"] == {"enabled": False}
    assert status["fan_speed"] == {"0": 0, "1": 0, "2": 0}


@pytest.mark.parametrize(
    ("method", "params", "forwarded"),
    [
        ("set_temp", {"bed": "40"}, {"bed": 40}),
        ("set_temp", [105, 206, 203], {"bed": 105, "nozzle1": 206, "nozzle2": 203}),
        ("set_temp", {"nozzle3": 200, "bed": None}, {"nozzle3": 200}),
        ("move_head_relative", {"x": 10}, {"x": 10}),
        ("move_head_absolute", {"z": "0.2", "rate": 60}, {"z": 0.2, "rate": 60}),
        ("home_head", {"z": False}, {"x": True, "y": True, "z": False}),
        ("pause_print", None, {}),
        ("resume_print", [], {}),
        ("cancel_print", {}, {}),
        ("emergency_stop", None, {}),
        ("reconnect", None, {}),
        ("answer_prompt", {"choice": 1}, {"choice": 1}),
    ],
)
async def test_what_concerns_the_printer_is_forwarded(
    running: Running, method: str, params: Any, forwarded: dict[str, Any]
) -> None:
    async with await running.tcp() as client:
        assert await client.result(method, params) is True
    assert running.device.named(method) == [forwarded]


async def test_the_printers_refusal_comes_back_as_it_is(running: Running) -> None:
    text = "The printer is printing: pause or cancel the print first."
    running.device.answers["home_head"] = {
        "code": -32000,
        "message": text,
        "data": {"type": "WrongState", "message": text},
    }
    async with await running.tcp() as client:
        error = await client.error("home_head")
    assert (error["code"], error["message"], error["data"]["type"]) == (-32000, text, "WrongState")


async def test_a_file_goes_in_and_comes_out(running: Running) -> None:
    async with await running.tcp() as client:
        given = {"name": "cube.gcode", "payload": CUBE, "print_material": "PLA"}
        record = await client.result("put_gcode_file", given | {"print_time_sec": "60"})
        assert set(record) == ELEVEN
        assert (record["size"], record["print_material"]) == (len(CUBE.encode()), "PLA")
        assert record["print_time_sec"] == 60
        twin = await client.result("put_gcode_file", [CUBE, "cube.gcode"])
        assert twin["id"] != record["id"]
        listed = (await client.result("get_gcode_files"))["gcode_files"]
        assert [file["id"] for file in listed] == [twin["id"], record["id"]]
        assert await client.result("get_gcode_file", {"id": str(record["id"])}) == record
        wanted = {"id": record["id"], "content": True}
        assert await client.result("get_gcode_file", wanted) == record | {"content": CUBE}
        assert await client.result("delete_gcode_file", {"id": record["id"]}) is True
        assert (await client.error("get_gcode_file", {"id": record["id"]}))["code"] == -32001


async def test_a_file_that_is_no_gcode_is_not_stored(running: Running) -> None:
    async with await running.tcp() as client:
        error = await client.error("put_gcode_file", {"name": "a.gcode", "payload": "\0\1\2"})
        assert error["code"] == -32002
        assert "a.gcode is no G-code: line 1 holds a NUL" in error["message"]
        assert await client.result("get_gcode_files") == {"gcode_files": []}


async def test_printing_hands_the_path_to_the_printer_process(running: Running) -> None:
    async with await running.tcp() as client:
        file = await client.result("put_gcode_file", {"name": "cube.gcode", "payload": CUBE})
        assert await client.result("print_gcode_file", {"id": file["id"], "confirmed": True})
        (job,) = running.device.named("start_job")
        path = job.pop("path")
        assert job == {"name": "cube.gcode", "file_id": file["id"], "confirmed": True}
        with open(path, encoding="utf-8") as payload:  # noqa: ASYNC230, PTH123
            assert payload.read() == CUBE
        assert (await client.error("print_gcode_file", {"id": 99}))["code"] == -32001


async def test_the_file_under_print_can_not_be_deleted(running: Running) -> None:
    async with await running.unix() as client:
        await client.result("hello", {"version": "0"})
        file = await client.result("put_gcode_file", {"name": "cube.gcode", "payload": CUBE})
        job = Job("cube.gcode", file_id=file["id"], lines=3, bytes=9)
        running.device.publish(events.JobChanged(job))
        await client.event("job_changed")
        error = await client.error("delete_gcode_file", {"id": file["id"]})
        assert (error["code"], error["data"]["type"]) == (-32000, "WrongState")
        running.device.publish(events.JobChanged(replace(job, outcome="finished")))
        await client.event("job_changed")
        assert await client.result("delete_gcode_file", {"id": file["id"]}) is True


async def test_without_a_printer_process_files_are_still_served(running: Running) -> None:
    async with await running.unix() as client:
        await client.result("hello", {"version": "0"})
        await running.device.die()
        gone = await client.event("phase_changed")
        assert gone["phase"] == "DISCONNECTED"
        assert "printer process" in gone["reason"]
        assert (await client.error("pause_print"))["code"] == -32006
        assert (await client.result("get_status"))["status"]["state"] == "DISCONNECTED"
        assert await client.result("get_gcode_files") == {"gcode_files": []}
        assert "FILES" in (await client.result("get_capabilities"))["capabilities"]
        await until(lambda: running.lost)
        await running.device.start()
        await client.event("state_replaced")
        assert (await client.result("get_snapshot"))["state"]["phase"] == "READY"


async def test_capabilities_are_the_printers_and_the_files(running: Running) -> None:
    async with await running.tcp() as client:
        told = await client.result("get_capabilities")
    of_server = ["FILES", "DOWNLOAD", "RENAME", "ACTIONS", "HISTORY", "LAYERS", "COUNTERS"]
    of_server += ["AUDIT", "CHECK", "TEMPERATURE_HISTORY", "UPLOAD", "DELETE", "PRINT", "DISKS"]
    of_server += ["SETTINGS_COPIES"]
    assert told["capabilities"] == sorted([*CAPABILITIES, *of_server])
    assert {"hello", "get_status", "print_gcode_file"} <= set(told["methods"])


@pytest.mark.parametrize("method", ["start_job", "shutdown"])
async def test_what_only_this_machine_may_ask(running: Running, method: str) -> None:
    async with await running.tcp() as client:
        assert (await client.error(method, {"path": "/etc/passwd"}))["code"] == -32601
    assert not running.device.named(method)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", -32700),
        ("{", -32700),
        ("[" * 100_000, -32700),
        ("{}", -32600),
        ("[]", -32600),
        ("7", -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "get_status", "params": "x"}', -32600),
        ('{"jsonrpc": "2.0", "id": {}, "method": "get_status"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "no_such"}', -32601),
    ],
)
async def test_what_is_no_request(running: Running, message: str, code: int) -> None:
    async with await running.unix() as client:
        await client.result("hello")
        await client.connection.send(message)
        assert (await client.next())["error"]["code"] == code
        assert await client.result("get_snapshot")


async def test_batches_notifications_and_binary_frames(running: Running) -> None:
    async with await running.unix() as client:
        await client.result("hello")
        ask = {"jsonrpc": "2.0", "method": "pause_print"}
        await client.connection.send(json.dumps([ask | {"id": "a"}, ask, 5, ask | {"id": None}]))
        answers: Any = await client.next()
        assert [answer.get("result") for answer in answers] == [True, None, True]
        assert [answer["id"] for answer in answers] == ["a", None, None]
        await client.connection.send(json.dumps(ask))
        await client.connection.send(json.dumps([ask]))
        await client.connection.send(json.dumps(ask | {"id": 0}).encode())
        assert await client.next() == {"jsonrpc": "2.0", "id": 0, "result": True}
        assert len(running.device.named("pause_print")) == 6


async def test_calls_do_not_wait_for_one_another(running: Running) -> None:
    running.device.answers["home_head"] = SILENCE
    async with await running.tcp() as client:
        await client.connection.send('{"jsonrpc": "2.0", "id": "slow", "method": "home_head"}')
        assert await client.result("emergency_stop") is True


async def test_shutdown_ends_the_server_too(running: Running) -> None:
    async with await running.unix() as client:
        assert await client.result("shutdown", {"force": True}) is True
        assert running.device.named("shutdown") == [{"force": True}]
        assert running.task is not None
        assert await running.task is True
    assert not running.notice_path.exists()
    assert running.lost == 0


async def test_the_end_of_the_host_ends_the_server(running: Running) -> None:
    running.device.say({"event": "shutdown", "params": {}})
    assert running.task is not None
    assert await running.task is True
    assert running.device.state.phase is Phase.READY
