"""The printer process's socket under clients that know no manners."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.endtoend.house import AT_A_GREETING, GENEROUS_S, OF_THE_HOST, House


@pytest.fixture
def served(house: House) -> House:
    house.board()
    house.serve()
    return house


def connect(house: House) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(GENEROUS_S)
    client.connect(str(house.run_dir / "printer.sock"))
    return client


NONSENSE = [
    ("set_temp", {"bed": "hot"}, -32602),
    ("set_temp", {"bed": -5}, -32602),
    ("set_temp", {"bed": 9999}, -32602),
    ("set_temp", {"nozzle9": 100}, -32602),
    ("set_temp", {"nozzle1": float("nan")}, -32602),
    ("set_temp", {"nozzle1": float("inf")}, -32602),
    ("set_temp", {"lid": 1}, -32602),
    ("set_temp", [1, 2, 3], -32602),
    ("move_head_relative", {"x": 1e400}, -32602),
    ("move_head_relative", {"x": 1, "rate": -3}, -32602),
    ("move_head_relative", {"x": 1, "rate": 1e9}, -32602),
    ("start_job", {}, -32602),
    ("start_job", {"path": "/nowhere.gcode"}, -32002),
    ("start_job", {"path": "/etc"}, -32002),
    ("answer_prompt", {"choice": 0}, -32000),
    ("answer_prompt", {"choice": -1}, -32602),
    ("pause_print", None, -32000),
    ("resume_print", None, -32000),
    ("cancel_print", None, -32000),
    ("send_gcode", {"commands": "M104 S400"}, -32602),
    ("send_gcode", {"commands": "M112"}, -32602),
    ("send_gcode", {"commands": "M502"}, -32004),
    ("send_gcode", {"commands": 5}, -32602),
    ("no_such_method", None, -32601),
]


def test_nonsense_gets_a_sentence_and_moves_nothing(served: House) -> None:
    before = len(served.executed())
    for method, params, code in NONSENSE:
        error = served.ask(method, params)["error"]
        assert error["code"] == code, (method, params, error)
        assert error["message"]
        assert error["data"]["message"] == error["message"]
    assert served.state() == "READY"
    sent = {str(line["line"]).split()[0] for line in served.executed()[before:]}
    assert sent <= {*OF_THE_HOST, *AT_A_GREETING}


def test_typed_commands_are_answered_with_what_the_board_says(served: House) -> None:
    replies = served.ask("send_gcode", {"commands": "M115\nM114"})["result"]["replies"]
    assert [reply["command"] for reply in replies] == ["M115", "M114"]
    assert replies[0]["lines"][0].startswith("FIRMWARE_NAME:Marlin")
    assert "Cap:EMERGENCY_PARSER:1" in replies[0]["lines"]
    assert replies[1]["lines"][0].startswith("X:0.00 Y:0.00 Z:0.00")


def test_lines_that_are_no_calls_hurt_nobody(served: House) -> None:
    for line in (b"\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b"null\n", b"[" * 100_000 + b"\n"):
        with connect(served) as client:
            client.sendall(line)
            with client.makefile() as answers:
                answer = json.loads(answers.readline())
            assert answer["error"]["code"] in (-32700, -32600)
    with connect(served) as client:
        try:
            client.sendall(b"x" * (3 << 20))
            client.sendall(b"\n")
        except OSError:
            pass
    assert served.state() == "READY"


def test_a_client_that_never_reads_is_dropped_and_slows_nobody(served: House) -> None:
    with connect(served) as deaf:
        for number in range(30_000):
            call = {"jsonrpc": "2.0", "id": number, "method": "get_snapshot"}
            try:
                deaf.sendall(json.dumps(call).encode() + b"\n")
            except OSError:
                break
        else:
            raise AssertionError("a client may make the printer process keep answers for ever")
        assert served.state() == "READY"


def test_a_move_is_made_relative_and_the_board_left_absolute(served: House) -> None:
    assert served.ask("home_head", {"x": True, "y": True, "z": False})["result"] is True
    assert served.ask("move_head_relative", {"x": "10", "rate": 50})["result"] is True
    assert served.ask("set_temp", {"bed": "40", "nozzle1": 0})["result"] is True
    deadline = time.monotonic() + GENEROUS_S
    while "M140 S40" not in (lines := [str(line["line"]) for line in served.executed()]):
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)
    moves = [line for line in lines if line.startswith(("G", "M104", "M140"))]
    assert moves == ["G28 X Y", "G91", "G1 X10 F3000", "G90", "M104 T0 S0", "M140 S40"]
