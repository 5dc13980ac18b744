"""One-shot commands on a server elsewhere: gbterm's own and the plain OpenGB one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from gbterm import errors, jsonrpc, wire
from gbterm.cli.exits import ExitCode
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from tests.cli.conftest import Shell, assert_refused
from tests.cli.printer_process import HEATING, PrinterProcess
from tests.cli.server import RECORD, WebSocketServer


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    with WebSocketServer() as server:
        yield server


@pytest.fixture
def gcode(gbterm: Shell) -> Path:
    path = gbterm.home / "a.gcode"
    path.write_text("G28\n")
    return path


def called(server: WebSocketServer) -> list[tuple[str, Any]]:
    return [call for call in server.calls if call[0] not in ("hello", "get_capabilities")]


def test_status(gbterm: Shell, server: WebSocketServer) -> None:
    server.states = [HEATING]
    done = gbterm("--url", server.url, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("EXECUTING\nphase: PAUSING\n")
    assert "job: box.gcode\n" in done.stdout


def test_status_of_a_server_whose_printer_was_silent(
    gbterm: Shell, server: WebSocketServer
) -> None:
    server.states, server.heard_s = [HEATING], 200.0
    told = gbterm("--url", server.url, "status").stdout
    assert "\nlast heard: 3 min ago" in told
    assert "215.0 C, last reading\n" in told


def test_status_of_a_configured_server(gbterm: Shell, server: WebSocketServer) -> None:
    gbterm.config.write_text(f'[printer.shop]\nurl = "{server.url}"')
    done = gbterm("status", "--json")
    assert '"printer": "shop"' in done.stdout


def test_status_over_a_unix_socket(gbterm: Shell) -> None:
    with WebSocketServer(gbterm.home / "server.sock") as server:
        assert gbterm("--url", server.url, "status").stdout.startswith("READY\n")


def test_status_of_a_plain_opengb_server(gbterm: Shell) -> None:
    with WebSocketServer(plain=True) as server:
        temp = {"bed_current": "60.1", "bed_target": "60", "nozzle1_current": None}
        server.answers["get_status"] = lambda _: {"status": {"state": "PAUSED", "temp": temp}}
        done = gbterm("--url", server.url, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PAUSED\n")
    assert "bed: 60.1 C, target 60.0 C\n" in done.stdout


@pytest.mark.parametrize(
    ("verb", "method"),
    [("pause", "pause_print"), ("resume", "resume_print"), ("cancel", "cancel_print")],
)
def test_commands(gbterm: Shell, server: WebSocketServer, verb: str, method: str) -> None:
    server.answers[method] = lambda _: True
    done = gbterm(verb, "--url", server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert called(server) == [(method, {})]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.WrongState("No job is under way."), ExitCode.WRONG_STATE),
        (errors.PrinterError("The board halted."), ExitCode.PRINTER_ERROR),
        (errors.LinkError("The printer process is gone."), ExitCode.UNREACHABLE),
    ],
)
def test_what_the_server_answers_decides_the_exit_code(
    gbterm: Shell, server: WebSocketServer, error: errors.GbtermError, code: ExitCode
) -> None:
    server.refuse("cancel_print", error)
    assert_refused(gbterm("--url", server.url, "cancel"), code, str(error))


def test_an_upload_prints_the_id(gbterm: Shell, server: WebSocketServer, gcode: Path) -> None:
    server.answers["put_gcode_file"] = lambda _: RECORD
    done = gbterm("--url", server.url, "upload", str(gcode))
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")
    [(_, params)] = called(server)
    assert (params["name"], params["payload"]) == ("a.gcode", "G28\n")


def test_an_upload_to_a_local_host_goes_to_its_server(
    gbterm: Shell, printer: PrinterProcess, gcode: Path
) -> None:
    with WebSocketServer(gbterm.run_dir("ender") / "server.sock") as server:
        server.answers["put_gcode_file"] = lambda _: RECORD
        done = gbterm("upload", str(gcode))
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")
    assert printer.calls == []


def test_runfile_uploads_and_prints(gbterm: Shell, server: WebSocketServer, gcode: Path) -> None:
    server.answers["put_gcode_file"] = lambda _: RECORD
    server.answers["print_gcode_file"] = lambda _: True
    done = gbterm("--url", server.url, "runfile", str(gcode))
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")
    assert called(server)[1:] == [("print_gcode_file", {"id": 7, "confirmed": False})]


def test_runfile_asks_for_agreement(gbterm: Shell, server: WebSocketServer, gcode: Path) -> None:
    server.answers["put_gcode_file"] = lambda _: RECORD
    server.answers["delete_gcode_file"] = lambda _: True
    server.refuse("print_gcode_file", errors.NeedsConfirmation("Line 1 stores settings (M500)."))
    done = gbterm("--url", server.url, "runfile", str(gcode))
    assert_refused(done, ExitCode.WRONG_USAGE, "Line 1", "add --yes")
    assert called(server)[-1] == ("delete_gcode_file", {"id": 7})


def test_runfile_that_is_agreed_to(gbterm: Shell, server: WebSocketServer, gcode: Path) -> None:
    server.answers["put_gcode_file"] = lambda _: RECORD
    server.answers["print_gcode_file"] = lambda _: True
    assert gbterm("--url", server.url, "runfile", str(gcode), "--yes").returncode == 0
    assert called(server)[-1] == ("print_gcode_file", {"id": 7, "confirmed": True})


def test_a_file_that_the_server_refuses(
    gbterm: Shell, server: WebSocketServer, gcode: Path
) -> None:
    server.refuse("put_gcode_file", errors.FileRefused("Line 3 of a.gcode is too long."))
    done = gbterm("--url", server.url, "runfile", str(gcode))
    assert_refused(done, ExitCode.WRONG_USAGE, "Line 3")


def test_an_emergency_stop(gbterm: Shell, server: WebSocketServer) -> None:
    server.answers["emergency_stop"] = lambda _: True
    done = gbterm("--url", server.url, "estop")
    assert (done.returncode, done.stderr) == (0, "")
    assert "confirmed" in done.stdout


def test_an_emergency_stop_that_nobody_confirmed(gbterm: Shell) -> None:
    with WebSocketServer(plain=True) as server:
        server.answers["get_status"] = lambda _: {"status": {"state": "EXECUTING"}}
        server.answers["emergency_stop"] = lambda _: True
        done = gbterm("--url", server.url, "estop")
        assert ("emergency_stop", {}) in server.calls
    assert_refused(done, ExitCode.PRINTER_ERROR, "cut its power")


def test_an_emergency_stop_passes_a_dead_server(gbterm: Shell, printer: PrinterProcess) -> None:
    printer.answers["emergency_stop"] = lambda _: True
    done = gbterm("--url", f"unix:{gbterm.run_dir('ender') / 'server.sock'}", "estop")
    assert (done.returncode, done.stderr) == (0, "")
    assert [method for method, _ in printer.calls] == ["emergency_stop"]


@pytest.mark.parametrize("verb", ["status", "pause", "estop", "waitend"])
def test_a_server_that_is_not_there(gbterm: Shell, verb: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and listens not: nobody else gets the port meanwhile
        port = silent.getsockname()[1]
        done = gbterm("--url", f"ws://127.0.0.1:{port}/ws", verb)
    assert_refused(done, ExitCode.UNREACHABLE, f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (HTTPStatus.UNAUTHORIZED, ExitCode.REFUSED),
        (HTTPStatus.FORBIDDEN, ExitCode.REFUSED),
        (HTTPStatus.NOT_FOUND, ExitCode.UNREACHABLE),
    ],
)
def test_a_server_that_lets_nobody_in(
    gbterm: Shell, server: WebSocketServer, status: HTTPStatus, code: ExitCode
) -> None:
    server.refused = status
    assert_refused(gbterm("--url", server.url, "status"), code, str(status.value))


def test_waitend_follows_the_events(gbterm: Shell, server: WebSocketServer) -> None:
    server.states = [HEATING]
    server.enter(2, Phase.PAUSED, "M0 in line 12")
    job = wire.to_json(Job("box.gcode", outcome="finished"))
    server.events.append(jsonrpc.event("job_changed", {"job": job}, 3))
    server.enter(4, Phase.READY)
    done = gbterm("--url", server.url, "waitend")
    assert (done.returncode, done.stdout) == (0, "")


def test_waitend_tells_of_a_failure(gbterm: Shell, server: WebSocketServer) -> None:
    server.states = [HEATING]
    server.enter(2, Phase.ERROR, "The board was reset.")
    done = gbterm("--url", server.url, "waitend")
    assert_refused(done, ExitCode.PRINTER_ERROR, "The board was reset.")


def test_waitend_gives_up(gbterm: Shell, server: WebSocketServer) -> None:
    server.states = [HEATING]
    done = gbterm("--url", server.url, "waitend", "--timeout", "0.5")
    assert_refused(done, ExitCode.TIMED_OUT, "within 0.5 s")


def test_text_of_a_server_does_not_reach_the_terminal(
    gbterm: Shell, server: WebSocketServer
) -> None:
    server.states = [PrinterState(phase=Phase.ERROR, reason="\x1b]52;c;aGk=\x07gone")]
    server.refuse("pause_print", errors.WrongState("\x1b[2JNo.\nReally."))
    assert "\x1b" not in gbterm("--url", server.url, "status").stdout
    done = gbterm("--url", server.url, "pause")
    assert_refused(done, ExitCode.WRONG_STATE, "No. Really.")
    assert "\x1b" not in done.stderr
