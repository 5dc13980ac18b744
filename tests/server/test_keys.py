"""Who needs a key, what it lets do, and how it ends, over a real WebSocket."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gbterm import events
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.credentials import Credentials
from gbterm.errors import AuthenticationRefused, ConfigError, UsageError
from gbterm.server.admission import STRANGERS, Rules
from gbterm.server.keys import Keys, Scope
from gbterm.server.scopes import SCOPES
from tests.server.running import Caller, Running

LOCKED = Rules(loopback_needs_key=True)


@pytest.fixture
async def locked() -> AsyncIterator[Running]:
    async with Running(rules=LOCKED, refusal_s=0.01) as running:
        yield running


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def closed(caller: Caller) -> int:
    """The code with which the server closed, and not a byte before it."""
    with pytest.raises(ConnectionClosed):
        raise AssertionError(await caller.connection.recv())
    return caller.connection.close_code or 0


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key", "first message"])
async def test_a_key_comes_in_three_ways(locked: Running, header: str) -> None:
    key = locked.keys.create("panel", [Scope.OPERATE])
    value = f"Bearer {key}" if header == "Authorization" else key
    headers = {} if header == "first message" else {header: value}
    async with await locked.tcp(additional_headers=headers) as client:
        if not headers:
            assert await client.result("authenticate", {"key": key}) is True
        assert await client.result("set_temp", {"bed": 40}) is True
        await client.event("temp_update")
    assert locked.device.named("set_temp") == [{"bed": 40}]


async def test_without_a_key_not_a_byte_of_state_goes_out(locked: Running) -> None:
    async with await locked.tcp() as silent, await locked.tcp() as asking:
        locked.device.publish(events.FanChanged(0, 10.0))
        error = await asking.error("get_status")
        assert (error["code"], error["data"]["type"]) == (-32008, "AuthenticationRefused")
        assert "GBTERM_KEY" in error["message"]
        assert asking.events == []
        assert await closed(asking) == 1008
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(silent.connection.recv(), 0.3)


@pytest.mark.parametrize(
    "params", [None, [], {}, [5], {"key": None}, {"key": ["SECRET"]}, ["SECRET", 1]]
)
async def test_what_is_no_key_is_refused_and_never_repeated(locked: Running, params: Any) -> None:
    key = locked.keys.create("panel", [Scope.ADMIN])
    for wrong in (params, {"key": key, "lamp": 1}):
        async with await locked.tcp() as client:
            error = await client.error("authenticate", wrong)
            assert error["code"] == -32602
            assert error["message"] == "authenticate takes the key, a string."
            assert await closed(client) == 1008


@pytest.mark.parametrize("key", ["", "gbterm_wrong", "x" * 3000, "\u00e4\0"])
async def test_a_wrong_key_is_refused_in_one_sentence(locked: Running, key: str) -> None:
    locked.keys.create("panel", [Scope.ADMIN])
    async with await locked.tcp() as client:
        error = await client.error("authenticate", [key])
        assert error["message"].startswith("This server does not know that key")
        assert not key or key not in json.dumps(error)
        assert await closed(client) == 1008


@pytest.mark.parametrize(
    "headers",
    [
        bearer("gbterm_wrong"),
        {"X-Api-Key": ""},
        {"Authorization": "Bearer gbterm_wrong", "X-Api-Key": "gbterm_other"},
    ],
)
async def test_a_wrong_key_is_refused_on_an_open_server_too(
    running: Running, headers: dict[str, str]
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await running.tcp(additional_headers=headers)
    assert refused.value.response.status_code == 401
    assert b"gbterm_wrong" not in refused.value.response.body


async def test_the_first_message_of_a_stranger_is_short(locked: Running) -> None:
    key = locked.keys.create("files", [Scope.FILES])
    async with await locked.tcp() as client:
        await client.connection.send("x" * 5000)
        assert await closed(client) == 1009
    async with await locked.tcp() as client:
        await client.result("authenticate", {"key": key})
        upload = {"name": "a.gcode", "payload": "G28\n" * 5000}
        assert (await client.result("put_gcode_file", upload))["size"] == 20000


async def test_each_scope_allows_its_methods_and_no_others(locked: Running) -> None:
    calls: dict[Scope, tuple[str, Any]] = {
        Scope.WATCH: ("get_status", None),
        Scope.OPERATE: ("emergency_stop", None),
        Scope.FILES: ("put_gcode_file", {"name": "a.gcode", "payload": "G28\n"}),
        Scope.ADMIN: ("no_such_method", None),
    }
    for scope in Scope:
        key = locked.keys.create(scope, [scope])
        async with await locked.tcp(additional_headers=bearer(key)) as client:
            for needed, call in calls.items():
                answer = await client.ask(*call)
                if needed is Scope.ADMIN:
                    assert answer["error"]["code"] == -32601
                elif scope in (needed, Scope.ADMIN) or needed is Scope.WATCH:
                    assert answer["result"], (scope, call)
                else:
                    assert answer["error"]["code"] == -32008
                    assert f"the scope {needed}" in answer["error"]["message"]


async def test_every_method_has_a_scope(locked: Running) -> None:
    async with await locked.unix() as client:
        methods = (await client.result("get_capabilities"))["methods"]
    assert set(methods) - set(SCOPES) == set(), "give them a scope in gbterm/server/scopes.py"


async def test_a_method_without_a_scope_is_served_to_nobody(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SCOPES, "get_status")
    key = running.keys.create("all", list(Scope))
    async with (
        await running.tcp(additional_headers=bearer(key)) as far,
        await running.unix() as near,
    ):
        for client in (far, near):
            assert (await client.error("get_status"))["code"] == -32601
            assert await client.result("get_counters")


async def test_every_method_asks_for_its_scope_and_no_other(locked: Running) -> None:
    async with await locked.unix() as near:
        methods = (await near.result("get_capabilities"))["methods"]
    for scope in Scope:
        key = locked.keys.create(scope, [scope])
        for method in set(methods) - {"authenticate"}:
            async with await locked.tcp(additional_headers=bearer(key)) as client:
                # A parameter that no method knows, so that none of them does anything.
                error = await client.error(method, {"nonsense": 1})
                may = scope is Scope.ADMIN or SCOPES[method] in (scope, Scope.WATCH)
                is_refused = error["code"] == -32008
                assert is_refused is not may, (scope, method, error)
                assert error["data"]["type"] != "InternalError"
    asked = {name for name, _ in locked.device.calls}
    assert asked <= {"hello", "get_capabilities", "get_usage", "stand_for"}


async def test_revoking_a_key_ends_its_connections_only(locked: Running) -> None:
    key, other = (locked.keys.create(name, [Scope.OPERATE]) for name in ("panel", "phone"))
    async with (
        await locked.tcp(additional_headers=bearer(key)) as ended,
        await locked.tcp(additional_headers=bearer(other)) as kept,
    ):
        assert await ended.result("get_status")
        # As another process does it.
        Keys(locked.root / "keys.json").revoke("panel")
        await ended.connection.wait_closed()
        assert await kept.result("get_status")
    with pytest.raises(InvalidStatus):
        await locked.tcp(additional_headers=bearer(key))


async def test_keys_that_others_may_change_let_nobody_in(locked: Running) -> None:
    key = locked.keys.create("panel", [Scope.OPERATE])
    (locked.root / "keys.json").chmod(0o622)
    with pytest.raises(InvalidStatus):
        await locked.tcp(additional_headers=bearer(key))
    with pytest.raises(ConfigError, match="chmod 600"):
        Keys(locked.root / "keys.json").all()


async def test_who_tries_keys_waits_and_nobody_else_does() -> None:
    async with Running(rules=LOCKED, refusal_s=3600) as running:
        key = running.keys.create("panel", [Scope.WATCH])
        guess = '{"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": ["guess"]}'
        guessing = [await running.tcp() for _ in range(STRANGERS)]
        for caller in guessing:
            await caller.connection.send(guess)
        # Even when there is no room for more strangers.
        with pytest.raises(InvalidStatus) as refused:
            await running.tcp()
        assert refused.value.response.status_code == 503
        async with await running.tcp(additional_headers=bearer(key)) as client:
            assert await client.result("get_status")
        for caller in guessing:
            caller.connection.transport.abort()


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "x-forwarded-proto"])
async def test_what_a_proxy_passes_on_is_never_loopback(running: Running, header: str) -> None:
    async with await running.tcp(additional_headers={header: "for=127.0.0.1"}) as client:
        assert (await client.error("get_status"))["code"] == -32008


async def test_the_unix_socket_is_guarded_by_its_mode_alone(locked: Running) -> None:
    async with await locked.unix() as client:
        assert await client.result("get_status")
        assert "shutdown" in (await client.result("get_capabilities"))["methods"]


async def test_other_machines_are_not_served_without_a_key() -> None:
    async with Running(listen=("0.0.0.0", 0)) as running:
        assert running.notice["listen"] is None
        assert "gbterm key create" in running.notice["note"]
        async with await running.unix() as client:
            assert await client.result("get_status")
        running.keys.create("panel", [Scope.WATCH])
        running.stop.set()
        assert running.task is not None
        await running.task
        await running.serve()
        async with await running.tcp() as client:
            assert await client.result("get_status")


async def test_no_key_is_ever_logged(locked: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    key = locked.keys.create("panel", [Scope.WATCH])
    async with await locked.tcp(additional_headers=bearer(key)) as client:
        await client.ask("authenticate", [key, key])
    host, _, port = locked.notice["listen"].rpartition(":")
    for head in (
        f"GET /ws HTTP/9 {key}\r\n\r\n",
        f"GET /ws HTTP/1.1\r\nAuthorization: Bearer {key}\x01\r\n\r\n",
        f"GET /?key={key} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode())
        assert key.encode() not in await reader.read()
        writer.close()
    assert key not in caplog.text
    for path in locked.root.rglob("*"):
        with suppress(FileNotFoundError):  # what is beside the database comes and goes
            assert not path.is_file() or key.encode() not in path.read_bytes()


async def test_the_client_shows_its_key(locked: Running) -> None:
    key = locked.keys.create("console", [Scope.OPERATE])
    for credentials, sentence in (
        (Credentials(key), ""),
        (Credentials("gbterm_wrong"), "does not accept the key"),
        (Credentials(), "asks for a key"),
    ):
        backend = OpenGbBackend(locked.url, "mk3", credentials)
        if sentence:
            with pytest.raises(AuthenticationRefused, match=sentence):
                await backend.connect()
        else:
            await backend.connect()
            assert backend.state == locked.device.state
        await backend.close()
        assert key not in repr(backend.__dict__)


def test_keys_are_stored_hashed_in_a_file_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "config" / "keys.json"
    before = os.umask(0)
    try:
        key = Keys(path).create("panel", [Scope.WATCH, Scope.WATCH, Scope.FILES])
    finally:
        os.umask(before)
    assert key.removeprefix("gbterm_") not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [member.name for member in path.parent.iterdir()] == ["keys.json"]
    found = Keys(path).find(key)
    assert found is not None
    assert found.scopes == (Scope.FILES, Scope.WATCH)


def test_names_are_given_once_and_revoked_once(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    keys.create("panel", [Scope.WATCH])
    with pytest.raises(UsageError, match="a key 'panel' already"):
        keys.create("panel", [Scope.ADMIN])
    with pytest.raises(UsageError, match="is no name"):
        keys.create("../x", [Scope.ADMIN])
    keys.revoke("panel")
    with pytest.raises(UsageError, match="no key 'panel'"):
        keys.revoke("panel")
    assert keys.all() == ()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"keys": [{}]}', '{"keys": [{"name": "a", "scopes": ["root"]}]}', "\xff"]
)
def test_a_file_that_holds_no_keys_is_no_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="does not hold keys"):
        Keys(path).find("gbterm_x")
