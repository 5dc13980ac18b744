"""A client that knows OpenGB's documentation alone, over a plain WebSocket."""

from __future__ import annotations

import json
from typing import Any

from websockets.sync.client import ClientConnection

EVENTS: dict[str, set[str]] = {
    "state_change": {"old", "new"},
    "extrude_override_change": {"percent"},
    "speed_override_change": {"percent"},
    "fan_speed_change": {"fan", "percent"},
    "temp_update": {
        *("bed_current", "bed_target", "nozzle1_current"),
        *("nozzle1_target", "nozzle2_current", "nozzle2_target"),
    },
    "position_update": {"x", "y", "z"},
    "progress_update": {"current_line", "total_lines"},
    "steppers_update": {"enabled"},
}
STATES = {"DISCONNECTED", "READY", "EXECUTING", "PAUSED", "FILAMENT_SWAP", "ERROR"}


class Printer:
    """What a page or a script would have: calls, and the events that came meanwhile."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.calls = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.calls += 1
        request = {"jsonrpc": "2.0", "id": self.calls, "method": method, "params": params}
        self.socket.send(json.dumps(request))
        while True:
            message = self.receive()
            if "event" not in message:
                assert message["id"] == self.calls
                return message

    def call(self, method: str, **params: Any) -> Any:
        answer = self.ask(method, **params)
        assert set(answer) == {"jsonrpc", "id", "result"}, answer
        return answer["result"]

    def receive(self) -> dict[str, Any]:
        text = self.socket.recv(timeout=90)
        assert isinstance(text, str)
        message: dict[str, Any] = json.loads(text)
        assert message["jsonrpc"] == "2.0"
        if "event" in message:
            assert set(message) == {"jsonrpc", "event", "params"}
            name, params = message["event"], message["params"]
            assert set(params) == EVENTS[name]
            self.events.append((name, params))
        return message

    def wait_for(self, name: str, **params: Any) -> dict[str, Any]:
        """The next event `name`, or the next one with these params."""
        while True:
            while self.events:
                told, its = self.events.pop(0)
                if told == name and params.items() <= its.items():
                    return its
            self.receive()

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.call("get_status")["status"]
        assert status["state"] in STATES
        return status

    def upload(self, name: str, payload: str) -> int:
        return int(self.call("put_gcode_file", name=name, payload=payload)["id"])
