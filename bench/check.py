"""How soon a file of 100 MB is looked at, by the command and by a server's worker process.

Beside them the analysis of OctoPrint, which looks for where a file leads, too, and plain reading.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.octoprint.live import OCTOPRINT
from tests.server.live import Live, built

PRINT = Path(__file__).parents[1] / "tests/data/gcode/bunny.gcode.gz"
MB = 1_000_000
SIZE = 100 * MB
READ = "import sys\nfor line in open(sys.argv[1], 'rb'): line.split(b';')[0].split()"
PROFILE = """
[printer.bench]
port = "ROOT/tty"
[printer.bench.volume]
x = [0, 250]
y = [0, 210]
z = [0, 200]
"""


def write(path: Path) -> Path:
    """The same print again and again, as its slicer wrote it."""
    once = gzip.decompress(PRINT.read_bytes())
    with path.open("wb") as file:
        while file.tell() < SIZE:
            file.write(once)
    return path


def show(what: str, took_s: float, path: Path, more: str = "") -> None:
    """A line."""
    rate = path.stat().st_size / MB / took_s
    print(f"{what:24} {took_s:6.1f} s  {rate:5.1f} MB/s  {more}".rstrip(), flush=True)


def process(what: str, *argv: str, path: Path, more: str = "") -> None:
    """Measure a whole process."""
    begun = time.monotonic()
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(argv[0], [*argv, str(path)], os.environ, file_actions=nowhere)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 8):  # 8: something was found
        raise SystemExit(f"{what} failed: {os.waitstatus_to_exitcode(status)}")
    show(what, time.monotonic() - begun, path, more)


async def in_a_server(live: Live, path: Path) -> None:
    """From the call to its answer."""
    if live.house.run("upload", str(path), limit_s=600).returncode:
        raise SystemExit("the file could not be uploaded")
    async with await live.client() as client:
        (file,) = (await client.result("get_gcode_files"))["gcode_files"]
        begun = time.monotonic()
        await client.result("check_gcode_file", {"id": file["id"]})
        show("check_gcode_file", time.monotonic() - begun, path, "goal 10 s")


def main() -> None:
    """One after the other."""
    with tempfile.TemporaryDirectory(prefix="gb-") as folder:
        path = write(Path(folder) / "large.gcode")
        with built(config=PROFILE) as live:
            gbterm = (sys.executable, "-m", "gbterm", "--port", str(live.house.tty), "check")
            os.environ |= live.house.environment
            process("gbterm check", *gbterm, path=path, more="goal 10 s")
            asyncio.run(in_a_server(live, path))
        process("reading lines in Python", sys.executable, "-c", READ, path=path)
        process("OctoPrint's analysis", str(OCTOPRINT), "analysis", "gcode", path=path)


if __name__ == "__main__":
    main()
