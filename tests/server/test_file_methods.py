"""What a client can ask of the file library, over a real WebSocket."""

from __future__ import annotations

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
