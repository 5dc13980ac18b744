"""How soon events reach 200 clients of a server, and what it needs for that.

Three processes: this one is the printer process, as scripted for the tests, and says the time twice
a second; the server is a real one; the third is the clients, each on a TCP connection of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from websockets.asyncio.client import connect

from gbterm.config import PrinterProfile
from gbterm.events import MessageReported
from gbterm.host.spec import Spec
from gbterm.model import Message
from tests.server.device import Device
from tests.server.running import until

CLIENTS = 200
RATE_HZ = 2.0
FOR_S = 60.0
GOAL = "p99 under 50 ms"


async def listen(url: str) -> None:
    """Be the clients: print how many seconds old each event was, as a list, when it is over."""
    ages: list[float] = []
    ready = asyncio.Barrier(CLIENTS)

    async def one() -> None:
        async with connect(url, proxy=None, compression=None) as connection:
            await connection.send('{"jsonrpc": "2.0", "id": 1, "method": "hello"}')
            await connection.recv()
            if await ready.wait() == 0:
                print("READY", flush=True)
            while True:
                text = await connection.recv()
                now = time.monotonic()
                said = json.loads(text)["params"]["message"]["text"]
                if said == "end":
                    return
                ages.append(now - float(said))

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    print(json.dumps(ages))


async def measure(seconds: float) -> tuple[list[float], float]:
    """The ages of all events, and the server's resident memory in MB at the end."""
    with tempfile.TemporaryDirectory(prefix="gbterm-bench-") as root:
        os.environ |= {f"XDG_{kind}_HOME": root for kind in ("STATE", "CONFIG", "DATA")}
        profile = PrinterProfile("bench", "/dev/null")
        spec = Spec("bench", profile, Path(root) / "data", "127.0.0.1:0", True, supervised=True)
        spec.save()
        device = Device(spec.run_dir)
        await device.start()
        server = await asyncio.create_subprocess_exec(
            *spec.command("server"), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            notice = spec.run_dir / "server.json"
            await until(lambda: notice.exists() and device.listeners)
            url = f"ws://{json.loads(notice.read_text())['listen']}/ws"
            return await _crowd(url, device, seconds), _resident_mb(server.pid)
        finally:
            server.terminate()
            await server.wait()
            await until(lambda: not device.listeners)
            await device.die()


async def _crowd(url: str, device: Device, seconds: float) -> list[float]:
    clients = await asyncio.create_subprocess_exec(
        sys.executable, __file__, url, stdout=asyncio.subprocess.PIPE
    )
    assert clients.stdout is not None
    if await clients.stdout.readline() != b"READY\n":
        raise SystemExit("the clients could not connect")
    for _ in range(round(seconds * RATE_HZ)):
        device.publish(MessageReported(Message(str(time.monotonic()))))
        await asyncio.sleep(1 / RATE_HZ)
    device.publish(MessageReported(Message("end")))
    ages: list[float] = json.loads(await clients.stdout.read())
    await clients.wait()
    return ages


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print the row."""
    if len(sys.argv) > 1:
        asyncio.run(listen(sys.argv[1]))
        return
    ages, rss_mb = asyncio.run(measure(FOR_S))
    ages.sort()
    p50, p99 = (ages[int(len(ages) * part)] * 1e3 for part in (0.5, 0.99))
    print(f"{CLIENTS} clients at {RATE_HZ:g} Hz for {FOR_S:g} s")
    print(
        f"  gbterm     p50 {p50:5.1f} ms  p99 {p99:5.1f} ms  max {ages[-1] * 1e3:5.1f} ms"
        f"  of {len(ages):,} events  server {rss_mb:.0f} MB  (goal: {GOAL})",
        flush=True,
    )


if __name__ == "__main__":
    main()
