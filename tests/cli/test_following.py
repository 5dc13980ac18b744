"""Commands that go on: what becomes of what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gbterm import jsonrpc
from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.reach import Reach
from gbterm.connection import Retry
from gbterm.errors import LinkError
from tests.cli.conftest import Shell
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


def follow(gbterm: Shell, *argv: str) -> subprocess.Popen[str]:
    """The command, read by this process."""
    return subprocess.Popen(
        [sys.executable, "-m", "gbterm", *argv],
        env=gbterm.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_asked(server: WebSocketServer, method: str) -> None:
    wait_until(lambda: method in [name for name, _ in server.calls], f"{method} is asked")


def test_each_line_is_there_at_once_and_fit_to_be_shown(
    gbterm: Shell, server: WebSocketServer
) -> None:
    with follow(gbterm, "--url", server.url, "tail") as tail:
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


def test_no_line_is_lost_without_a_word(gbterm: Shell, server: WebSocketServer) -> None:
    with follow(gbterm, "--url", server.url, "tail", "--json", "--count", "6000") as tail:
        is_asked(server, "subscribe_console")
        for number in range(60):
            server.tell(cable(*(f"{number} {index} {'x' * 200}" for index in range(100))))
        out, said = tail.communicate(timeout=WITHIN_S)
    records = [json.loads(line) for line in out.splitlines()]
    told = [record for record in records if "text" in record]
    assert len(told) + sum(record.get("left_out", 0) for record in records) == 6000
    assert told[-1]["text"].startswith("59 99 ")
    assert (tail.returncode, said) == (ExitCode.DONE, "")


def test_ctrl_c_ends_it(gbterm: Shell, server: WebSocketServer) -> None:
    screen = Screen(gbterm, "--url", server.url, "tail")
    is_asked(server, "subscribe_console")
    server.tell(cable("ok"))
    screen.wait_for(b" < ok\r\n")
    screen.press(b"\x03")
    assert screen.leave() == ExitCode.INTERRUPTED
    assert screen.seen.endswith((b"< ok\r\n^C", b"< ok\r\n")), screen.seen


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
    with pytest.raises(LinkError, match="closed the connection, and could not be reached for 15 s"):
        reach.look(backend, 15.1)
