"""Uploads in pieces to a server that is killed, and what is left of them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.model import Phase
from gbterm.server.uploads import PIECE
from tests.endtoend.house import House, wait_until
from tests.server.running import Caller, until, workers

FILE = b"; a comment, as slicers write many\nG1 X1 Y2 E0.1\n" * 40_000
SHA256 = hashlib.sha256(FILE).hexdigest()


@pytest.fixture
def served(house: House) -> House:
    house.board()
    house.serve()
    return house


def payloads(house: House) -> list[Path]:
    (folder,) = (house.root / "data").rglob("gcode")
    return sorted(folder.iterdir())


def records(house: House) -> list[str]:
    """The payloads that have a record, as the database names them."""
    (path,) = (house.root / "data").rglob("library.sqlite")
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT payload FROM gcode_files")]


async def client(house: House) -> Caller:
    return Caller(await unix_connect(f"{house.run_dir}/server.sock", "ws://localhost/ws"))


async def restarted(house: House) -> Caller:
    """Kill the server; a client of the one that its host starts."""
    killed = house.kill("server")
    await asyncio.to_thread(
        wait_until, lambda: set(house.pids("server")) - {killed}, "another server"
    )
    while True:
        try:
            return await client(house)
        except OSError:
            await asyncio.sleep(0.02)


async def sent(caller: Caller, size: int = len(FILE)) -> str:
    """The id of an upload of which so many bytes are there."""
    begun = await caller.result("begin_upload", {"name": "a.gcode", "size": len(FILE)})
    for offset in range(0, size, PIECE):
        data = FILE[offset : min(offset + PIECE, size)].decode()
        given = {"upload": begun["upload"], "offset": offset, "data": data}
        await caller.result("append_upload", given)
    return str(begun["upload"])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
async def test_an_upload_succeeds_although_its_server_is_killed(
    served: House, share: float
) -> None:
    path = served.root / "a.gcode"
    path.write_bytes(FILE)
    server = served.pid("server")
    killed: list[int] = []

    def kill_once(done: int, total: int) -> None:
        if done >= share * total and not killed:
            os.kill(server, signal.SIGKILL)
            killed.append(done)

    backend = OpenGbBackend(f"unix:{served.run_dir}/server.sock")
    await backend.connect()
    file = await backend.upload(path, kill_once)
    assert killed
    await until(lambda: backend.state.phase is not Phase.DISCONNECTED)
    assert [found.id for found in await backend.files()] == [file.id]
    await backend.close()
    assert [payload.read_bytes() for payload in payloads(served)] == [FILE]


@pytest.mark.parametrize("size", [0, PIECE + 7, len(FILE)])
async def test_a_server_killed_before_the_end_leaves_nothing(served: House, size: int) -> None:
    upload = await sent(await client(served), size)
    assert len(payloads(served)) == 1
    async with await restarted(served) as caller:
        assert payloads(served) == []
        assert (await caller.result("get_gcode_files"))["gcode_files"] == []
        assert (await caller.error("get_upload", [upload]))["code"] == -32001
        given = {"upload": await sent(caller), "sha256": SHA256}
        assert (await caller.result("finish_upload", given))["size"] == len(FILE)
    assert [payload.read_bytes() for payload in payloads(served)] == [FILE]


async def test_a_server_killed_while_it_finishes_has_all_of_the_file_or_nothing(
    served: House,
) -> None:
    caller = await client(served)
    upload = await sent(caller)
    finishing = asyncio.create_task(caller.ask("finish_upload", [upload, SHA256]))
    async with await client(served) as other:
        await other.result("get_status")
    async with await restarted(served) as again:
        finishing.cancel()
        files = (await again.result("get_gcode_files"))["gcode_files"]
        assert [payload.read_bytes() for payload in payloads(served)] == [FILE] * len(files)
        assert records(served) == [payload.name for payload in payloads(served)]


async def test_a_server_killed_with_the_answer_on_its_lips_stores_the_file_once(
    served: House,
) -> None:
    caller = await client(served)
    upload = await sent(caller)
    finishing = asyncio.create_task(caller.ask("finish_upload", [upload, SHA256]))
    await until(lambda: records(served))
    async with await restarted(served) as again:
        finishing.cancel()
        record = await again.result("finish_upload", [upload, SHA256])
        assert (await again.result("get_gcode_files"))["gcode_files"] == [record]
    assert [payload.read_bytes() for payload in payloads(served)] == [FILE]


async def test_a_server_killed_while_its_worker_works_leaves_nothing(served: House) -> None:
    large = {"name": "a.gcode", "payload": FILE.decode() * 8}
    caller, server = await client(served), served.pid("server")
    uploading = asyncio.create_task(caller.ask("put_gcode_file", large))
    await until(lambda: workers(server) and payloads(served))
    working = workers(server)
    async with await restarted(served) as again:
        with pytest.raises(ConnectionClosed):
            await uploading
        await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in working))
        assert payloads(served) == []
        assert records(served) == []
        assert (await again.result("put_gcode_file", large))["size"] == 8 * len(FILE)
    assert [payload.read_bytes() for payload in payloads(served)] == [8 * FILE]
