"""Processes really killed in mid-print, and what is left of the print."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from gbterm.host import journal
from gbterm.host.hosts import JOURNAL
from tests.endtoend.house import AT_A_GREETING, GENEROUS_S, OF_THE_HOST, House, wait_until
from tests.endtoend.seat import Seat


def test_the_server_may_be_killed_in_mid_print(house: House, sliced: dict[str, Path]) -> None:
    house.start_print(sliced["box.gcode"], speed=30)
    for line in (150, 500, 900):
        house.linger_at(line)
        killed = house.kill("server")
        began = time.monotonic()
        _wait_for_another(house, "server", killed)
        print(f"a new server after {time.monotonic() - began:.2f} s")
        assert house.state() == "EXECUTING"
        house.live(30)
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_a_new_server_shows_the_job_where_it_is(house: House, sliced: dict[str, Path]) -> None:
    house.start_print(sliced["box.gcode"], 200, speed=30)
    assert house.run("pause").returncode == 0
    house.wait_for_state("PAUSED")
    line = house.line()
    killed = house.kill("server")
    _wait_for_another(house, "server", killed)
    socket = f"unix:{house.run_dir}/server.sock"
    wait_until(lambda: house.plain("--url", socket, "status").returncode == 0, "an answer")
    status = house.plain("--url", socket, "status").stdout
    assert status.startswith("PAUSED")
    assert f"line {line} of" in status


def test_who_comes_while_the_server_is_started_again_waits_for_it(house: House) -> None:
    house.board()
    house.serve()
    printer = house.pid("printer")
    os.kill(printer, signal.SIGSTOP)  # who would start it again
    house.kill("server")
    files = house.start_quietly("--port", str(house.tty), "files")
    console = Seat(house)
    with pytest.raises(subprocess.TimeoutExpired):
        files.wait(4)
    os.kill(printer, signal.SIGCONT)
    assert files.wait(GENEROUS_S) == 0
    console.shows("READY")
    console.close()


def test_a_console_outlives_a_server_that_hangs_and_dies_under_it(house: House) -> None:
    house.board()
    house.serve()
    os.kill(house.pid("server"), signal.SIGSTOP)  # who connects now is not answered
    console = Seat(house)
    with pytest.raises(subprocess.TimeoutExpired):
        console.program.wait(5)
    house.kill("server")
    console.shows("READY")
    console.close()


def test_serve_and_server_killed_together_lose_nothing(
    house: House, sliced: dict[str, Path]
) -> None:
    serve = house.start_print(sliced["box.gcode"], 150, speed=30)
    os.kill(serve.pid, signal.SIGKILL)
    house.kill("server")
    assert house.state() == "EXECUTING"
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_serve_ended_by_sigterm_leaves_the_print_going(
    house: House, sliced: dict[str, Path]
) -> None:
    serve = house.start_print(sliced["box.gcode"], 100, speed=30)
    serve.terminate()
    assert serve.wait(GENEROUS_S) == 0
    assert house.state() == "EXECUTING"
    adopted = house.serve()
    assert adopted.poll() is None
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_a_killed_printer_process_comes_back_in_error_and_moves_nothing(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 300, speed=30)
    wait_until(lambda: journal.read(house.run_dir / JOURNAL).active, "the journal")
    killed = house.kill("printer")
    began = time.monotonic()
    _wait_for_another(house, "printer", killed)
    print(f"a new printer process after {time.monotonic() - began:.2f} s")
    house.wait_for_state("ERROR")
    status = house.status()
    assert "box.gcode stopped at about line" in status
    assert house.run("resume").returncode != 0
    sent = [str(line["line"]).split()[0] for line in house.executed()]
    assert set(sent) <= {*OF_THE_HOST, *AT_A_GREETING, "M108"}
    wait_until(lambda: house.run("upload", str(sliced["box.gcode"])).returncode == 0, "the server")
    refused = house.run("runfile", str(sliced["box.gcode"]))
    assert refused.returncode == 5
    assert "reconnect" in refused.stderr


def test_two_that_start_at_once_end_up_with_one_host(house: House) -> None:
    house.board()
    one = house.start_quietly("serve", "--port", str(house.tty), "--listen", "127.0.0.1:0")
    two = house.start_quietly("serve", "--port", str(house.tty), "--listen", "127.0.0.1:0")
    for process in (one, two):
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("READY"), process.communicate()
    assert house.count("printer") == 1
    assert house.count("server") == 1


def test_stop_refuses_in_mid_print_unless_forced(house: House, sliced: dict[str, Path]) -> None:
    house.start_print(sliced["box.gcode"], 100, speed=30)
    refused = house.run("host", "stop")
    assert refused.returncode == 5
    assert "being printed" in refused.stderr
    assert house.run("stop", "--force").returncode == 0
    # The port is let go of a moment before the process has ended.
    wait_until(lambda: house.count("printer") == 0, "the end of the printer process")
    wait_until(lambda: house.count("server") == 0, "the end of the server")
    off = {"M104 T0 S0", "M104 T1 S0", "M140 S0"}
    # The board carries out the last of it when it gets round to it.
    wait_until(
        lambda: off <= {str(line["line"]) for line in house.executed()[-8:]}, "the end of the heat"
    )


def test_a_removed_socket_is_made_again(house: House) -> None:
    house.board()
    house.serve()
    (house.run_dir / "printer.sock").unlink()
    house.wait_for_state("READY")


def _wait_for_another(house: House, role: str, killed: int) -> None:
    wait_until(lambda: set(house.pids(role)) - {killed}, f"another {role} process")
