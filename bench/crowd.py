"""What else a host may have to do while it prints: listeners, uploads and a console."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed

CLIENTS = 200
UPLOAD_MB, MESSAGE_MB = 100, 64
GBTERM = (sys.executable, "-m", "gbterm")


async def listen(socket_path: str) -> None:
    """Connect, and hear every event until the server goes."""

    async def one() -> None:
        connection: ClientConnection
        async with unix_connect(socket_path, "ws://localhost/ws", max_size=None) as connection:
            await connection.send('{"jsonrpc": "2.0", "id": 1, "method": "hello", "params": {}}')
            async for _ in connection:
                pass

    with contextlib.suppress(ConnectionClosed):
        await asyncio.gather(*(one() for _ in range(CLIENTS)))


async def put(socket_path: str) -> None:
    """Upload a file in one message, again and again until the server goes."""
    payload = "G1 X101.123 Y99.5 E.123\n" * (MESSAGE_MB * 1_000_000 // 24)
    params = {"name": "message.gcode", "payload": payload}
    call = {"jsonrpc": "2.0", "id": 1, "method": "put_gcode_file", "params": params}
    text = json.dumps(call)
    with contextlib.suppress(ConnectionClosed):
        async with unix_connect(socket_path, "ws://localhost/ws") as connection:
            while True:
                await connection.send(text)
                while '"id"' not in (said := await connection.recv()):
                    pass
                if "result" not in json.loads(said):
                    raise SystemExit(said)


def write_large(path: Path) -> Path:
    """A file of `UPLOAD_MB` megabytes of moves."""
    block = b"".join(
        b"G1 X%d.%03d Y%d.5 E.123\n" % (i % 200, i % 1000, i % 180) for i in range(50_000)
    )
    with path.open("wb") as file:
        while file.tell() < UPLOAD_MB * 1_000_000:
            file.write(block)
    return path


@contextlib.contextmanager
def crowd(url: str, environment: dict[str, str], root: Path) -> Iterator[None]:
    """All of it, on the host at `url`, from now until the end of the block."""
    ended = threading.Event()
    socket_path = url.removeprefix("unix:")
    command = [sys.executable, __file__]
    clients = [subprocess.Popen([*command, what, socket_path]) for what in ("listen", "put")]
    console, screen = pty.fork()
    if not console:
        os.environ.update(environment, TERM="xterm", COLUMNS="80", LINES="24")
        os.execvp(GBTERM[0], [*GBTERM, "--url", url])

    def look() -> None:
        with contextlib.suppress(OSError):
            while os.read(screen, 65536):
                pass

    def upload() -> None:
        large = write_large(root / "large.gcode")
        command = [*GBTERM, "--url", url, "upload", str(large)]
        while not ended.is_set():
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    threads = [threading.Thread(target=look, daemon=True), threading.Thread(target=upload)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        threads[1].join()
        for client in clients:
            client.terminate()
            client.wait()
        os.kill(console, signal.SIGKILL)
        os.waitpid(console, 0)


if __name__ == "__main__":
    asyncio.run({"listen": listen, "put": put}[sys.argv[1]](sys.argv[2]))
