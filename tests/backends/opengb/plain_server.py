"""An OpenGB server without extensions, as strict and as loose as the real one was seen to be."""

from __future__ import annotations

import json
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve

STATUS = {
    "state": "READY",
    "temp": {
        "bed_current": "21.5", "bed_target": None, "nozzle1_current": "205",
        "nozzle1_target": 0, "nozzle2_current": None, "nozzle2_target": None,
    },
    "position": {"x": "10", "y": 20, "z": 0},
    "progress": {"current": 0, "total": 0},
    "steppers": {"enbabled": True},
    "fan_speed": {"0": 100, "1": "75"},
    "extrude_override": {"percent": 100},
    "speed_override": {"percent": "90"},
}  # fmt: skip
EXACT = {"jsonrpc", "id", "method", "params"}

STATES = {
    "print_gcode_file": "EXECUTING",
    "pause_print": "PAUSED",
    "resume_print": "EXECUTING",
    "cancel_print": "READY",
}
"""What it changes to at once, whatever it was."""


def _error(message: str) -> dict[str, Any]:
    data = {"type": "IndexError", "args": [message], "message": message}
    return {"error": {"code": -32000, "message": "Server error", "data": data}}


class PlainServer:
    """Answers `true`, remembers the calls, and drops who sends what the real one can't take."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.connections: set[ServerConnection] = set()
        self._server: Server | None = None
        self.port = 0
        self.state = "READY"
        self.contents: dict[int, str] = {}
        """What its files hold, by their ids."""
        self.is_prompt = True
        """Whether it tells of what it did."""
        self.unanswered = ""
        """A method that it takes without a word."""

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, max_size=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def say(self, name: str, params: Any) -> None:
        message = json.dumps({"jsonrpc": "2.0", "event": name, "params": params})
        for connection in self.connections:
            await connection.send(message)

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.add(connection)
        async for text in connection:
            request = json.loads(text)
            if not isinstance(request, dict) or set(request) != EXACT:
                break
            self.calls.append((request["method"], request["params"]))
            if request["method"] == self.unanswered:
                continue
            answer = self._answer(request["method"], request["params"])
            answer = {"jsonrpc": "2.0", "id": request["id"], **answer}
            await connection.send(json.dumps(answer))
            if self.is_prompt and "result" in answer:
                await self._tell(request["method"])
        self.connections.discard(connection)

    async def _tell(self, method: str) -> None:
        if state := STATES.get(method):
            self.state, old = state, self.state
            await self.say("state_change", {"old": old, "new": state})
        if method.startswith("move_head") or method == "home_head":
            await self.say("position_update", {"x": "12.00", "y": "20.00", "z": "0.50"})

    def _answer(self, method: str, params: Any) -> dict[str, Any]:
        if method in ("hello", "get_snapshot", "get_capabilities"):
            return {"error": {"code": -32601, "message": "Method not found"}}
        if method == "get_status":
            return {"result": {"status": STATUS | {"state": self.state}}}
        if method == "get_gcode_files":
            old = {"id": 1, "name": "a\x1b[2J.gco", "size": "9", "uploaded": "2016-04-11 19:54:31"}
            new = {"id": 2, "name": "b.gco", "size": 5, "uploaded": "2016-04-12 13:24:15"}
            return {"result": {"gcode_files": [old, new]}}
        if method == "put_gcode_file":
            self.contents[3] = params["payload"]
            return {"result": {"id": 3, "name": params["name"], "size": len(params["payload"])}}
        if params.get("id", 3) not in self.contents and "gcode_file" in method:
            return _error(f"No gcode file found with id {params['id']}")
        if method == "get_gcode_file":
            content = {"content": self.contents[params["id"]]} if params.get("content") else {}
            return {"result": {"id": params["id"], "name": "a.gcode", "size": 9, **content}}
        if method == "print_gcode_file" and self.state != "READY":
            return _error("Printer not ready")
        return {"result": True}
