"""The replica by itself: what a hostile or a newer peer can do to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbterm import events, wire
from gbterm.apply import apply
from gbterm.backends.opengb.replica import Replica
from gbterm.errors import LinkError, NotSupported
from gbterm.model import Phase, PrinterState


def replica() -> Replica:
    return Replica(lambda *_: None)


async def greeted(state: PrinterState, seq: int) -> Replica:
    mine = replica()
    text, answer = mine.call("hello", {})
    mine.receive(answer_to(text, {"seq": seq, "state": wire.to_json(state)}))
    await answer
    return mine


def answer_to(text: str, result: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], "result": result})


def event(seq: int, fan: int) -> str:
    told = {"event": "fan_changed", "params": {"fan": fan, "percent": 1}, "seq": seq}
    return json.dumps({"jsonrpc": "2.0", **told})


@given(st.lists(st.integers(-2, 3), max_size=12))
def test_whatever_is_lost_doubled_or_late_it_is_right_or_stale(steps: list[int]) -> None:
    async def run() -> None:
        sent = {seq: events.FanChanged(seq, 1.0) for seq in range(100)}
        mine, at = await greeted(PrinterState(), 50), 50
        for step in steps:
            at += step
            mine.receive(event(at, at))
            right = PrinterState()
            for seq in range(51, max(mine.state.fans, default=50) + 1):
                right = apply(right, sent[seq])
            assert mine.state == right

    asyncio.run(run())


async def test_an_unknown_event_makes_it_stale_and_a_snapshot_heals_it() -> None:
    mine = await greeted(PrinterState(), 5)
    mine.receive('{"event": "moon_changed", "params": {}, "seq": 6}')
    assert mine.stale
    mine.receive(event(7, 1))
    assert mine.state == PrinterState()
    text, _ = mine.call("get_snapshot", {})
    mine.receive(event(8, 2))
    healed = PrinterState(phase=Phase.READY, fans={1: 1.0, 2: 1.0})
    mine.receive(answer_to(text, {"seq": 8, "state": wire.to_json(healed)}))
    mine.receive(event(9, 3))
    assert mine.state.fans == {1: 1.0, 2: 1.0, 3: 1.0}


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_garbage_is_survived(message: str | bytes) -> None:
    replica().receive(message)


async def test_answers_that_make_no_sense() -> None:
    mine = replica()
    for result in (None, 5, {}, {"seq": "x", "state": {}}, {"seq": 1, "state": {"phase": "?"}}):
        text, answer = mine.call("hello", {})
        mine.receive(answer_to(text, result))
        with pytest.raises(LinkError, match="can't be read"):
            await answer
    text, answer = mine.call("dance", {})
    error = {"code": -32601, "message": "Method not found"}
    mine.receive(json.dumps({"id": json.loads(text)["id"], "error": error}))
    mine.receive(answer_to(text, True))
    with pytest.raises(NotSupported, match="doesn't know dance"):
        await answer


async def test_a_disconnect_fails_what_is_open_and_tells_why() -> None:
    mine = await greeted(PrinterState(phase=Phase.EXECUTING), 5)
    _, answer = mine.call("pause_print", {})
    mine.disconnect("The cable was pulled.")
    assert (mine.state.phase, mine.state.reason) == (Phase.DISCONNECTED, "The cable was pulled.")
    with pytest.raises(LinkError, match="cable"):
        await answer
