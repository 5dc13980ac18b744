"""A scripted printer process on a real unix socket, as docs/wire.md describes it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from gbterm import events, wire
from gbterm.apply import apply
from gbterm.model import Phase, PrinterState, Temperature

CAPABILITIES = [
    *("TEMPERATURE", "MOVE", "HOME", "JOB", "RECONNECT"),
    *("EXTRUDE", "OVERRIDES", "FANS", "STEPPERS", "FILAMENT_SWAP"),
    *("PAUSE_AT_LAYER", "RESUME_JOB"),
]


class Device:
    """Records calls, answers `true` or what `answers` says, and publishes what a test wants."""

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / "printer.sock"
        self.state = PrinterState(phase=Phase.READY, bed=Temperature(21.5, 0.0))
        self.seq = 40
        self.age_s: Any = None
        """How old its readings are, as it says."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {"get_capabilities": {"capabilities": CAPABILITIES}}
        self.listeners: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def die(self) -> None:
        """As by SIGKILL: every connection ends, and nobody listens any more."""
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        self.path.unlink(missing_ok=True)
        await self._server.wait_closed()

    def publish(self, event: events.Event, *, is_lost: bool = False) -> None:
        """Tell the listeners of `event`, unless it gets lost on the way."""
        self.state, self.seq = apply(self.state, event), self.seq + 1
        name = wire.event_name(type(event))
        self.say({"event": name, "params": wire.to_json(event), "seq": self.seq}, is_lost=is_lost)

    def say(self, message: dict[str, Any], *, is_lost: bool = False) -> None:
        for writer in () if is_lost else tuple(self.listeners):
            writer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def named(self, method: str) -> list[dict[str, Any]]:
        """The params of each call of `method`, in order."""
        return [params for name, params in self.calls if name == method]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                request = json.loads(line)
                answer = self._answer(request["method"], request["params"])
                if request["method"] == "hello":
                    self.listeners.add(writer)
                if answer is not None:
                    answer = {"jsonrpc": "2.0", "id": request["id"], **answer}
                    writer.write(json.dumps(answer).encode() + b"\n")
        self._writers.discard(writer)
        self.listeners.discard(writer)
        writer.close()

    def _answer(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        self.calls.append((method, params))
        if method in ("hello", "get_snapshot"):
            about = {"version": "0", "protocol": 1, "name": "device"}
            snapshot = {"seq": self.seq, "state": wire.to_json(self.state), "heard_s": self.age_s}
            return {"result": about | snapshot}
        answer = self.answers.get(method, True)
        if isinstance(answer, dict) and "code" in answer:
            return {"error": answer}
        return None if answer is SILENCE else {"result": answer}


SILENCE = object()
"""An answer that never comes."""
