"""What the processes of a host need, however large a file is."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.endtoend.house import House
from tests.server.running import Caller

MB = 1_000_000
PRINTER_AT_MOST_KB = 40 * 1024
STREAMED_S = 3.0
MORE_AT_MOST_KB = 12 * 1024
PICTURE = b"picture of the part " * 60


def kilobytes(pid: int, name: str) -> int:
    """A line of the process's status: `VmHWM` is the most that it ever had in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


def write(path: Path, size: int, moves: int, comment: bytes) -> Path:
    """A file of `size` bytes: a comment after so many moves, again and again."""
    block = b"".join(b"G1 X%d Y%d.5 E.01 F6000\n" % (at % 100, at % 90) for at in range(moves))
    with path.open("wb") as file:
        file.write(b"M302 P1\nG28\n")
        while file.tell() < size:
            file.write(block + b";" + comment + b"\n")
    return path


def most_while_printing(house: House, file: Path) -> int:
    """The most kilobytes of the printer process, from its start into the print of `file`."""
    house.print_file(file)
    house.wait_for_line(50)
    time.sleep(STREAMED_S)
    assert house.state() == "EXECUTING"
    most = kilobytes(house.pid("printer"), "VmHWM")
    print(f"{file.stat().st_size / MB:.0f} MB: {most / 1024:.1f} MiB")
    return most


def test_a_file_of_100_mb_is_checked_and_printed_in_40_mib(house: House) -> None:
    house.board(speed=50)
    house.serve()
    file = write(house.root / "large.gcode", 100 * MB, 2, PICTURE)
    assert most_while_printing(house, file) <= PRINTER_AT_MOST_KB


def test_a_file_with_comments_of_a_megabyte_each_is_checked_and_printed_in_40_mib(
    house: House,
) -> None:
    house.board(speed=50)
    house.serve()
    file = write(house.root / "comments.gcode", 50 * MB, 400, b"x" * (MB - 50))
    assert most_while_printing(house, file) <= PRINTER_AT_MOST_KB


def test_a_file_that_is_uploaded_is_never_held_in_memory(house: House) -> None:
    house.board()
    house.serve()
    file = write(house.root / "upload.gcode", 100 * MB, 2, PICTURE)
    server = house.pid("server")
    before = kilobytes(server, "VmHWM")
    assert house.run("upload", str(file)).returncode == 0
    more = kilobytes(server, "VmHWM") - before
    print(f"100 MB in pieces: {more / 1024:.1f} MiB more at most")
    assert more <= MORE_AT_MOST_KB


@pytest.mark.parametrize(("clients", "size"), [(1, 64 * MB), (4, 30 * MB)])
async def test_files_in_one_message_each_are_never_held_in_memory(
    house: House, clients: int, size: int
) -> None:
    house.board()
    house.serve()
    file = write(house.root / "upload.gcode", size, 2, PICTURE)
    params = {"name": "a.gcode", "payload": file.read_text()}
    server = house.pid("server")
    before = kilobytes(server, "VmHWM")

    async def upload() -> int:
        async with Caller(await connect(f"ws://{house.listen()}/ws", proxy=None)) as caller:
            record = await caller.result("put_gcode_file", params)
            return int(record["size"])

    sizes = await asyncio.gather(*(upload() for _ in range(clients)))
    assert sizes == [file.stat().st_size] * clients
    more = kilobytes(server, "VmHWM") - before
    print(f"{clients} of {size / MB:.0f} MB in one message: {more / 1024:.1f} MiB more at most")
    assert more <= (clients + 1) * MORE_AT_MOST_KB


async def test_a_file_that_is_downloaded_is_never_held_in_memory(house: House) -> None:
    house.board()
    house.serve()
    file = write(house.root / "download.gcode", 64 * MB, 2, PICTURE)
    assert house.run("upload", str(file)).returncode == 0
    server = house.pid("server")
    before = kilobytes(server, "VmHWM")
    url = f"ws://{house.listen()}/ws"
    async with Caller(await connect(url, proxy=None, max_size=None)) as caller:
        (record,) = (await caller.result("get_gcode_files"))["gcode_files"]
        params = {"id": record["id"], "content": True}
        assert (await caller.result("get_gcode_file", params))["content"] == file.read_text()
    more = kilobytes(server, "VmHWM") - before
    print(f"64 MB downloaded: {more / 1024:.1f} MiB more at most")
    assert more <= MORE_AT_MOST_KB
