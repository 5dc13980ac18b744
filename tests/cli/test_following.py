"""Commands that go on: what becomes of what they print, and how they end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gbterm import events, jsonrpc, wire
from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs import ongoing, watch
from gbterm.cli.verbs.reach import Reach
from gbterm.connection import Retry
from gbterm.errors import LinkError
from gbterm.freshness import FRESH
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Temperature
from tests.cli.conftest import Shell
from tests.cli.printer_process import HEATING
from tests.cli.server import WebSocketServer
from tests.cli.service import WITHIN_S, Screen
from tests.endtoend.house import wait_until
from tests.memory_backend import MemoryBackend

AT = 1_700_000_000.25


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    with WebSocketServer() as server:
        names = ["CONSOLE", "TEMPERATURE"]
        server.answers["get_capabilities"] = lambda _: {"capabilities": names, "methods": []}
        server.answers["subscribe_console"] = lambda _: True
        yield server


def cable(*texts: str, skipped: int = 0) -> str:
    lines = [{"at": AT, "direction": "in", "text": text} for text in texts]
    return jsonrpc.event("console_lines", {"lines": lines, "skipped": skipped})


@contextmanager
def follow(gbterm: Shell, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """The command, read by this process and ended with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "gbterm", *argv],
        env=gbterm.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def is_asked(server: WebSocketServer, method: str) -> None:
    wait_until(lambda: method in [name for name, _ in server.calls], f"{method} is asked")


def test_each_line_is_there_at_once_and_fit_to_be_shown(
    gbterm: Shell, server: WebSocketServer
) -> None:
    with follow(gbterm, "--url", server.url, "tail", "-n", "9") as tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        is_asked(server, "subscribe_console")
        server.tell(cable("ok \x1b[2Jgone"))
        assert tail.stdout.readline().endswith(".250 < ok ?[2Jgone\n")
        server.tell(cable("later", skipped=7))
        assert tail.stdout.readline() == "7 lines were left out.\n"
        assert tail.stdout.readline().endswith(" < later\n")
        # Whoever reads them has seen enough.
        tail.stdout.close()
        server.tell(cable("unseen"))
        assert tail.wait(WITHIN_S) == ExitCode.DONE
        assert tail.stderr.read() == ""


def test_a_disk_that_is_full_is_told_of(gbterm: Shell, server: WebSocketServer) -> None:
    def subscribed(_: object) -> bool:
        server.tell(cable("ok"))
        return True

    server.answers["subscribe_console"] = subscribed
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*(sys.executable, "-m", "gbterm", "--url", server.url), "tail", "-n", "9"],
            env=gbterm.env,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    assert done.returncode == ExitCode.FAILED_INSIDE
    assert "No space left on device" in done.stderr


def test_no_line_is_lost_without_a_word(gbterm: Shell, server: WebSocketServer) -> None:
    with follow(gbterm, "--url", server.url, "tail", "--json", "-n", "9") as tail:
        assert tail.stdout is not None
        is_asked(server, "subscribe_console")
        server.tell(cable("it is listened to"))
        assert "it is listened to" in tail.stdout.readline()
        for number in range(60):
            server.tell(cable(*(f"{number} {index} {'x' * 200}" for index in range(100))))
        told = left_out = 0
        record: dict[str, Any] = {}
        # Of too many the oldest are left out, never the last.
        while not record.get("text", "").startswith("59 99 "):
            record = json.loads(tail.stdout.readline())
            told += "text" in record
            left_out += record.get("left_out", 0)
    assert told + left_out == 6000


def phase(number: int, phase: Phase, reason: str = "") -> str:
    params = {"phase": wire.to_json(phase), "reason": reason}
    return jsonrpc.event("phase_changed", params, number)


