"""Which key may ask for what: every route of the API, with a key of each scope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from gbterm.server.keys import Scope
from gbterm.server.octoprint.api import Api
from gbterm.server.octoprint.application import application
from gbterm.server.octoprint.push import Push
from gbterm.server.octoprint.sessions import Sessions
from tests.endtoend.house import House
from tests.server.octoprint.asking import Client
from tests.server.octoprint.conftest import keyed

EVERYBODY = frozenset(Scope)
OPERATING = frozenset({Scope.OPERATE, Scope.ADMIN})
FILING = frozenset({Scope.FILES, Scope.ADMIN})
RULING = frozenset({Scope.ADMIN})
FILE = "/api/files/local/{path}"
COMMANDS = "/api/system/commands"

READ = (
    *("/api/version", "/api/server", "/api/currentuser", "/api/settings", "/api/printerprofiles"),
    *("/api/printerprofiles/_default", "/api/printer", "/api/printer/tool", "/api/printer/bed"),
    *("/api/printer/chamber", "/api/printer/sd", "/api/printer/error", "/api/job"),
    *("/api/printer/command/custom", "/api/connection", "/api/files", "/api/files/local"),
    *("/api/files/sdcard", FILE, "/downloads/files/local/{path}", COMMANDS),
    *(f"{COMMANDS}/{{source}}", "/sockjs/info", "/sockjs/websocket"),
)
ROWS: list[tuple[str, str, dict[str, Any] | None, frozenset[Scope]]] = [
    *(("GET", path, None, EVERYBODY) for path in READ),
    ("POST", "/api/login", {"passive": True}, EVERYBODY),
    ("POST", "/api/logout", {}, EVERYBODY),
    ("POST", "/api/files/test", {"command": "exists", "filename": "a.gcode"}, EVERYBODY),
    ("GET", "/api/plugin/action_command_prompt", None, OPERATING),
    ("POST", "/api/plugin/action_command_prompt", {"command": "select", "choice": 0}, OPERATING),
    ("POST", "/api/printer/printhead", {"command": "home", "axes": ["x"]}, OPERATING),
    ("POST", "/api/printer/printhead", {"command": "feedrate", "factor": 100}, OPERATING),
    ("POST", "/api/printer/tool", {"command": "target", "targets": {"tool0": 0}}, OPERATING),
    ("POST", "/api/printer/tool", {"command": "offset", "offsets": {"tool0": 0}}, OPERATING),
    ("POST", "/api/printer/bed", {"command": "target", "target": 0}, OPERATING),
    ("POST", "/api/printer/chamber", {"command": "target", "target": 0}, OPERATING),
    ("POST", "/api/printer/command", {"command": "M105"}, OPERATING),
    ("POST", "/api/printer/command", {"commands": []}, OPERATING),
    *(
        ("POST", "/api/job", {"command": command}, OPERATING)
        for command in ("start", "restart", "pause", "cancel")
    ),
    ("POST", "/api/connection", {"command": "connect"}, OPERATING),
    ("POST", "/api/connection", {"command": "fake_ack"}, OPERATING),
    ("POST", "/api/connection", {"command": "disconnect"}, OPERATING),
    ("POST", FILE, {"command": "select"}, OPERATING),
    ("POST", FILE, {"command": "unselect"}, OPERATING),
    ("POST", FILE, {"command": "select", "print": True}, OPERATING),
    ("POST", FILE, {"command": "move", "destination": "{path}"}, FILING),
    ("POST", "/api/files/local", None, FILING),
    ("POST", "/api/files/sdcard", None, EVERYBODY),  # nothing is taken from anybody
    ("DELETE", FILE, None, FILING),
    ("POST", f"{COMMANDS}/custom/{{action}}", {}, RULING),
]


def test_no_route_is_missing_in_the_table() -> None:
    nothing = cast(Any, None)
    api, sessions = Api(nothing, nothing, nothing, "p"), Sessions()
    made = application(api, nothing, sessions, Push(api, sessions, lambda _: True))
    served = {
        (route.method, route.resource.canonical)
        for route in made.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == {(method, path) for method, path, _, _ in ROWS}


@pytest.fixture(scope="module")
def sending(locked: House) -> Client:
    """Who may send files, and connect the printer."""
    return keyed(locked, "files", "operate")


@pytest.mark.parametrize("scope", Scope)
def test_a_key_may_what_its_scopes_let_it(locked: House, sending: Client, scope: Scope) -> None:
    client = keyed(locked, scope)
    names = (f"{scope}{number}.gcode" for number in range(len(ROWS)))
    wrong = dict(_wrong(client, sending, scope, names))
    assert wrong == {}
    sending.done("/api/connection", command="connect")
    sending.until("/api/connection", lambda told: told["current"]["state"] == "Operational")


def _wrong(
    client: Client, sending: Client, scope: Scope, names: Iterator[str]
) -> Iterator[tuple[str, Any]]:
    """Rows that were answered otherwise than the table says, and how."""
    for method, path, body, allowed in ROWS:
        name = next(names)
        if "{path}" in path:
            assert sending.upload(name, "G28\n").status == 201
        at = path.format(path=name, source="custom", action="light")
        if (method, path) == ("POST", "/api/files/local"):
            answer = client.upload(name, "G28\n")
        else:
            data = None if body is None else json.dumps(body).replace("{path}", name).encode()
            answer = client.ask(method, at, data)
        if (answer.status == 403) is (scope in allowed):
            yield f"{method} {at} {body}", answer
        elif answer.status == 403 and "scope" not in answer.error:
            yield f"{method} {at} {body}", answer.error


def test_a_command_runs_by_its_name_and_tells_how_it_failed(locked: House) -> None:
    client = keyed(locked, "admin")
    told = {one["action"]: one for one in client.get(COMMANDS)["custom"]}
    assert (told["light"]["confirm"], told["light"]["source"]) == ("Sure?", "custom")
    assert client.get(f"{COMMANDS}/core") == []
    client.done(f"{COMMANDS}/custom/light")
    failed = client.post(f"{COMMANDS}/custom/broken")
    assert (failed.status, "return code 3" in failed.error) == (500, True)
    assert "no power" in failed.error
    for path in (f"{COMMANDS}/custom/none", f"{COMMANDS}/core/light"):
        assert client.post(path).status in (404, 405)
    assert client.ask("GET", f"{COMMANDS}/none").status == 404
