"""The examples of the JSON-RPC 2.0 specification, as this server answers them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.running import Caller, Running, until

CALL = {"jsonrpc": "2.0", "method": "home_head", "params": [True, False, True]}
NAMED = {"jsonrpc": "2.0", "method": "home_head", "params": {"y": False}}
NO_REQUEST, NO_METHOD, NO_PARAMS = -32600, -32601, -32602

ANSWERED: list[tuple[Any, tuple[Any, Any]]] = [
    (CALL | {"id": 1}, (1, True)),
    (NAMED | {"id": "b"}, ("b", True)),
    (CALL | {"id": None}, (None, True)),
    (CALL | {"id": 0}, (0, True)),
    (CALL | {"id": -1}, (-1, True)),
    (CALL | {"id": 2, "unknown": [1]}, (2, True)),
    ({"jsonrpc": "2.0", "method": "pause_print", "id": 3}, (3, True)),
    ({"jsonrpc": "2.0", "method": "pause_print", "params": None, "id": 4}, (4, True)),
    ({"jsonrpc": "2.0", "method": "foobar", "id": "1"}, ("1", NO_METHOD)),
    ({"jsonrpc": "2.0", "method": "set_temp", "params": {"x": 1}, "id": 5}, (5, NO_PARAMS)),
    ({"jsonrpc": "2.0", "method": 1, "params": "bar"}, (None, NO_REQUEST)),
    ({"jsonrpc": "2.0", "method": "home_head", "params": "bar", "id": 6}, (None, NO_REQUEST)),
    ({"jsonrpc": "2.0", "method": "home_head", "id": {}}, (None, NO_REQUEST)),
    ({"jsonrpc": "2.0", "method": "home_head", "id": True}, (None, NO_REQUEST)),
    ({"jsonrpc": "1.0", "method": "home_head", "id": 7}, (None, NO_REQUEST)),
    ({"method": "home_head", "id": 8}, (None, NO_REQUEST)),
    ({"foo": "boo"}, (None, NO_REQUEST)),
    ({}, (None, NO_REQUEST)),
    (1, (None, NO_REQUEST)),
    (None, (None, NO_REQUEST)),
    ([], (None, NO_REQUEST)),
]


def outcome(answer: dict[str, Any]) -> tuple[Any, Any]:
    """The id, and the result or the code of the error: exactly one of them."""
    assert answer["jsonrpc"] == "2.0"
    assert len(answer.keys() & {"result", "error"}) == 1
    assert set(answer) <= {"jsonrpc", "id", "result", "error"}
    if "result" in answer:
        return answer["id"], answer["result"]
    error = answer["error"]
    assert error["data"]["message"] == error["message"]
    assert error["message"].endswith((".", "?"))
    return answer["id"], error["code"]


async def exchange(client: Caller, text: str | bytes) -> Any:
    """The next answer to `text`, past the events."""
    await client.connection.send(text)
    return await answer_of(client)


async def answer_of(client: Caller) -> Any:
    while isinstance(message := await client.next(), dict) and "event" in message:
        pass
    return message


@pytest.mark.parametrize(("request_", "expected"), ANSWERED)
@pytest.mark.parametrize("is_binary", [False, True], ids=["text", "binary"])
async def test_a_request_is_answered_as_the_specification_says(
    running: Running, request_: Any, expected: tuple[Any, Any], is_binary: bool
) -> None:
    text = json.dumps(request_)
    async with await running.tcp() as client:
        answer = await exchange(client, text.encode() if is_binary else text)
    assert outcome(answer) == expected


@pytest.mark.parametrize("text", ["", "{", '{"jsonrpc": "2.0", "method": "foobar, "params": [}'])
async def test_what_is_no_json_is_said_so_and_the_next_request_answered(
    running: Running, text: str
) -> None:
    async with await running.tcp() as client:
        assert outcome(await exchange(client, text)) == (None, -32700)
        assert await client.result("get_status")


async def test_a_batch_is_answered_by_an_array_without_its_notifications(running: Running) -> None:
    sent = [item for item, _ in ANSWERED]
    expected = [answer for _, answer in ANSWERED]
    async with await running.tcp() as client:
        answers = await exchange(client, json.dumps([CALL, *sent, NAMED]))
        assert [outcome(answer) for answer in answers] == expected
        assert await client.result("get_status")


async def test_notifications_are_done_and_never_answered(running: Running) -> None:
    wrong = {"jsonrpc": "2.0", "method": "home_head", "params": {"x": "far"}}
    unknown = {"jsonrpc": "2.0", "method": "foobar"}
    async with await running.tcp() as client:
        for message in (CALL, wrong, unknown, [CALL, wrong], [unknown]):
            await client.connection.send(json.dumps(message))
        assert outcome(await exchange(client, json.dumps(NAMED | {"id": 9}))) == (9, True)
        await until(lambda: len(running.device.named("home_head")) == 3)


async def test_however_deep_a_message_is_it_gets_a_sentence(running: Running) -> None:
    async with await running.tcp() as client:
        codes = []
        for depth in range(900, 1020):
            params = '{"bed": ' + "[" * depth + "]" * depth + "}"
            call = f'{{"jsonrpc": "2.0", "id": 1, "method": "set_temp", "params": {params}}}'
            codes.append((await exchange(client, call))["error"]["code"])
        assert (codes[0], codes[-1]) == (NO_PARAMS, -32700)
        assert set(codes) == {NO_PARAMS, -32700}
