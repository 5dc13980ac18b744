"""How soon events reach 200 clients of a server, alone and beside uploads, and what that needs.

This process is the printer process, as scripted for the tests, and says the time twice a second;
the server is a real one; a third process is the clients, each on a TCP connection of its own. A
fourth one uploads a file of 100 MB again and again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from crowd import write_large
from websockets.asyncio.client import connect

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.config import PrinterProfile
from gbterm.events import MessageReported
from gbterm.host.spec import Spec
from gbterm.model import Message
from tests.server.device import Device
from tests.server.running import until

CLIENTS = 200
RATE_HZ = 2.0
FOR_S = 60.0
GOAL = "p99 under 50 ms, server under 120 MB"


@dataclass(frozen=True)
class Figures:
    """The ages of all events in seconds, the most memory that the server had, and what came up."""

    ages: list[float]
    peak_mb: float
    uploads: list[tuple[float, float]]
    """Of each file, how many MB a second were sent, and how many seconds it took in all."""


async def listen(url: str) -> None:
    """Be the clients: print how many seconds old each event was, as a list, when it is over."""
    ages: list[float] = []
    ready = asyncio.Barrier(CLIENTS)

    async def one() -> None:
        async with connect(url, proxy=None, compression=None) as connection:
            await connection.send('{"jsonrpc": "2.0", "id": 1, "method": "hello"}')
            while '"id"' not in await connection.recv():
                pass
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


async def upload(url: str, file: str) -> None:
    """Upload `file` until this process is ended; print a line of `Figures.uploads` for each."""
    backend = OpenGbBackend(url)
    await backend.connect()
    while True:
        began = sent = time.monotonic()

        def progress(done: int, total: int) -> None:
            nonlocal sent
            if done == total:
                sent = time.monotonic()

        record = await backend.upload(Path(file), progress)
        took_s = time.monotonic() - began
        print(json.dumps([record.size / 1e6 / (sent - began), took_s]), flush=True)
        await backend.delete_file(record.id)


async def measure(seconds: float, *, uploads: bool) -> Figures:
    """Serve the clients for so long, beside `uploads` or without."""
    with tempfile.TemporaryDirectory(prefix="gbterm-bench-") as root:
        os.environ |= {f"XDG_{kind}_HOME": root for kind in ("STATE", "CONFIG", "DATA")}
        file = write_large(Path(root) / "large.gcode") if uploads else None
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
            ages, done = await _crowd(url, device, seconds, file)
            return Figures(ages, _peak_mb(server.pid), done)
        finally:
            server.terminate()
            await server.wait()
            await until(lambda: not device.listeners)
            await device.die()


async def _crowd(
    url: str, device: Device, seconds: float, file: Path | None
) -> tuple[list[float], list[tuple[float, float]]]:
    clients = await _process("listen", url)
    if await _said(clients) != b"READY\n":
        raise SystemExit("the clients could not connect")
    uploader = await _process("upload", url, str(file)) if file else None
    for _ in range(round(seconds * RATE_HZ)):
        device.publish(MessageReported(Message(str(time.monotonic()))))
        await asyncio.sleep(1 / RATE_HZ)
    uploads = []
    if uploader is not None:
        uploader.terminate()
        said, _ = await uploader.communicate()
        uploads = [json.loads(line) for line in said.splitlines()]
    device.publish(MessageReported(Message("end")))
    said, _ = await clients.communicate()
    return json.loads(said), uploads


async def _process(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, *arguments), stdout=asyncio.subprocess.PIPE
    )


async def _said(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3


def row(what: str, figures: Figures) -> None:
    """Print it."""
    ages = sorted(figures.ages)
    p50, p99 = (ages[int(len(ages) * part)] * 1e3 for part in (0.5, 0.99))
    print(what)
    print(
        f"  gbterm     p50 {p50:5.1f} ms  p99 {p99:5.1f} ms  max {ages[-1] * 1e3:5.1f} ms"
        f"  of {len(ages):,} events  server {figures.peak_mb:.0f} MB at most  (goal: {GOAL})",
        flush=True,
    )
    for mb_s, took_s in figures.uploads:
        print(f"             100 MB sent at {mb_s:.0f} MB/s, in the library after {took_s:.1f} s")


def main() -> None:
    """Print the rows."""
    match sys.argv[1:]:
        case ["listen", url]:
            asyncio.run(listen(url))
        case ["upload", url, file]:
            asyncio.run(upload(url, file))
        case _:
            clients = f"{CLIENTS} clients at {RATE_HZ:g} Hz for {FOR_S:g} s"
            row(clients, asyncio.run(measure(FOR_S, uploads=False)))
            row(
                f"{clients}, beside uploads of 100 MB in pieces",
                asyncio.run(measure(FOR_S, uploads=True)),
            )


if __name__ == "__main__":
    main()
