"""How the printer process ends: not under a print, not with hot heaters, and without a word."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gbterm.backends.marlin import starting as beginning
from gbterm.gcode.check import check_file
from gbterm.host import ending
from tests.endtoend.house import House, wait_until
from tests.host.conftest import Running, wait_for

SLOW = "M104 S200\nG4 S90\nG1 X10 F600\n"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Files are checked, but not before this is set."""
    gate, check = threading.Event(), check_file

    def check_later(*arguments: Any) -> Any:
        gate.wait()
        return check(*arguments)

    monkeypatch.setattr(beginning, "check_file", check_later)
    yield gate
    gate.set()


def file(running: Running, text: str = SLOW) -> str:
    path = running.house.root / "box.gcode"
    path.write_text(text)
    return str(path)


async def starting(running: Running) -> asyncio.Task[dict[str, Any]]:
    """The call that starts a print whose file is being checked."""
    call = asyncio.create_task(running.call("start_job", path=file(running)))
    await running.reach("STARTING")
    return call


async def printing(running: Running) -> None:
    assert (await running.call("start_job", path=file(running)))["result"] is True
    await running.until_heard(lambda lines: "M104 S200" in lines)


def is_off(lines: list[str]) -> bool:
    return "M140 S0" in lines and "M104 T0 S0" in lines


async def test_a_shutdown_while_a_file_is_checked_is_refused_and_changes_nothing(
    running: Running, gate: threading.Event
) -> None:
    call = await starting(running)
    error = (await running.call("shutdown"))["error"]
    assert error["data"]["type"] == "WrongState"
    assert "checking box.gcode" in error["message"]
    gate.set()
    assert (await call)["result"] is True
    await running.until_heard(lambda lines: "M104 S200" in lines)


async def test_a_forced_shutdown_while_a_file_is_checked_prints_nothing_of_it(
    running: Running, gate: threading.Event
) -> None:
    call = await starting(running)
    assert (await running.call("shutdown", force=True))["result"] is True
    gate.set()
    assert (await call)["error"]["data"]["type"] == "WrongState"
    await running.end()
    await running.until_heard(is_off)
    assert "M104 S200" not in running.heard()


async def test_a_forced_shutdown_of_a_board_that_is_busy_for_long_halts_it(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "CANCELLED_WITHIN_S", 0.3)
    await printing(running)
    error = (await running.call("shutdown", force=True))["error"]
    assert error["data"]["type"] == "PrinterError"
    assert "halted with M112" in error["message"]
    assert "confirmed that it halted" in error["message"]
    await running.end()
    await running.until_heard(lambda lines: "M112" in lines)


async def test_a_shutdown_that_would_leave_heaters_on_is_refused(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "OFF_WITHIN_S", 0.1)
    await running.call("set_temp", bed=50)
    await running.until(lambda state: state["bed"]["target"] == 50)
    await running.call("home_head", y=False, z=False)
    error = (await running.call("shutdown"))["error"]
    assert "did not confirm that its heaters are off" in error["message"]
    assert (await running.state())["phase"] == "READY"
    await running.until_heard(is_off)
    assert (await running.call("start_job", path=file(running)))["result"] is True


def test_who_may_not_end_hears_whether_it_prints_or_is_hot_and_busy(house: House) -> None:
    house.board()
    serve = house.serve()
    house.ask("set_temp", {"bed": 50})
    wait_until(lambda: "target 50.0" in house.status(), "the bed's target")
    house.fault("mute")
    refused = house.run("stop")
    assert refused.returncode == 5
    assert "is hot and busy" in refused.stderr
    assert "printed" not in refused.stderr
    serve.terminate()
    _, said = serve.communicate(timeout=90)
    assert serve.returncode == 0
    assert said.startswith(f"The host of {house.tty} goes on without gbterm serve: {house.tty} is")
    assert "is hot and busy" in said
    assert house.count("printer") == 1
    house.fault("unmute")


async def test_a_signal_ends_an_idle_process_once_the_heaters_are_off(running: Running) -> None:
    await running.call("set_temp", bed=50, nozzle1=200)
    os.kill(os.getpid(), signal.SIGTERM)
    await running.end()
    await running.until_heard(lambda lines: "M140 S50" in lines and is_off(lines))


async def test_a_signal_leaves_a_print_alone(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await printing(running)
    os.kill(os.getpid(), signal.SIGTERM)
    await wait_for(lambda: "the print goes on" in caplog.text)
    assert (await running.state())["phase"] == "EXECUTING"
    assert not running.ended.done()


async def test_a_client_that_never_reads_does_not_hold_up_the_end(running: Running) -> None:
    path = running.spec.run_dir / "printer.sock"
    _, deaf = await asyncio.open_unix_connection(path, limit=1024)
    deaf.write(b'{"jsonrpc":"2.0","id":1,"method":"hello"}\n' * 2000)
    _, idle = await asyncio.open_unix_connection(path)
    idle.write(b'{"jsonrpc":"2.0","id":1,"method":"hello"}\n')
    assert (await running.call("shutdown"))["result"] is True
    await running.end()
    for writer in (deaf, idle):
        writer.transport.abort()


def test_the_log_of_a_process_that_ended_in_order_holds_no_traceback(house: House) -> None:
    house.board()
    house.serve()
    log = house.run_dir / "printer.log"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(house.run_dir / "printer.sock"))
        client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"hello"}\n' * 500)
        assert house.run("stop").returncode == 0
    assert "Traceback" not in log.read_text()
    assert "exception" not in log.read_text()
