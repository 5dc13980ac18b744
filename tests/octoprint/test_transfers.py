"""Large files, and connections that break, between gbterm and a real OctoPrint."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from gbterm.backends.octoprint import moving, upload
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.credentials import Credentials
from gbterm.errors import LinkError, NeedsConfirmation, PrinterError
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint
from tests.octoprint.proxy import proxy
from tests.octoprint.reaching import reached
from tests.octoprint.waiting import phase

LINES = b"".join(b"G1 X%d Y%d E0.1\n" % (n % 200, n % 190) for n in range(1 << 16))


class Cable:
    """Between a client and the server; it breaks after so many bytes to the client, once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.breaks_after: int | None = None
        self.requests: list[bytes] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """The address of this end."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Break everything."""
        self._server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", self._port)
        for way in (self._pass(reader, to, is_answer=False), self._pass(there, writer)):
            task = asyncio.create_task(way)
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool = True
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                if not is_answer:
                    self.requests.append(data)
                elif self.breaks_after is not None:
                    self.breaks_after -= len(data)
                    if self.breaks_after < 0:
                        self.breaks_after = None
                        break
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def mill(server: OctoPrint) -> AsyncIterator[OctoPrintBackend]:
    async with reached(server) as backend:
        yield backend
        for file in await backend.files():
            await backend.delete_file(file.id)


@pytest.fixture
async def cable(server: OctoPrint) -> AsyncIterator[Cable]:
    cable = Cable(server.port)
    yield cable
    await cable.close()


@pytest.fixture
async def far(server: OctoPrint, cable: Cable) -> AsyncIterator[OctoPrintBackend]:
    backend = OctoPrintBackend(await cable.open(), "mill", Credentials(server.key))
    await backend.connect()
    yield backend
    await backend.close()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def test_a_file_of_any_size_passes_without_being_held(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    path = tmp_path / "large.gcode"
    with path.open("wb") as large:
        while large.tell() < 120 << 20:
            large.write(LINES)
    heard: list[tuple[int, int]] = []
    tracemalloc.start()
    try:
        file = await mill.upload(path, lambda *done: heard.append(done))
        await mill.download_file(file.id, tmp_path / "back.gcode")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert file.size == path.stat().st_size
    assert heard == sorted(heard)
    assert len(heard) > 500
    assert heard[-1] == (file.size, file.size)
    assert sha256(tmp_path / "back.gcode") == sha256(path)
    assert sha256(server.base / "uploads" / "large.gcode") == sha256(path)


async def test_a_download_goes_on_where_its_connection_broke(
    mill: OctoPrintBackend, far: OctoPrintBackend, cable: Cable, tmp_path: Path
) -> None:
    path, back = tmp_path / "a.gcode", tmp_path / "back.gcode"
    path.write_bytes(LINES * 4)
    file = await mill.upload(path)
    await far.files()
    cable.breaks_after = 2 << 20
    heard: list[int] = []
    await far.download_file(file.id, back, lambda done, _: heard.append(done))
    assert back.read_bytes() == path.read_bytes()
    assert heard == sorted(heard)
    asked = [data for data in cable.requests if b"Range: bytes=" in data]
    assert len(asked) == 1


async def test_parts_of_two_files_never_become_one(
    mill: OctoPrintBackend,
    server: OctoPrint,
    far: OctoPrintBackend,
    cable: Cable,
    tmp_path: Path,
) -> None:
    path, back = tmp_path / "a.gcode", tmp_path / "back.gcode"
    path.write_bytes(LINES * 4)
    file = await mill.upload(path)
    await far.files()
    cable.breaks_after = 2 << 20

    def change(done: int, _: int) -> None:
        if cable.breaks_after is None:
            (server.base / "uploads" / "a.gcode").write_bytes(LINES * 3 + b"G28\n")

    with pytest.raises(PrinterError, match="changed the file"):
        await far.download_file(file.id, back, change)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == [path]


async def test_a_download_replaces_nothing_unasked(mill: OctoPrintBackend, tmp_path: Path) -> None:
    path, back = tmp_path / "a.gcode", tmp_path / "back.gcode"
    path.write_bytes(b"G28\n")
    back.write_bytes(b"mine")
    file = await mill.upload(path)
    with pytest.raises(NeedsConfirmation, match="already"):
        await mill.download_file(file.id, back)
    assert back.read_bytes() == b"mine"
    await mill.download_file(file.id, back, confirmed=True)
    assert back.read_bytes() == b"G28\n"


async def test_a_server_that_goes_or_falls_silent_meanwhile_ends_an_upload_in_a_sentence(
    server: OctoPrint, mill: OctoPrintBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gcode"
    path.write_bytes(LINES * 16)

    def freeze(_: int, __: int) -> None:
        server.freeze()

    monkeypatch.setattr(moving, "STALL_S", 0.5)
    monkeypatch.setattr(upload, "STALL_S", 0.5)
    try:
        with pytest.raises(LinkError, match="nothing of the file moves"):
            await mill.upload(path, freeze)
    finally:
        server.thaw()
    assert await mill.files() == []


async def test_a_disk_of_the_server_that_is_full_keeps_nothing_and_is_told_of(
    server: OctoPrint, tmp_path: Path
) -> None:
    (tmp_path / "big.gcode").write_bytes(LINES * 8)
    async with reached(server) as backend:
        # Its logs have to fit.
        with server.full(1 << 22):
            with pytest.raises(LinkError, match=r"broke the upload off.*its disk may be full"):
                await backend.upload(tmp_path / "big.gcode")
            assert await backend.files() == []
        assert backend.state.phase is Phase.READY
        file = await backend.upload(tmp_path / "big.gcode")
        assert (file.name, file.size) == ("big.gcode", 8 * len(LINES))
        await backend.delete_file(file.id)


@pytest.mark.parametrize("end", ["", "/"])
async def test_behind_a_proxy_everything_is_below_its_path(
    server: OctoPrint, tmp_path: Path, end: str
) -> None:
    content = b"G28\n" + LINES[: 1 << 20]
    (tmp_path / "50 %41.gcode").write_bytes(content)
    async with proxy(server.url) as before:
        backend = OctoPrintBackend(before.url + end, "shop", Credentials(server.key))
        await backend.connect()
        await phase(backend, Phase.READY)
        file = await backend.upload(tmp_path / "50 %41.gcode")
        await backend.download_file(file.id, tmp_path / "back.gcode")
        assert (tmp_path / "back.gcode").read_bytes() == content
        await backend.print_file(file.id)
        # Told by the push socket alone.
        await phase(backend, Phase.EXECUTING)
        await backend.cancel()
        await phase(backend, Phase.READY)
        await backend.delete_file(file.id)
        report = await backend.emergency_stop()
        assert "sent the emergency stop" in report.text
        await phase(backend, Phase.ERROR)
        await backend.reconnect()
        await backend.close()
        assert "/sockjs/websocket" in before.passed
        assert before.astray == []
