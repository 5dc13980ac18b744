"""Servers that do harm, on loopback and in a thread of their own: they never wait for us."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from gbterm import wire
from gbterm.backends.capability import Capability
from gbterm.files import SelectedFile
from gbterm.jobs import Job
from gbterm.model import Firmware, Message, Phase, PrinterState, Prompt

EVIL = "\x1b]0;owned\x07\x9b2J\u202e[bold][@click=app.quit]x[/]\r\n\x00" + "long " * 400
"""Titles, erased screens, reversed text, markup, new lines, and no end."""

Harm = Callable[["Speaker"], Awaitable[None]]
Answers = Mapping[str, Any]


class Speaker:
    """What a harm speaks with: whole messages, or bytes past all framing."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.seq = 0

    async def event(self, name: str, params: Any) -> None:
        """An event in its turn."""
        self.seq += 1
        body = {"jsonrpc": "2.0", "event": name, "params": params, "seq": self.seq}
        await self.connection.send(json.dumps(body))

    async def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.connection.transport.write(data)
        await asyncio.sleep(0)
        await self.connection.drain()


async def nothing(_: Speaker) -> None:
    """No harm."""


class HostileServer:
    """Greets as a gbterm, answers what `answers` has, then does `harm` on each such connection."""

    def __init__(self, harm: Harm, answers: Answers) -> None:
        self._harm, self._answers = harm, answers
        self.calls: list[str] = []
        """The methods that were asked for."""

    async def serve(self, connection: ServerConnection) -> None:
        harm: asyncio.Task[None] | None = None
        try:
            async for text in connection:
                request = json.loads(text)
                self.calls.append(request["method"])
                answer = self._answers.get(request["method"], {})
                if isinstance(answer, str):
                    await connection.send(answer.replace("%ID%", str(request["id"])))
                    continue
                body = {"jsonrpc": "2.0", "id": request["id"], "result": answer}
                await connection.send(json.dumps(body))
                if request["method"] == "get_capabilities" and harm is None:
                    harm = asyncio.create_task(self._do(connection))
        except (ConnectionClosed, OSError):
            pass
        finally:
            if harm is not None:
                harm.cancel()

    async def _do(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed, OSError):
            await self._harm(Speaker(connection))


def snapshot(state: PrinterState | Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a greeting."""
    told = wire.to_json(state) if isinstance(state, PrinterState) else dict(state)
    return {"version": "1", "protocol": 1, "name": EVIL, "seq": 0, "state": told, "heard_s": 0.0}


EVIL_STATE = PrinterState(
    phase=Phase.READY,
    reason=EVIL,
    job=Job(EVIL, outcome="failed", reason=EVIL, path=EVIL),
    prompt=Prompt(EVIL, (EVIL,) * 500),
    last_error=EVIL,
    waiting_for=EVIL,
    lost_print=EVIL,
    selected=SelectedFile(EVIL, -5, 1e15),
    firmware=Firmware(EVIL, EVIL, capabilities={EVIL: True}),
    messages=(Message(EVIL, EVIL, 4e18),) * 500,
)
FILE = {
    **dict.fromkeys(("name", "uploaded", "print_material", "print_quality"), EVIL),
    **{"id": 1, "size": -5, "print_time_sec": 10**30, "thumbnail_png_base64": "AAAA"},
}
CAPABILITIES = {
    "capabilities": [name for name in Capability.__members__],
    "methods": ["babystep", EVIL],
    "limits": {"nozzle_max": float("nan")},
}


@contextmanager
def hostile(
    harm: Harm = nothing, state: PrinterState | Mapping[str, Any] = EVIL_STATE, **answers: Any
) -> Iterator[tuple[str, HostileServer]]:
    """The address of a server that does `harm`, and the server."""
    given = {
        "hello": snapshot(state),
        "get_snapshot": snapshot(state),
        "get_capabilities": CAPABILITIES,
        "get_gcode_files": {"gcode_files": [FILE]},
        "emergency_stop": True,
    }
    server = HostileServer(harm, given | answers)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    ports: list[int] = []
    stopped = asyncio.Event()

    async def run() -> None:
        async with serve(server.serve, "127.0.0.1", 0, compression=None, close_timeout=0.1) as at:
            ports.append(next(iter(at.sockets)).getsockname()[1])
            ready.set()
            await stopped.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        ready.wait()
        yield f"ws://127.0.0.1:{ports[0]}", server
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


def memory_mib(pid: int) -> float:
    """What a process takes of it now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / (1 << 20)
