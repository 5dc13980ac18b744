"""Files that come a piece at a time, over a real WebSocket."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from gbterm.errors import NoSuchFile, WrongState
from gbterm.server.library import Library
from gbterm.server.uploads import AT_ONCE, GIVES_WAY_S, IDLE_S, PIECE, Uploads
from gbterm.server.workers import Workers
from tests.server.running import Caller, Running

# Bytes that are no UTF-8, and characters that the pieces below cut in two.
FILE = "; würfel\n".encode() + b"; caf\xe9\nG28\nG1 X1 E1\n" * 9000
SHA256 = hashlib.sha256(FILE).hexdigest()


def drafts(running: Running) -> list[Path]:
    return sorted((running.root / "library/gcode").iterdir())


async def begin(client: Caller, size: int = len(FILE), name: str = "a.gcode") -> str:
    answer = await client.result("begin_upload", {"name": name, "size": size})
    assert answer == {"upload": answer["upload"], "offset": 0, "piece": PIECE}
    return str(answer["upload"])


async def append(client: Caller, upload: str, offset: int, data: bytes) -> Any:
    text = data.decode("utf-8", "surrogateescape")
    params = {"upload": upload, "offset": offset, "data": text}
    return (await client.result("append_upload", params))["offset"]


async def send(client: Caller, upload: str, start: int = 0, piece: int = 30_001) -> None:
    for offset in range(start, len(FILE), piece):
        data = FILE[offset : offset + piece]
        assert await append(client, upload, offset, data) == offset + len(data)


async def test_pieces_become_the_same_file(running: Running) -> None:
    async with await running.tcp() as client:
        upload = await begin(client, name="../würfel.gcode")
        await send(client, upload)
        assert (await client.result("get_gcode_files"))["gcode_files"] == []
        fields = {"print_material": "PLA", "print_time_sec": "60"}
        given = {"upload": upload, "sha256": SHA256.upper()} | fields
        record = await client.result("finish_upload", given)
        assert (record["name"], record["size"]) == ("würfel.gcode", len(FILE))
        assert (record["print_material"], record["print_time_sec"]) == ("PLA", 60)
        assert (await client.result("get_gcode_files"))["gcode_files"] == [record]
    (payload,) = drafts(running)
    assert payload.read_bytes() == FILE


async def test_a_finish_again_is_the_same_file_even_after_a_restart(running: Running) -> None:
    async with await running.tcp() as client:
        upload = await begin(client)
        await send(client, upload)
        given = {"upload": upload, "sha256": SHA256}
        record = await client.result("finish_upload", given)
        assert await client.result("finish_upload", given) == record
        whole = {"offset": len(FILE), "size": len(FILE), "piece": PIECE}
        assert await client.result("get_upload", [upload]) == whole
        assert (await client.error("abort_upload", [upload]))["code"] == -32001
    running.stop.set()
    assert running.task is not None
    await running.task
    await running.serve()
    async with await running.tcp() as client:
        assert await client.result("finish_upload", given) == record
        assert (await client.result("get_gcode_files"))["gcode_files"] == [record]
        await client.result("delete_gcode_file", [record["id"]])
        assert (await client.error("finish_upload", given))["code"] == -32001


async def test_finishes_at_the_same_time_are_one_file(running: Running) -> None:
    clients = [await running.tcp() for _ in range(4)]
    upload = await begin(clients[0])
    await send(clients[0], upload)
    given = {"upload": upload, "sha256": SHA256}
    records = await asyncio.gather(*(c.result("finish_upload", given) for c in clients))
    assert records == [records[0]] * 4
    assert (await clients[0].result("get_gcode_files"))["gcode_files"] == [records[0]]
    for client in clients:
        await client.connection.close()


async def test_an_upload_goes_on_over_another_connection(running: Running) -> None:
    async with await running.tcp() as client:
        upload = await begin(client)
        await append(client, upload, 0, FILE[:40_000])
    async with await running.unix() as client:
        there = await client.result("get_upload", {"upload": upload})
        assert there == {"offset": 40_000, "size": len(FILE), "piece": PIECE}
        await send(client, upload, 40_000)
        await client.result("finish_upload", {"upload": upload, "sha256": SHA256})
    assert drafts(running)[0].read_bytes() == FILE


async def test_two_who_send_the_same_file_do_not_damage_it(running: Running) -> None:
    async def compete(client: Caller, upload: str, piece: int) -> None:
        offset = 0
        while offset < len(FILE):
            offset = await append(client, upload, offset, FILE[offset : offset + piece])

    async with await running.tcp() as one, await running.tcp() as two:
        upload = await begin(one)
        await asyncio.gather(compete(one, upload, 7_001), compete(two, upload, 9_973))
        await one.result("finish_upload", {"upload": upload, "sha256": SHA256})
    assert drafts(running)[0].read_bytes() == FILE


async def test_a_piece_that_begins_elsewhere_changes_nothing(running: Running) -> None:
    async with await running.tcp() as client:
        upload = await begin(client)
        assert await append(client, upload, 10, FILE[10:20]) == 0
        assert await append(client, upload, 0, FILE[:20]) == 20
        assert await append(client, upload, 0, FILE[:20]) == 20
        assert await append(client, upload, 10, FILE[10:40]) == 20
        await send(client, upload, 20)
        await client.result("finish_upload", {"upload": upload, "sha256": SHA256})
    assert drafts(running)[0].read_bytes() == FILE


async def test_what_is_missing_is_said_and_can_still_be_sent(running: Running) -> None:
    async with await running.tcp() as client:
        upload = await begin(client)
        await append(client, upload, 0, FILE[:40_000])
        given = {"upload": upload, "sha256": SHA256}
        error = await client.error("finish_upload", given)
        assert error["code"] == -32602
        missing = f"{len(FILE) - 40_000} bytes of a.gcode are missing: send them, from offset 40000"
        assert missing in error["message"]
        await send(client, upload, 40_000)
        assert (await client.result("finish_upload", given))["size"] == len(FILE)


@pytest.mark.parametrize(
    ("content", "sha256", "sentence"),
    [
        (FILE[:1000], SHA256, "a.gcode was damaged or changed on its way"),
        (b"G28\n\0", hashlib.sha256(b"G28\n\0").hexdigest(), "line 2 holds a NUL byte"),
        (b"", hashlib.sha256(b"").hexdigest(), "a.gcode is empty"),
    ],
)
async def test_a_file_that_is_refused_leaves_nothing(
    running: Running, content: bytes, sha256: str, sentence: str
) -> None:
    async with await running.tcp() as client:
        upload = await begin(client, len(content))
        await append(client, upload, 0, content)
        error = await client.error("finish_upload", {"upload": upload, "sha256": sha256})
        assert error["code"] == -32002
        assert sentence in error["message"]
        assert drafts(running) == []
        assert (await client.error("get_upload", [upload]))["code"] == -32001
        assert (await client.result("get_gcode_files"))["gcode_files"] == []


@pytest.mark.parametrize(
    ("method", "params", "code", "sentence"),
    [
        ("begin_upload", {"name": "/", "size": 1}, -32602, "needs a name"),
        ("begin_upload", {"name": "a", "size": -1}, -32602, "size must be"),
        ("begin_upload", {"name": "a", "size": (2 << 30) + 1}, -32002, "files up to 2,048 MiB"),
        ("append_upload", {"offset": 0, "data": "x" * 21}, -32602, "leads beyond them"),
        ("append_upload", {"offset": 0, "data": "x" * (PIECE + 1)}, -32602, "49152 bytes at most"),
        ("append_upload", {"offset": 0, "data": "\ud800"}, -32602, "data must be text"),
        ("append_upload", {"upload": "../a", "offset": 0, "data": "x"}, -32001, "begin it anew"),
        ("finish_upload", {"upload": "\udcff", "sha256": ""}, -32001, "begin it anew"),
        ("finish_upload", {"sha256": "", "print_time_sec": 1e300}, -32602, "makes sense"),
        ("finish_upload", {"sha256": "", "print_quality": "\ud800"}, -32602, "must be text"),
    ],
)
async def test_what_can_not_be(
    running: Running, method: str, params: dict[str, Any], code: int, sentence: str
) -> None:
    async with await running.tcp() as client:
        upload = {} if method == "begin_upload" else {"upload": await begin(client, 20)}
        error = await client.error(method, upload | params)
        assert error["code"] == code
        assert sentence in error["message"]


async def test_a_disk_without_room_is_told_before_anything_is_sent() -> None:
    async with Running(file_max=1 << 62) as running, await running.tcp() as client:
        error = await client.error("begin_upload", {"name": "a.gcode", "size": 1 << 60})
        assert error["code"] == -32000
        assert "The disk has no room for a.gcode" in error["message"]
        assert drafts(running) == []


async def test_an_upload_that_is_given_up_leaves_nothing(running: Running) -> None:
    async with await running.tcp() as client:
        upload = await begin(client)
        await append(client, upload, 0, FILE[:1000])
        assert len(drafts(running)) == 1
        assert await client.result("abort_upload", [upload]) is True
        assert drafts(running) == []
        assert (await client.error("abort_upload", [upload]))["code"] == -32001


async def test_a_server_that_ends_leaves_no_draft(running: Running) -> None:
    async with await running.tcp() as client:
        await append(client, await begin(client), 0, FILE[:1000])
        running.stop.set()
        assert running.task is not None
        await running.task
    assert drafts(running) == []


async def test_there_are_so_many_at_once(running: Running) -> None:
    async with await running.tcp() as client:
        uploads = [await begin(client) for _ in range(AT_ONCE)]
        error = await client.error("begin_upload", {"name": "a.gcode", "size": 1})
        assert (error["code"], error["data"]["type"]) == (-32000, "WrongState")
        assert "8 uploads are under way" in error["message"]
        await client.result("abort_upload", [uploads[3]])
        await begin(client)
        assert len(drafts(running)) == AT_ONCE


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_who_is_idle_for_long_gives_way_and_ends_after_an_hour(tmp_path: Path) -> None:
    clock = Clock()
    library = Library(tmp_path)
    uploads = Uploads(library, Workers(library), now=clock)
    ids = [await uploads.begin(f"{number}.gcode", 10) for number in range(AT_ONCE)]
    clock.now += GIVES_WAY_S
    for other in ids[:2] + ids[3:]:
        assert await uploads.append(other, 0, b"G28\n") == 4
    await uploads.begin("one more.gcode", 10)
    with pytest.raises(NoSuchFile):
        await uploads.append(ids[2], 0, b"G28\n")
    with pytest.raises(WrongState):
        await uploads.begin("too many.gcode", 10)
    clock.now += IDLE_S
    await uploads.expire()
    assert len(list((tmp_path / "gcode").iterdir())) == AT_ONCE
    assert await uploads.reached(ids[0]) == (4, 10)
    clock.now += 1
    await uploads.expire()
    assert [path.stem for path in (tmp_path / "gcode").iterdir()] == [ids[0]]
    await uploads.close()
    assert list((tmp_path / "gcode").iterdir()) == []
