"""What answers as an OctoPrint while one logs in, and then pushes harm as quickly as it can."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import WSMsgType, web

from tests.backends.hostile import EVIL

FLAGS = {"operational": True, "ready": True}
HEATER = {"actual": 20.0, "target": 0.0}
LINE = f"Recv: {EVIL}"
FILE = {
    **{"origin": "local", "path": EVIL, "display": EVIL, "name": EVIL, "type": "machinecode"},
    **{"size": 10**400, "date": 1e308, "hash": EVIL, "gcodeAnalysis": [EVIL]},
}
NOT_JSON = '{"current": {"currentZ": 1e999, "temps": [{"tool0": {"actual": NaN}}], "state": 1e999}}'
DEEP = '{"current":' + "[" * 200_000
Harm = Sequence[str | bytes]
"""Messages, and frames as they are."""
VALUES: tuple[Any, ...] = (None, True, -1, 1e308, 10**400, "x", "1e999", [], [[]], {}, EVIL)


def current(**more: Any) -> dict[str, Any]:
    """A `current` or `history` message of a printer that rests."""
    state = {"text": "Operational", "flags": FLAGS, "error": ""}
    return {"state": state, "temps": [{"time": 0, "tool0": HEATER}], "logs": []} | more


def lines() -> list[str]:
    """A cable that says more than anybody reads."""
    return [json.dumps({"current": current(logs=[LINE] * 5000)})]


def large() -> list[str]:
    """One text of ten mebibytes."""
    error = {"text": "Error", "flags": {"error": True}, "error": "\u202e" * (10 << 20)}
    return [json.dumps({"current": current(state=error)}, ensure_ascii=False)]


def senseless() -> list[str]:
    """Every kind of value where another one belongs, and what can't be read at all."""
    told: list[str] = []
    for value in VALUES:
        told += [json.dumps({kind: value}) for kind in ("current", "event", "plugin", EVIL)]
        wrong = current(temps=value, logs=value, job=value, progress=value, resends=value)
        told.append(json.dumps({"current": wrong | {"currentZ": value}}))
        told.append(json.dumps({"current": current(state={"text": value, "flags": value})}))
        for kind in ("PrintStarted", "PrintFailed", "PositionUpdate", "ToolChange", EVIL):
            told.append(json.dumps({"event": {"type": kind, "payload": value}}))
    return [*told, NOT_JSON]


def deep() -> list[str]:
    """Lists in lists in lists."""
    return [DEEP]


def texts() -> list[str]:
    """Names, reasons, questions and notes that are commands to a terminal."""
    error = {"text": EVIL, "flags": FLAGS, "error": EVIL}
    prompt = {"action": "show", "text": EVIL, "choices": [EVIL] * 500}
    note = {"plugin": "action_command_notification", "data": {"message": EVIL}}
    return [
        json.dumps(message)
        for message in (
            {"event": {"type": "PrintStarted", "payload": FILE}},
            {"current": current(state=error, job={"file": FILE})},
            {"plugin": {"plugin": "action_command_prompt", "data": prompt}},
            {"plugin": {"plugin": "action_command_prompt", "data": {"action": "close"}}},
            {"plugin": note},
            {"event": {"type": "PrintFailed", "payload": FILE | {"error": EVIL}}},
        )
    ]


def empty() -> list[bytes]:
    """Pongs without a ping, and messages of nothing."""
    return [b"\x8a\x00\x82\x00\x81\x02[]" * 20_000]


HARMS: tuple[Callable[[], Harm], ...] = (lines, texts, senseless, large, deep, empty)


class Impostor:
    """Pushes what `harm` makes, over and over."""

    def __init__(self, harm: Harm) -> None:
        self._harm = harm
        self.posted: list[str] = []
        """Commands to the printer."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Whatever is asked for."""
        if request.path == "/sockjs/websocket":
            return await self._push(request)
        if request.path == "/api/printer/command":
            self.posted.append((await request.json()).get("command", ""))
            return web.Response(status=204)
        told: dict[str, Any] = {
            "/api/currentuser": {"name": EVIL, "permissions": ["ADMIN", "STATUS", "CONTROL", EVIL]},
            "/api/login": {"name": EVIL, "session": EVIL},
            "/api/files": {"files": [FILE, FILE | {"path": "b.gcode"}, *VALUES]},
            "/api/job": {"state": EVIL, "error": EVIL, "job": EVIL},
        }
        return web.json_response(told.get(request.path, {}))

    async def _push(self, request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"connected": {}})
        async for message in socket:
            if message.type is WSMsgType.TEXT and "auth" in message.data:
                break
        await socket.send_json({"history": current()})
        with suppress(ConnectionError):
            while not socket.closed:
                for told in self._harm:
                    await self._say(socket, request, told)
        return socket

    async def _say(
        self, socket: web.WebSocketResponse, request: web.BaseRequest, told: str | bytes
    ) -> None:
        if isinstance(told, str):
            await socket.send_str(told)
        elif request.transport is None:
            raise ConnectionResetError
        elif not request.transport.get_write_buffer_size():
            request.transport.write(told)
        await asyncio.sleep(0)


@contextmanager
def impostor(harm: Harm) -> Iterator[tuple[str, Impostor]]:
    """Its address and itself."""
    made = Impostor(harm)
    with serving(made) as url:
        yield url, made


@contextmanager
def serving(made: Impostor) -> Iterator[str]:
    """Its address; it answers in a thread of its own and never waits for us."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    ended = asyncio.Event()
    ports: list[int] = []

    async def run() -> None:
        runner = web.ServerRunner(web.Server(made.answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        ready.set()
        await ended.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        ready.wait()
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