def test_the_line_is_redrawn_in_place_until_ctrl_c(gbterm: Shell, server: WebSocketServer) -> None:
    server.states = [HEATING]
    screen = Screen(gbterm, "--url", server.url, "--ascii", "watch")
    screen.wait_for(b"\rPAUSING  25 %  1:02:00 left  nozzle 210/215 C  bed 60/60 C  asked to pause")
    drawn = len(screen.seen)
    server.tell(phase(2, Phase.PAUSED, "\x1b]0;M0 in line 12"))
    screen.wait_for(b"M0 in line 12")
    # The first letters stay as they are.
    assert b"\r\x1b[4CED  25 %" in screen.seen[drawn:], screen.seen
    assert b"\n" not in screen.seen
    screen.press(b"\x03")
    assert screen.leave() == ExitCode.INTERRUPTED
    assert screen.seen.endswith(b"\r\n")
    assert b"\x1b]" not in screen.seen


def test_a_log_has_a_line_for_each_change(gbterm: Shell, server: WebSocketServer) -> None:
    server.states = [HEATING]
    with follow(gbterm, "--url", server.url, "watch", "--count", "3") as log:
        assert log.stdout is not None
        assert "  PAUSING  25 %  " in log.stdout.readline()
        server.tell(phase(2, Phase.DISCONNECTED, "The cable is out."))
        gone = r".*  DISCONNECTED  The cable is out\.  last heard \d+ s ago  box\.gcode\n"
        assert re.fullmatch(gone, log.stdout.readline())
        server.tell(phase(3, Phase.READY))
        assert "  READY  nozzle 210/215 °C  " in log.stdout.readline()
        assert log.wait(WITHIN_S) == ExitCode.DONE


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (HEATING, ["PAUSING", "25", "1:02:00", "210/215", "60/60"]),
        (PrinterState(Phase.ERROR, "Thermal runaway"), ["ERROR", "Thermal runaway"]),
        (PrinterState(Phase.FILAMENT_SWAP, "runout", job=HEATING.job), ["FILAMENT SWAP", "25"]),
        (PrinterState(Phase.READY, job=Job("名" * 100)), ["READY", "名"]),
    ],
)
def test_what_is_important_fits(state: PrinterState, words: list[str], columns: int) -> None:
    line = watch.fitted(state, FRESH, columns)
    assert len(line) <= columns
    assert [word for word in words if word not in line] == []
    assert ongoing.cells(ongoing.cut(line, columns)) <= columns


def test_who_logs_temperatures_hears_of_a_printer_that_goes_and_comes(
    gbterm: Shell, server: WebSocketServer
) -> None:
    server.states = [HEATING]
    with follow(gbterm, "--url", server.url, "temps", "--csv", "--count", "2") as temps:
        assert temps.stdout is not None
        assert temps.stderr is not None
        assert temps.stdout.readline().startswith("time,tool0_actual,tool0_target,tool1_actual,")
        assert temps.stdout.readline().endswith(",209.84,215,24,0,60,60\n")
        server.tell(phase(2, Phase.DISCONNECTED, "The cable is out."))
        said = temps.stderr.readline()
        assert said == (
            "gbterm: The printer is offline: The cable is out; this goes on once it is back.\n"
        )
        server.tell(phase(3, Phase.READY))
        assert temps.stderr.readline() == "gbterm: The printer is online again.\n"
        read = events.TemperaturesReported({0: Temperature(21.5, 0.0)})
        server.tell(jsonrpc.event("temperatures_reported", wire.to_json(read), 4))
        assert temps.stdout.readline().endswith(",21.5,0,24,0,60,60\n")
        assert temps.wait(WITHIN_S) == ExitCode.DONE


def test_a_server_that_comes_back_in_time_is_no_end() -> None:
    backend, reach = MemoryBackend(), Reach()
    for lost_at in (0.0, 100.0):
        backend.tries = Retry(1, lost_at)
        reach.look(backend, lost_at)
        reach.look(backend, lost_at + 15.0)
        backend.tries = None
        reach.look(backend, lost_at + 16.0)


def test_a_server_that_stays_away_is() -> None:
    backend, reach = MemoryBackend(), Reach()
    backend.tries = Retry(1, 0.0)
    backend.lose("The server closed the connection.")
    reach.look(backend, 0.0)
    with pytest.raises(LinkError, match="closed the connection: given up after 15 s"):
        reach.look(backend, 15.1)
