"""A server on its sockets, in a short directory: a socket's path holds 108 bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect, unix_connect

from gbterm.server.keys import Keys
from gbterm.server.library import Library
from gbterm.server.options import Options
from gbterm.server.run import serve
from tests.server.device import Device


async def until(condition: Callable[[], Any]) -> None:
    """Wait for `condition`; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110 - what is waited for may be a file
        await asyncio.sleep(0.005)


def workers(server: int | None = None, *, idle: bool = False) -> list[int]:
    """The processes at work for `server`, that somebody waits for, or the `idle` ones, for which
    nobody does; without a server, for this process."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if (
                b"gbterm.server.worker" in words
                and (b'"work_out"' in words) == idle
                and _parent(process) == (server or os.getpid())
            ):
                found.append(int(process.name))
    return found


def _parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def open_files() -> int:
    """How many descriptors this process has, the server's among them."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class Running:
    """`async with Running()`: a device, a server, and how to reach it."""

    def __init__(self, **options: Any) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="gbt-"))
        self.run_dir = self.root / "run"
        self.run_dir.mkdir()
        self.device = Device(self.run_dir)
        settings = {"listen": ("127.0.0.1", 0), "tick_s": 0.05, "watch_s": 0.05, **options}
        keys_file = self.root / "keys.json"
        self.keys = Keys(keys_file)
        self.options = Options(self.run_dir, self.root / "library", keys_file, **settings)
        self.stop = asyncio.Event()
        self.lost = 0
        self.library = Library(self.root / "library")
        self.task: asyncio.Task[bool] | None = None

    async def __aenter__(self) -> Running:
        await self.device.start()
        await self.serve()
        await until(lambda: self.device.listeners)
        return self

    async def serve(self) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(
            serve(self.options, on_printer_lost=self._count_loss, stop=self.stop)
        )
        task = self.task
        await until(lambda: self.notice_path.exists() or task.done())
        if task.done():
            task.result()

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        await self.device.die()
        # A thread of the server's may still be closing its database.
        shutil.rmtree(self.root, ignore_errors=True)

    def _count_loss(self) -> bool:
        self.lost += 1
        return True

    @property
    def notice_path(self) -> Path:
        return self.run_dir / "server.json"

    @property
    def notice(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.notice_path.read_text())
        return read

    @property
    def socket(self) -> Path:
        return self.run_dir / "server.sock"

    @property
    def url(self) -> str:
        return f"ws://{self.notice['listen']}/ws"

    async def tcp(self, *, name: str = "127.0.0.1", path: str = "/ws", **settings: Any) -> Caller:
        """Connect as to the host `name`, wherever that would lead."""
        host, _, port = self.notice["listen"].rpartition(":")
        url = f"ws://{name}:{port}{path}"
        return Caller(await connect(url, host=host, port=int(port), proxy=None, **settings))

    async def unix(self) -> Caller:
        return Caller(await unix_connect(str(self.socket), "ws://localhost/ws"))


async def raw_client(running: Running) -> socket.socket:
    """A connection that answers nothing by itself, behind its handshake."""
    client, loop = socket.socket(socket.AF_UNIX), asyncio.get_running_loop()
    client.setblocking(False)
    await loop.sock_connect(client, str(running.socket))
    handshake = (
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(client, handshake.encode())
    assert b"101" in await loop.sock_recv(client, 4096)
    return client


class Caller:
    """A client that asks one thing at a time and keeps the events that come between."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        # Where events lie unread, the server's farewell is behind them.
        connection.close_timeout = 0.5
        self.events: list[dict[str, Any]] = []
        self._last_id = 0

    async def __aenter__(self) -> Caller:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()

    async def ask(self, method: str, params: Any = None) -> dict[str, Any]:
        """The whole answer."""
        self._last_id += 1
        request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}
        await self.connection.send(json.dumps(request))
        while True:
            message = await self.next()
            if message.get("id") == self._last_id:
                return message
            self.events.append(message)

    async def result(self, method: str, params: Any = None) -> Any:
        answer = await self.ask(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    async def error(self, method: str, params: Any = None) -> dict[str, Any]:
        body: dict[str, Any] = (await self.ask(method, params))["error"]
        assert body["message"] == body["data"]["message"]
        return body

    async def next(self) -> dict[str, Any]:
        text = await self.connection.recv()
        assert isinstance(text, str)
        message: dict[str, Any] = json.loads(text)
        return message

    async def event(self, name: str) -> dict[str, Any]:
        """The params of the next event `name`."""
        while True:
            for message in self.events:
                if message.get("event") == name:
                    self.events.remove(message)
                    params: dict[str, Any] = message["params"]
                    return params
            self.events.append(await self.next())
