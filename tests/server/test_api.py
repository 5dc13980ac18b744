"""Every method over a real WebSocket: its documented example, and all that is no call of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.api import Method, Params, is_like, made
from tests.server.api_extensions import EXTENSIONS, OF_THIS_MACHINE
from tests.server.api_opengb import OPENGB
from tests.server.live import Live
from tests.server.running import Caller

SERVED = OPENGB | EXTENSIONS
ANYWHERE = [name for name, method in SERVED.items() if "READY" in method.states]
"""What needs no print; `test_states.py` has the others."""


async def try_call(
    live: Live, client: Caller, name: str, params: Params, sent: tuple[str, ...] | None
) -> None:
    """It is answered as documented, and the board executes that and no more."""
    before, documented = live.count(), SERVED[name].result
    answer = await client.result(name, params)
    assert answer is documented if documented is True else is_like(answer, documented), answer
    if sent is not None:
        await client.result("enable_steppers")
        lines = await live.sent(before, lambda lines: len(lines) > len(sent))
        assert lines == [*sent, "M17"], params


@pytest.mark.parametrize("name", ANYWHERE)
async def test_the_documented_example_is_answered_as_documented(
    live: Live, client: Caller, name: str
) -> None:
    if (happens := SERVED[name].after) is not None:
        await happens(client)
    for in_order in (False, True):
        await live.rest(client)
        given = await made(client, SERVED[name].example)
        params = list(given.values()) if in_order else given
        await try_call(live, client, name, params, SERVED[name].sent)


@pytest.mark.parametrize("name", [name for name, method in SERVED.items() if method.also])
async def test_what_is_left_out_or_null_has_its_default_and_a_number_may_be_a_string(
    live: Live, client: Caller, name: str
) -> None:
    for params, sent in SERVED[name].also:
        await try_call(live, client, name, params, sent)


def no_calls(method: Method) -> Iterator[tuple[Params, str]]:
    """Parameters that are none of `method`, by name and by position, and words that say so."""
    names = list(method.params)
    example = {name: "1" if callable(v) else v for name, v in method.example.items()}
    needed = {name: example[name] for name in names[: method.required]}
    for at, (name, kind) in enumerate(method.params.items()):
        ahead = [needed.get(other) for other in names[:at]]
        for value in kind.wrong:
            yield {**needed, name: value}, f"{name} must be {kind.words}"
            yield [*ahead, value], f"{name} must be {kind.words}"
        if name in needed:
            yield {**needed, name: None}, f"needs the parameter {name}"
            yield ahead, f"needs the parameter {name}"
            yield dict(zip(names, ahead, strict=False)), f"needs the parameter {name}"
    yield {**needed, "lamp": 1}, "knows no parameter lamp"
    in_order = [needed.get(name) for name in names]
    yield [*in_order, None], f"takes {len(names)} parameters, not {len(names) + 1}"


@pytest.mark.parametrize("name", SERVED)
async def test_what_is_no_call_gets_a_sentence_and_reaches_no_board(
    live: Live, client: Caller, name: str
) -> None:
    method = SERVED[name]
    before = live.count()
    cases = list(no_calls(method))
    cases += [(await made(client, params), words) for params, words in method.wrong]
    for params, words in cases:
        error = await client.error(name, params)
        assert error["code"] == -32602, (params, error)
        assert words in error["message"], params
        assert error["message"].endswith(".")
    await client.result("enable_steppers")
    assert await live.sent(before, len) == ["M17"]


async def test_the_printer_process_refuses_the_same(live: Live, client: Caller) -> None:
    told = live.house.ask("get_capabilities")["result"]["methods"]
    every = SERVED | OF_THIS_MACHINE
    own = every.keys() & set(told) - {"hello", "subscribe_console"}
    assert own > {"set_temp", "start_job"}
    for name in own:
        method = every[name]
        for params, words in no_calls(method):
            if isinstance(params, dict):
                error = live.house.ask(name, params)["error"]
                assert (error["code"], words in error["message"]) == (-32602, True), (name, params)


@pytest.mark.parametrize("name", OF_THIS_MACHINE)
async def test_what_is_of_this_machine_is_no_method_elsewhere(client: Caller, name: str) -> None:
    assert (await client.error(name, OF_THIS_MACHINE[name].example))["code"] == -32601
