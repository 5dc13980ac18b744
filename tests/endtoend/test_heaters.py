"""What becomes of the heaters when whoever looked after them is gone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from gbterm.host.hosts import JOURNAL, TRAFFIC
from tests.endtoend.house import GBTERM, House, wait_until
from tests.endtoend.screen import Screen

HEATING = "M140 S60\nM104 S210\nG21\nG90\nM82\nG28\nG92 E0\nG1 X10 Y10 Z0.3 F3000\n" + "".join(
    f"G1 X{10 + 50 * (i % 2)} Y{10 + i % 40} E{i / 10:g}\n" for i in range(8000)
)


def goes_off_after(house: House, nozzle_min: float, bed_min: float) -> None:
    folder = house.root / "config/gbterm"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[printer.p]\nport = "{house.tty}"\n[printer.p.heaters]\n'
        f"nozzle_off_after_min = {nozzle_min}\nbed_off_after_min = {bed_min}\n"
    )


def file(house: House, text: str = HEATING) -> Path:
    path = house.root / "part.gcode"
    path.write_text(text)
    return path


def state(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.ask("get_snapshot")["result"]["state"]
    return found


def said(house: House) -> list[str]:
    return [message["text"] for message in state(house)["messages"]]


def targets(house: House) -> tuple[float, float]:
    """Of the nozzle and of the bed."""
    found = state(house)
    return found["nozzles"][0]["target"] or 0.0, found["bed"]["target"] or 0.0


def orders(house: House) -> list[str]:
    """What the heaters were told since the last numbering."""
    lines = [str(line["line"]) for line in house.executed()]
    return [line for line in lines if line.startswith(("M104", "M140"))]


def killed(house: House, role: str = "printer") -> float:
    """Kill it; how long it took until another one answered, in seconds."""
    dead = house.kill(role)
    began = time.monotonic()
    wait_until(lambda: set(house.pids(role)) - {dead}, f"another {role} process")
    wait_until(lambda: answers(house), "its answer")
    return time.monotonic() - began


def reach(house: House, phase: str) -> None:
    wait_until(lambda: answers(house) and state(house)["phase"] == phase, phase)


def answers(house: House) -> bool:
    try:
        return "result" in house.ask("get_snapshot")
    except (OSError, ValueError):
        return False


def test_a_crash_leaves_the_heaters_on_for_a_while_and_then_turns_them_off(house: House) -> None:
    goes_off_after(house, 0.25, 0.3)
    house.start_print(file(house), speed=30)
    wait_until(lambda: targets(house) == (210.0, 60.0), "the targets")
    house.wait_for_line(20)
    print(f"a new printer process after {killed(house):.2f} s")
    reach(house, "ERROR")
    wait_until(lambda: targets(house)[0] == 0, "the nozzle is off")
    wait_until(lambda: targets(house) == (0, 0), "the bed is off")
    announced = r"gbterm was restarted, so heaters go off .*: nozzle 1 in \d+ s, the bed in \d+ s"
    assert any(re.match(announced, text) for text in said(house))
    assert "gbterm was restarted: nozzle 1 was turned off, its target was 210 °C." in said(house)
    assert orders(house) == ["M104 T0 S0", "M140 S0"]


def test_whoever_goes_on_after_a_crash_finds_the_heaters_on(house: House) -> None:
    house.start_print(file(house), speed=30)
    house.wait_for_line(60)
    killed(house)
    reach(house, "ERROR")
    assert targets(house) == (210.0, 60.0)
    assert "result" in house.ask("reconnect")
    reach(house, "READY")
    assert targets(house) == (210.0, 60.0)
    assert house.ask("resume_job", {"confirmed": True}).get("result") is True
    house.wait_for_line(80)
    assert targets(house) == (210.0, 60.0)


def test_a_print_is_remembered_from_its_first_heating_line_on(house: House) -> None:
    house.board(speed=1)
    house.serve()
    house.print_file(file(house))
    wait_until(lambda: house.executed_log.read_text().count("M140 S60"), "the first line")
    house.kill("printer")
    reach(house, "ERROR")
    assert "part.gcode stopped at about line" in state(house)["reason"]


@pytest.mark.parametrize("dead_min", [0.0, 11.0])
def test_where_both_processes_died_the_next_client_starts_them_and_the_time_counts_from_then(
    house: House, dead_min: float
) -> None:
    serve = house.start_print(file(house), speed=30)
    house.wait_for_line(60)
    os.kill(serve.pid, signal.SIGKILL)
    server, printer = house.pid("server"), house.pid("printer")
    for pid in (server, printer):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not house.count("server") and not house.count("printer"), "both are gone")
    died_at = time.time() - 60 * dead_min
    for path in (house.run_dir / JOURNAL, house.run_dir / TRAFFIC):
        os.utime(path, (died_at, died_at))
    house.serve()
    reach(house, "ERROR")
    if dead_min:
        wait_until(lambda: targets(house) == (0, 60), "the nozzle is off at once")
        words = (
            "gbterm was restarted, so heaters go off unless you go on with the print: the bed in"
        )
    else:
        assert targets(house) == (210, 60)
        words = "gbterm was restarted, so heaters go off unless you go on with the print: nozzle 1"
    wait_until(lambda: any(text.startswith(words) for text in said(house)), "the announcement")


def stays_on(house: House, seconds: float) -> bool:
    """Heat the nozzle; whether it is hot for so long."""
    before = went_off(house)
    assert "result" in house.ask("set_temp", {"nozzle1": 200})
    # It may be off again before it was seen to be on.
    wait_until(lambda: targets(house)[0] == 200 or went_off(house) > before, "the target")
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        if went_off(house) > before:
            wait_until(lambda: targets(house)[0] == 0, "it is off")
            return False
        time.sleep(0.1)
    return True


def went_off(house: House) -> float:
    """When the nozzle was turned off last for want of anybody, as a Unix time."""
    told = "Nobody is connected: nozzle 1 was turned off, its target was 200 °C."
    at = [message["at"] for message in state(house)["messages"] if message["text"] == told]
    return max(at, default=0.0)


@contextmanager
def follower(house: House, *arguments: str) -> Iterator[None]:
    """A command that goes on."""
    with subprocess.Popen(
        [*GBTERM, "--port", str(house.tty), *arguments],
        env=house.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            yield
            assert process.poll() is None
        finally:
            process.kill()


@contextmanager
def pipe(house: House) -> Iterator[None]:
    """What an ssh:// address runs, with a client that only listens."""
    with subprocess.Popen(
        [*GBTERM, "--port", str(house.tty), "host", "pipe"],
        env=house.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(
                b"GET /ws HTTP/1.1\r\nHost: localhost\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            process.stdin.flush()
            assert process.stdout.readline().startswith(b"HTTP/1.1 101")
            yield
        finally:
            process.kill()


@contextmanager
def screen(house: House) -> Iterator[None]:
    with closing(Screen(house, "--port", str(house.tty))) as console:
        console.wait_for("READY")
        yield


CLIENTS: dict[str, Callable[[House], AbstractContextManager[object]]] = {
    "the console": screen,
    "the plain console": lambda house: follower(house, "--plain"),
    "watch": lambda house: follower(house, "watch"),
    "a command that waits": lambda house: follower(house, "waitfor", "bed>=90"),
    "a web page": lambda house: connect(f"ws://{house.listen()}/ws", proxy=None),
    "a client by ssh": pipe,
}


def test_whoever_is_connected_keeps_the_heaters_on_and_nobody_lets_them_go_off(
    house: House,
) -> None:
    off_min = 0.02
    goes_off_after(house, off_min, off_min)
    house.board()
    house.serve()
    for name, client in CLIENTS.items():
        with client(house):
            # It takes a moment until it is known to be there.
            began = time.monotonic()
            wait_until(lambda: stays_on(house, 2 * 60 * off_min), name)
            print(f"{name}: on, seen after {time.monotonic() - began - 120 * off_min:.1f} s")
    wait_until(lambda: targets(house) == (0, 0), "nobody is there: the heaters are off")
    assert "Nobody is connected: nozzle 1 was turned off, its target was 200 °C." in said(house)


def stop_machine(house: House, word: str) -> None:
    """Let `systemctl is-system-running` say `word`."""
    folder = house.root / "bin"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(f"#!/bin/sh\n[ $1 = is-system-running ] && echo {word}\nexit 1\n")
    program.chmod(0o755)
    house.environment["PATH"] = f"{folder}:{house.environment['PATH']}"


def test_a_machine_that_shuts_down_stops_the_print_turns_the_heaters_off_and_loses_nothing(
    house: House,
) -> None:
    stop_machine(house, "stopping")
    house.start_print(file(house), speed=30)
    house.wait_for_line(60)
    began = time.monotonic()
    os.kill(house.pid("printer"), signal.SIGTERM)
    wait_until(lambda: not house.count("printer"), "the end of the printer process")
    print(f"it ended after {time.monotonic() - began:.2f} s")
    # The board carries out the last of it when it gets round to it.
    wait_until(lambda: {"M104 T0 S0", "M140 S0"} <= set(orders(house)), "the end of the heat")
    wait_until(lambda: not house.count("server"), "the end of the server")
    house.serve()
    reach(house, "READY")
    assert state(house)["lost_print"] == "part.gcode"
    assert house.ask("resume_job", {"confirmed": True}).get("result") is True


def test_a_board_that_is_busy_when_the_machine_shuts_down_is_halted(house: House) -> None:
    stop_machine(house, "stopping")
    house.start_print(file(house, "M104 S200\nG4 S600\n" + HEATING), speed=1)
    wait_until(lambda: "M104 S200" in house.executed_log.read_text(), "the first line")
    wait_until(lambda: targets(house)[0] == 200, "the target")
    os.kill(house.pid("printer"), signal.SIGTERM)
    wait_until(lambda: not house.count("printer"), "the end of the printer process")
    wait_until(lambda: '"M112"' in house.executed_log.read_text(), "the halt")


def test_a_signal_from_a_machine_that_goes_on_leaves_the_print_alone(house: House) -> None:
    stop_machine(house, "running")
    house.start_print(file(house), speed=30)
    house.wait_for_line(20)
    os.kill(house.pid("printer"), signal.SIGTERM)
    house.wait_for_line(60)
    assert state(house)["phase"] == "EXECUTING"
    assert targets(house) == (210.0, 60.0)
