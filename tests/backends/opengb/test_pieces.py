"""Uploads in pieces, with a real server behind a wire that breaks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.asyncio.server import ServerConnection, serve

from gbterm.backends import going_on
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import FileRefused, LinkError, WrongState
from gbterm.server.uploads import AT_ONCE, PIECE
from tests.backends.opengb.wire import Wire
from tests.server.running import Running, until

FILE = b"; caf\xe9 \xc3\xbc\nG1 X1 E1\n" * 60_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cone.gcode"
    path.write_bytes(FILE)
    return path


def stored(running: Running) -> list[Path]:
    return sorted((running.root / "library/gcode").iterdir())


class Progress:
    """Remembers the bytes done, and does something at one of them, once."""

    def __init__(self, at: int, do: Callable[[], None]) -> None:
        self.done: list[int] = []
        self._at, self._do = at, do

    def __call__(self, done: int, total: int) -> None:
        assert total == len(FILE)
        if done >= self._at and max(self.done, default=0) < self._at:
            self._do()
        self.done.append(done)


async def test_an_upload_goes_on_where_the_connection_broke(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path
) -> None:
    half = len(FILE) // 2
    progress = Progress(half, wire.cut)
    file = await far.upload(path, progress)
    assert (file.name, file.size) == ("cone.gcode", len(FILE))
    assert [payload.read_bytes() for payload in stored(running)] == [FILE]
    assert progress.done == sorted(progress.done)
    assert progress.done[-1] == len(FILE)
    # Had it begun anew, it would have told of less than half again.
    assert sum(done < half for done in progress.done) <= half // PIECE + 1


async def test_a_break_behind_the_last_piece_stores_the_file_once(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path
) -> None:
    def lose() -> None:
        wire.carry_answers = False

    uploading = asyncio.create_task(far.upload(path, Progress(len(FILE), lose)))
    async with await running.unix() as near:
        while not (await near.result("get_gcode_files"))["gcode_files"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert not uploading.done()
        wire.carry_answers = True
        wire.cut()
        file = await uploading
        listed = (await near.result("get_gcode_files"))["gcode_files"]
        assert [record["id"] for record in listed] == [file.id]
    assert [payload.read_bytes() for payload in stored(running)] == [FILE]


async def test_a_restarted_server_gets_the_file_from_its_beginning(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path
) -> None:
    progress = Progress(len(FILE) // 2, lambda: running.stop.set())
    uploading = asyncio.create_task(far.upload(path, progress))
    assert running.task is not None
    await running.task
    assert stored(running) == []
    await running.serve()
    assert (await uploading).size == len(FILE)
    assert [payload.read_bytes() for payload in stored(running)] == [FILE]


async def test_a_server_that_stays_away_is_given_up(
    running: Running,
    wire: Wire,
    far: OpenGbBackend,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(going_on, "RETRY_S", (0.0, 0.0, 0.0))

    with pytest.raises(LinkError):
        await far.upload(path, Progress(len(FILE) // 2, wire.vanish))
    running.stop.set()
    await until(lambda: stored(running) == [])


async def test_a_user_who_gives_up_leaves_nothing(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path
) -> None:
    reached = asyncio.Event()
    uploading = asyncio.create_task(far.upload(path, Progress(PIECE, reached.set)))
    await reached.wait()
    assert len(stored(running)) == 1
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    await until(lambda: stored(running) == [])


@pytest.mark.parametrize("how", ["longer", "shorter", "same length"])
async def test_a_file_that_changes_meanwhile_is_refused(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path, how: str
) -> None:
    def change() -> None:
        if how == "same length":
            os.utime(path, ns=(1, 1))
        else:
            os.truncate(path, len(FILE) + (9 if how == "longer" else -PIECE))

    with pytest.raises(FileRefused, match=r"cone\.gcode was changed while it was uploaded"):
        await far.upload(path, Progress(PIECE, change))
    await until(lambda: stored(running) == [])


async def test_one_upload_too_many_is_told_so(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path
) -> None:
    async with await running.unix() as near:
        for _ in range(AT_ONCE):
            await near.result("begin_upload", {"name": "a.gcode", "size": 1})
    with pytest.raises(WrongState, match="8 uploads are under way"):
        await far.upload(path)


async def test_a_file_larger_than_a_message_is_taken(
    running: Running, wire: Wire, far: OpenGbBackend, tmp_path: Path
) -> None:
    path = tmp_path / "large.gcode"
    line = b";" + b"-" * ((1 << 20) - 2) + b"\n"
    with path.open("wb") as file:
        file.write(b"G28\n")
        for _ in range(130):
            file.write(line)
    assert (await far.upload(path)).size == 4 + 130 * len(line)


async def test_a_file_of_bytes_that_are_no_text_arrives_as_it_is(
    running: Running, far: OpenGbBackend, tmp_path: Path
) -> None:
    path = tmp_path / "noise.gcode"
    content = b"G28\n" + (b";" + bytes(range(128, 256)) + b"\n") * 10_000
    path.write_bytes(content)
    await far.upload(path)
    assert [payload.read_bytes() for payload in stored(running)] == [content]


async def test_pieces_that_overtake_each_other_are_sent_again(running: Running, path: Path) -> None:
    sent: list[str] = []

    async def shuffle(connection: ServerConnection) -> None:
        """Pass messages on, but let the sixth piece overtake the fifth."""
        held = ""
        async with unix_connect(str(running.socket), "ws://localhost/ws") as server:
            back = asyncio.create_task(_pass_on(server, connection))
            async for message in connection:
                assert isinstance(message, str)
                sent.extend([message] if '"append_upload"' in message else [])
                if len(sent) == 5 and not held:
                    held = message
                    continue
                await server.send(message)
                if len(sent) == 6:
                    await server.send(held)
            back.cancel()

    async with serve(shuffle, "127.0.0.1", 0) as proxy:
        port = next(iter(proxy.sockets)).getsockname()[1]
        backend = OpenGbBackend(f"ws://127.0.0.1:{port}", "mk3")
        await backend.connect()
        await backend.upload(path)
        await backend.close()
    assert [payload.read_bytes() for payload in stored(running)] == [FILE]
    assert len(sent) > len(FILE) / PIECE + 1


async def _pass_on(server: ClientConnection, client: ServerConnection) -> None:
    async for message in server:
        await client.send(message)


async def test_others_are_answered_meanwhile(
    running: Running, wire: Wire, far: OpenGbBackend, path: Path
) -> None:
    pauses: list[asyncio.Task[None]] = []

    def pause() -> None:
        pauses.append(asyncio.create_task(far.pause()))

    await far.upload(path, Progress(PIECE, pause))
    await pauses[0]
    assert running.device.named("pause_print") == [{}]
