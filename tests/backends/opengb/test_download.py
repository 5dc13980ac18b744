"""Downloads in pieces, with a real server behind a wire that breaks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from gbterm.backends import going_on
from gbterm.backends.capability import Capability
from gbterm.backends.opengb import download
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.backends.opengb.websocket import open_websocket
from gbterm.errors import (
    GbtermError,
    LinkError,
    NeedsConfirmation,
    NoSuchFile,
    NotSupported,
    PrinterError,
)
from tests.backends.opengb.wire import Wire
from tests.server.running import Running

FILE = b"; caf\xe9 \xc3\xbc \x1b[2J\r\nG1 X1 E1\n" * 60_000


@pytest.fixture
def file_id(running: Running) -> int:
    return running.library.put([FILE], "cone.gcode").id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder / "cone.gcode"


@dataclass
class Progress:
    """Does something the first time that so many bytes are done."""

    at: int
    do: Callable[[], object]
    done: int = 0

    def __call__(self, done: int, total: int) -> None:
        assert total == len(FILE)
        assert done >= self.done
        reached, self.done = self.done < self.at <= done, done
        if reached:
            self.do()


def content(path: Path) -> bytes:
    return path.read_bytes()


def change(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def nothing() -> None:
    """What happens where nothing does."""


async def test_a_file_arrives_as_it_is(backend: OpenGbBackend, file_id: int, path: Path) -> None:
    assert Capability.DOWNLOAD in backend.capabilities
    progress = Progress(1, nothing)
    await backend.download_file(file_id, path, progress)
    assert content(path) == FILE
    assert progress.done == len(FILE)
    with pytest.raises(NeedsConfirmation):
        await backend.download_file(file_id, path)
    change(path, b"old")
    await backend.download_file(file_id, path, confirmed=True)
    assert content(path) == FILE


async def test_a_file_of_one_piece_arrives(
    running: Running, backend: OpenGbBackend, path: Path
) -> None:
    await backend.download_file(running.library.put([b"G28"], "small.gcode").id, path)
    assert content(path) == b"G28"


async def test_a_download_goes_on_where_the_connection_broke(
    wire: Wire, far: OpenGbBackend, file_id: int, path: Path
) -> None:
    await far.download_file(file_id, path, Progress(len(FILE) // 2, wire.cut))
    assert content(path) == FILE


async def test_a_server_that_stays_away_leaves_nothing(
    wire: Wire,
    far: OpenGbBackend,
    file_id: int,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(going_on, "RETRY_S", (0.0, 0.0, 0.0))
    assert len(FILE) > download.PIECE * (download.AHEAD + 1), "all of it may be on its way already"
    with pytest.raises(LinkError):
        await far.download_file(file_id, path, Progress(1, wire.vanish))
    assert list(path.parent.iterdir()) == []


async def test_a_user_who_gives_up_leaves_nothing(
    far: OpenGbBackend, file_id: int, path: Path
) -> None:
    reached = asyncio.Event()
    downloading = asyncio.create_task(far.download_file(file_id, path, Progress(1, reached.set)))
    await reached.wait()
    downloading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await downloading
    assert list(path.parent.iterdir()) == []


async def test_a_file_that_is_deleted_meanwhile_leaves_nothing(
    running: Running, wire: Wire, far: OpenGbBackend, file_id: int, path: Path
) -> None:
    def delete() -> None:
        running.library.delete(file_id)
        wire.cut()

    with pytest.raises(NoSuchFile):
        await far.download_file(file_id, path, Progress(1, delete))
    with pytest.raises(NoSuchFile):
        await far.download_file(99, path)
    assert list(path.parent.iterdir()) == []


async def test_a_plain_opengb_server_renames_nothing(plainly: OpenGbBackend) -> None:
    with pytest.raises(NotSupported):
        await plainly.rename_file(1, "a.gcode")


async def test_a_file_has_another_name_from_then_on(
    running: Running, backend: OpenGbBackend, file_id: int
) -> None:
    renamed = await backend.rename_file(file_id, "../tall cone.gcode")
    assert (renamed.id, renamed.name) == (file_id, "tall cone.gcode")
    assert [file.name for file in await backend.files()] == ["tall cone.gcode"]
    with pytest.raises(GbtermError, match="needs a name"):
        await backend.rename_file(file_id, "..")
    with pytest.raises(NoSuchFile):
        await backend.rename_file(99, "a.gcode")


def answer(data: bytes, size: int, whole: bytes = FILE) -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    return {"offset": 0, "data": text, "size": size, "sha256": hashlib.sha256(whole).hexdigest()}


@pytest.mark.parametrize(
    "piece",
    [
        *(None, [], {}, {"data": "AAAA"}, answer(b"", len(FILE)) | {"data": "no base64"}),
        *(answer(b"", 1 << 70), answer(b"", -1), answer(bytes(9), len(FILE))),
        answer(b"", len(FILE)) | {"size": None},
    ],
)
async def test_a_server_that_talks_nonsense_is_told_so(path: Path, piece: object) -> None:
    async def talk(connection: ServerConnection) -> None:
        async for message in connection:
            id = json.loads(message)["id"]
            await connection.send(json.dumps({"jsonrpc": "2.0", "id": id, "result": piece}))

    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        opening = partial(open_websocket, f"ws://127.0.0.1:{port}")
        with pytest.raises(GbtermError):
            await download.get_in_pieces(opening, 1, path, None, replaces=False)
    assert list(path.parent.iterdir()) == []


async def test_other_bytes_than_were_told_of_are_refused(
    running: Running,
    backend: OpenGbBackend,
    file_id: int,
    path: Path,
) -> None:
    change(running.library.stored(file_id).path, FILE[:-1] + b"\0")
    with pytest.raises(PrinterError, match="arrived otherwise"):
        await backend.download_file(file_id, path)
    assert list(path.parent.iterdir()) == []
