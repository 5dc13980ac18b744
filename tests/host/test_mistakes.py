"""A mistake of ours in the printer process: whoever asked hears of it, and the print goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.host.rpc import RpcServer
from gbterm.host.usage import Usage
from tests.endtoend.house import House
from tests.host.conftest import Running, wait_for
from tests.host.test_process import started

LINES = [f"M117 {number}" for number in range(60)]


def fails(*_: Any, **__: Any) -> Any:
    raise KeyError("nobody thought of that")


async def printed(running: Running, tmp_path: Path) -> None:
    """A print goes to its end, every line of it once."""
    (path := tmp_path / "a.gcode").write_text("\n".join([*LINES, ""]))
    assert (await running.call("start_job", path=str(path)))["result"] is True
    await running.until(lambda state: state["job"] and state["job"]["outcome"] == "finished")
    await running.until_heard(lambda lines: LINES[-1] in lines)
    assert [line for line in running.heard() if line.startswith("M117")] == LINES


async def test_in_a_method_it_is_its_callers_alone(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MarlinBackend, "home", fails)
    error = (await running.call("home_head"))["error"]
    assert error["code"] == -32603
    assert "Traceback" not in str(error)
    assert (await running.state())["phase"] == "READY"
    await printed(running, tmp_path)


async def test_in_the_connecting_it_is_said_and_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", house.environment["XDG_STATE_HOME"])
    await asyncio.to_thread(house.board)
    with monkeypatch.context() as patched:
        patched.setattr(MarlinBackend, "connect", fails)
        async with started(house, str(house.tty)) as running:
            await running.reach("READY")
            said = [message["text"] for message in (await running.state())["messages"]]
    assert any("could not be connected" in text for text in said), said


async def test_in_what_clients_are_told_it_holds_up_no_line(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RpcServer, "publish", fails)
    await printed(running, tmp_path)


async def test_in_what_is_counted_it_leaves_the_process_reachable(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Usage, "charge", fails)
    socket = running.spec.run_dir / "printer.sock"
    socket.unlink()
    await wait_for(socket.exists)
    assert (await running.state())["phase"] == "READY"
