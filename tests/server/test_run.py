"""The server process: its lock, its sockets, its notice and its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from gbterm.errors import ConfigError, UsageError
from gbterm.server.hub import Hub
from gbterm.server.options import Options
from gbterm.server.run import serve
from tests.server.running import Running, until


async def test_the_notice_says_where_clients_may_connect(running: Running) -> None:
    assert running.notice["pid"] == os.getpid()
    assert running.notice["listen"].startswith("127.0.0.1:")
    assert "note" not in running.notice
    assert running.socket.stat().st_mode & 0o777 == 0o600
    async with await running.tcp() as far, await running.unix() as near:
        assert await far.result("get_status") == await near.result("get_status")


async def test_a_second_server_leaves_the_first_alone(running: Running) -> None:
    assert await serve(running.options) is False
    async with await running.unix() as client:
        assert await client.result("get_status")


async def test_a_port_that_is_taken_is_said_and_the_unix_socket_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with Running(listen=taken.getsockname()) as running:
            assert running.notice["listen"] is None
            assert "Address already in use" in running.notice["note"]
            async with await running.unix() as client:
                assert await client.result("get_status")


async def test_a_port_that_is_taken_and_required_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = Options(
            tmp_path, tmp_path / "library", listen=taken.getsockname(), listen_required=True
        )
        with pytest.raises(UsageError, match=r"in use\. Choose another address"):
            await serve(options)


async def test_a_library_that_can_not_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("a file")
    with pytest.raises(ConfigError, match="can't be used"):
        await serve(Options(tmp_path, tmp_path / "library"))


async def test_a_socket_that_was_cleaned_away_comes_back(running: Running) -> None:
    async with await running.unix() as old:
        running.socket.unlink()
        running.notice_path.unlink()
        await until(lambda: running.socket.exists() and running.notice_path.exists())
        async with await running.unix() as new:
            assert await new.result("get_status")
        assert await old.result("get_status")


async def test_a_server_that_is_killed_can_be_started_again(running: Running) -> None:
    running.stop.set()
    await until(lambda: not running.notice_path.exists())
    assert running.task is not None
    await running.task
    running.socket.touch()  # as SIGKILL would have left it
    await running.serve()
    async with await running.unix() as client:
        assert await client.result("get_status")


PROGRAM = """
import asyncio, sys
from pathlib import Path
from gbterm.server.options import Options
from gbterm.server.run import serve
asyncio.run(serve(Options(Path(sys.argv[1]), Path(sys.argv[1]) / "library")))
"""


async def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path), stderr=asyncio.subprocess.PIPE
    )
    await until((tmp_path / "server.json").exists)
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    left = set(os.listdir(tmp_path))  # noqa: PTH208
    assert left == {"server.lock", "library"}


async def test_a_work_that_fails_ends_the_whole_server_and_another_one_serves(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("nobody thought of that")

    with monkeypatch.context() as patch:
        patch.setattr(Hub, "tick", fails)
        assert running.task is not None
        with pytest.raises(KeyError):
            await running.task
    assert not running.notice_path.exists()
    await running.serve()
    async with await running.tcp() as client:
        assert await client.result("get_status")
