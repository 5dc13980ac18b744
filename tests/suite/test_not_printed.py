"""`gbterm runfile` on an OctoPrint that takes a file and then does not print it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gbterm.backends.octoprint import library
from gbterm.cli.exits import ExitCode
from tests.octoprint.impostor import Impostor, current, serving
from tests.suite.test_refused import ended, nobody
from tests.suite.there import assert_a_sentence

__all__ = ["nobody"]

BOX = "/api/files/local/box.gcode"
FILE = {
    **{"name": "box.gcode", "path": "box.gcode", "display": "box.gcode", "size": len("G28\n")},
    **{"origin": "local", "type": "machinecode"},
}
UPLOADED = {
    **{"done": True, "effectivePrint": False, "effectiveSelect": False},
    "files": {"local": FILE},
}


class Reluctant(Impostor):
    """Answers as OctoPrint 1.11 does beside a print: that it is taken, and not to be printed."""

    def __init__(self, status: int) -> None:
        super().__init__([])
        self._status = status
        """Of the answer to who asks for a print."""
        self.done: list[str] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """It has one file from when that was uploaded."""
        body = await request.read()
        asked = f"{request.method} {request.path}"
        told: dict[str, Any] = {
            "POST /api/files/test": {"exists": False},
            "POST /api/files/local": UPLOADED,
            "GET /api/files": {"files": [FILE]},
            "GET /api/job": {"state": "Operational", "job": {"file": FILE}, "progress": {}},
            "GET /api/currentuser": {"name": "me", "permissions": ["ADMIN"]},
        }
        if request.method != "GET" and not asked.endswith(("/test", "/login")):
            self.done.append(f"{asked} {body.decode()}" if request.path == BOX else asked)
        if request.path == BOX:
            return web.Response(status=self._status if request.method == "POST" else 204)
        if asked in told:
            return web.json_response(told[asked], status=201 if told[asked] is UPLOADED else 200)
        return await super().answer(request)

    async def _push(self, request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"connected": {}})
        async for message in socket:
            if "auth" in message.data:
                await socket.send_json({"history": current()})
        return socket


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (204, "took box.gcode, but it does not print it: look at the printer"),
        (409, "refused (HTTP 409): it does not say why"),
    ],
)
def test_it_is_said_and_no_copy_is_left(
    nobody: Path, monkeypatch: pytest.MonkeyPatch, status: int, says: str
) -> None:
    monkeypatch.setattr(library, "BEGIN_S", 0.2)
    made = Reluctant(status)
    (key := nobody / "key").write_text("k" * 32)
    key.chmod(0o600)
    with serving(made) as url:
        outcome = ended(["runfile", "--url", url, "--key-file", str(key), "box.gcode"])
    assert (outcome.code, outcome.out) == (ExitCode.WRONG_STATE, "")
    assert_a_sentence(outcome)
    assert says in outcome.err
    assert made.done[0] == "POST /api/files/local"
    assert made.done[1].startswith(f"POST {BOX} ")
    assert made.done[2:] == [f"DELETE {BOX} "]
