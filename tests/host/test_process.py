"""The printer process under clean-ups, odd calls and parents that live on."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gbterm import lock, serial_names
from gbterm.config import PrinterProfile
from gbterm.host import hosts, journal
from gbterm.host.hosts import JOURNAL
from gbterm.host.spec import Spec
from tests.endtoend.house import House, wait_until
from tests.host.conftest import Running, wait_for


def remove(run_dir: Path) -> None:
    """All at once: what is made again meanwhile would be in the way."""
    removed = run_dir.rename(run_dir.parents[1] / "removed")
    shutil.rmtree(removed)


async def test_a_run_directory_that_was_removed_comes_back_with_all_that_is_in_it(
    running: Running,
) -> None:
    run_dir = running.spec.run_dir
    wanted = [run_dir / name for name in ("printer.sock", "host.json", "printer.lock")]
    for _ in range(2):
        remove(run_dir)
        await wait_for(lambda: all(path.exists() for path in wanted))
        assert run_dir.stat().st_mode & 0o777 == 0o700
        assert lock.is_held(run_dir / hosts.PRINTER_LOCK)
        await running.reach("READY")


async def test_a_run_directory_that_can_not_be_made_ends_nothing(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    run_dir = running.spec.run_dir
    while not run_dir.is_file():
        with suppress(OSError):  # until it is not made again in between
            shutil.rmtree(run_dir)
            run_dir.write_text("in the way")
    await wait_for(lambda: "can't be kept" in caplog.text)
    run_dir.unlink()
    await wait_for((run_dir / "printer.sock").exists)
    await running.reach("READY")


@pytest.mark.parametrize("died", ["printer", "server"])
def test_a_whole_host_outlives_its_run_directory(house: House, died: str) -> None:
    house.board()
    house.serve()
    run_dir = house.run_dir
    dead = house.kill(died)
    wait_until(lambda: house.pids(died) not in ([], [dead]), f"another {died}")
    house.wait_for_state("READY")
    # `gbterm status` asks the printer process alone: the server may still be starting.
    wait_until(lambda: house.notice()["pid"] == house.pid("server"), "the server serves")
    before = {role: house.pid(role) for role in ("printer", "server")}
    remove(run_dir)
    names = ("printer.sock", "server.sock", "server.json", "host.json")
    wait_until(lambda: all((run_dir / name).exists() for name in names), "all files back")
    locks = (hosts.PRINTER_LOCK, hosts.SERVER_LOCK)
    wait_until(lambda: all(lock.is_held(run_dir / name) for name in locks), "both locks held")
    house.wait_for_state("READY")
    assert {role: house.pid(role) for role in ("printer", "server")} == before


def test_a_printer_process_that_died_is_no_zombie_of_its_starter(house: House) -> None:
    house.board()
    house.serve()
    dead = house.kill("printer")
    wait_until(lambda: not Path(f"/proc/{dead}").exists(), "the dead process is reaped")


def job(house: House) -> dict[str, Any]:
    """The job, as `gbterm status --json` shows it."""
    found: dict[str, Any] = json.loads(house.run("status", "--json").stdout)["job"]
    return found


def test_a_lost_print_is_shown_as_far_as_it_was(house: House) -> None:
    house.board(speed=30)
    house.serve()
    file = house.root / "part.gcode"
    file.write_text("; a comment, which counts as bytes\nG28\n" + "G1 X10 F3000\nG1 X60\n" * 500)
    house.print_file(file)
    house.wait_for_line(60)
    path = house.run_dir / JOURNAL

    def written() -> bool:
        found = journal.read(path).job
        return found is not None and found.line >= 60

    wait_until(written, "the journal is past line 60")
    dead = house.kill("printer")
    kept = journal.read(path).job
    assert kept is not None
    wait_until(lambda: house.pids("printer") not in ([], [dead]), "another printer process")
    house.wait_for_state("ERROR")
    shown = job(house)
    assert (shown["outcome"], shown["left_s"]) == ("failed", None)
    assert (shown["byte"], shown["bytes"]) == (kept.byte, file.stat().st_size)
    assert 0 < shown["byte"] < shown["bytes"]
    assert shown["elapsed_s"] == kept.elapsed_s > 0
    lines = house.status().splitlines()
    assert f"progress: {kept.fraction * 100:.1f} % (line {kept.line} of {kept.lines})" in lines
    assert "left" not in [line.partition(":")[0] for line in lines]


@pytest.mark.parametrize("path", [r"\u0000", r"a\u0000b", r"\ud800"])
async def test_a_path_that_no_file_can_have_gets_a_sentence(running: Running, path: str) -> None:
    call = b'{"jsonrpc":"2.0","id":1,"method":"start_job","params":{"path":"%b"}}' % path.encode()
    error = (await running.ask(call))["error"]
    assert error["data"]["type"] == "UsageError"
    assert "path must be the path of a file" in error["message"]


@pytest.mark.parametrize("id", ["NaN", "Infinity", "-Infinity", "1e400"])
async def test_an_id_that_is_no_number_is_not_echoed(running: Running, id: str) -> None:
    answer = await running.ask(b'{"jsonrpc":"2.0","id":%b,"method":"get_status"}' % id.encode())
    assert answer["id"] is None
    assert answer["error"]["code"] == -32600


@asynccontextmanager
async def started(house: House, port: str) -> AsyncIterator[Running]:
    """A printer process on `port`, of which nobody waits for word."""
    spec = Spec("p", PrinterProfile(name="p", port=port), house.root / "data")
    spec.save()
    running = Running(house, spec)
    try:
        await wait_for((spec.run_dir / "printer.sock").exists)
        yield running
    finally:
        running.process.end()
        await running.end()
        running.held.release()


async def test_a_printer_that_is_plugged_in_later_is_ready_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", house.environment["XDG_STATE_HOME"])
    async with started(house, str(house.tty)) as running:
        await running.until(lambda state: state["waiting_for"].startswith(f"{house.tty} to be"))
        assert "plug the printer in" in (await running.state())["reason"]
        await asyncio.to_thread(house.board)
        await running.reach("READY")


async def test_a_hot_board_is_found_under_the_name_that_it_came_back_by(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", house.environment["XDG_STATE_HOME"])
    monkeypatch.setattr(serial_names, "LINKS", house.root)
    (house.root / "by-id").mkdir()
    house.tty = house.root / "by-id/usb-board"
    await asyncio.to_thread(house.board)
    port = serial_names.device_of(str(house.tty))
    async with started(house, port) as running:
        await running.reach("READY")
        await running.call("set_temp", bed=50)
        await running.until(lambda state: state["bed"]["target"] == 50)
        await asyncio.to_thread(house.fault, "unplug")
        await running.reach("DISCONNECTED")
        await asyncio.to_thread(house.fault, "unplug 0")
        await running.reach("READY")
    assert serial_names.device_of(str(house.tty)) != port
    async with started(house, port) as running:
        await running.reach("READY")
