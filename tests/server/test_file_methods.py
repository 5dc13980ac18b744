"""What a client can ask of the file library, over a real WebSocket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

from tests.server.running import Running

CUBE = "; layer_height = 0.2\nG28\nG1 X1 E1\n"


async def test_a_file_gets_another_name(running: Running) -> None:
    async with await running.tcp() as client:
        file = await client.result("put_gcode_file", {"payload": CUBE, "name": "a.gcode"})
        renamed = await client.result("rename_gcode_file", {"id": file["id"], "name": "../b.gcode"})
        assert renamed == file | {"name": "b.gcode"}
        assert await client.result("get_gcode_file", [file["id"]]) == renamed
        assert (await client.error("rename_gcode_file", [99, "c"]))["code"] == -32001
        assert (await client.error("rename_gcode_file", [file["id"], "/"]))["code"] == -32602


async def test_details_are_for_those_who_know_extensions(running: Running) -> None:
    async with await running.tcp() as plain, await running.tcp() as other:
        file = await plain.result("put_gcode_file", {"payload": CUBE, "name": "a.gcode"})
        await other.result("hello")
        extended = await other.result("get_gcode_file", [file["id"]])
    assert extended.pop("details")["layer_height_mm"] == 0.2
    assert extended == file
    assert file["print_quality"] == "0.2 mm"


async def test_how_full_the_disks_are(running: Running) -> None:
    async with await running.tcp() as client:
        root = (await client.result("get_filesystem_utilization"))["/"]
    assert set(root) == {"free_bytes", "total_bytes", "utilized_bytes", "utilized_percent"}
    assert 0 < root["utilized_bytes"] <= root["total_bytes"]
    assert 0 <= root["utilized_percent"] <= 100


def put(running: Running, content: bytes) -> int:
    return running.library.put([content], "a.gcode").id


async def test_pieces_of_a_file_come_to_the_file(running: Running) -> None:
    content = b"; caf\xe9 \x1b[2J\r\nG1 X1\n" * 30_000
    file_id = await asyncio.to_thread(put, running, content)
    async with await running.tcp() as client:
        got, answer = b"", dict[str, Any](size=1)
        while len(got) < answer["size"]:
            answer = await client.result("read_gcode_file", [file_id, len(got)])
            assert answer["offset"] == len(got)
            got += base64.b64decode(answer["data"], validate=True)
        assert got == content
        assert answer["sha256"] == hashlib.sha256(content).hexdigest()
        piece = await client.result("read_gcode_file", [file_id, 3, 5])
        assert base64.b64decode(piece["data"]) == content[3:8]


async def test_a_piece_is_no_larger_than_is_told_and_none_is_beyond_the_end(
    running: Running,
) -> None:
    content = b"G1 X1 Y1\n" * 100_000
    file_id = await asyncio.to_thread(put, running, content)
    async with await running.tcp() as client:
        most = await client.result("read_gcode_file", [file_id, 0, 1 << 40])
        assert base64.b64decode(most["data"]) == content[:262_144]
        for offset in (len(content), 1 << 62):
            beyond = await client.result("read_gcode_file", [file_id, offset])
            assert (beyond["data"], beyond["size"]) == ("", len(content))


async def test_a_piece_of_what_is_not_there_is_refused(running: Running) -> None:
    file_id = await asyncio.to_thread(put, running, b"G28\n")
    async with await running.tcp() as client:
        assert (await client.error("read_gcode_file", [99]))["code"] == -32001
        await asyncio.to_thread(running.library.stored(file_id).path.unlink)
        lost = await client.error("read_gcode_file", [file_id])
        assert lost["code"] == -32001
        assert "lost the content" in lost["message"]
