"""Whatever a peer says: nothing is raised, and what is kept of it has bounds."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbterm import wire
from gbterm.apply import apply
from gbterm.backends.octoprint import states
from gbterm.backends.opengb import plain, records
from gbterm.backends.opengb.replica import Replica
from gbterm.errors import GbtermError
from gbterm.model import CHOICES_MOST, FANS_MOST, MESSAGES_KEPT, NOZZLES_MOST, PrinterState
from gbterm.plain import account
from gbterm.widgets import slices
from gbterm.widgets.job_slice import progress

WORDS = (
    *wire.EVENTS,
    *("state", "temp", "position", "progress", "fan_speed", "new", "flags", "text", "temps"),
    *("nozzles", "bed", "current", "target", "phase", "READY", "ERROR", "job", "name", "prompt"),
    *("choices", "message", "messages", "at", "fan", "percent", "index", "0", "-1", "99999999"),
    *("tool0", "tool5", "tool-1", "actual", "x", "y", "z", "lines", "left_s", "elapsed_s"),
    *("type", "payload", "plugin", "data", "logs", "action", "show", "file", "size", "origin"),
    *("nozzle1_current", "enabled", "line", "byte", "bytes", "outcome", "layer", "layers"),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(WORDS)
    | st.sampled_from(("1e999", "nan", "\x1b]0;x\x07", "\u202e", "12.5"))
)
names = st.sampled_from(WORDS) | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(names, v, max_size=6),
    max_leaves=25,
)


def assert_sane(state: PrinterState) -> None:
    """It is bounded, and can be shown."""
    assert 1 <= len(state.nozzles) <= NOZZLES_MOST
    assert 0 <= state.active_nozzle < NOZZLES_MOST
    assert len(state.fans) <= FANS_MOST
    assert len(state.flows) <= NOZZLES_MOST
    assert len(state.messages) <= MESSAGES_KEPT
    assert state.prompt is None or len(state.prompt.choices) <= CHOICES_MOST
    slices.status(state)
    slices.heaters(state)
    slices.motion(state)
    slices.messages(state)
    progress(state)
    assert all(isinstance(line, str) for line in account.status(state))


@given(st.lists(st.tuples(names, values), max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_replica_takes_any_events(told: list[tuple[str, Any]]) -> None:
    async def feed() -> None:
        for is_plain in (False, True):
            replica = Replica(lambda *_: None)
            text, answer = replica.call("hello", {})
            body = {"result": {"state": wire.to_json(PrinterState()), "seq": 0, "heard_s": 0}}
            replica.receive(json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], **body}))
            await answer
            replica.is_plain = is_plain
            for number, (name, params) in enumerate(told, 1):
                event = {"jsonrpc": "2.0", "event": name, "params": params, "seq": number}
                replica.receive(json.dumps(event))
                replica.receive(json.dumps({"id": params, "result": name}, default=str))
                assert_sane(replica.state)
                replica.stale = False

    asyncio.run(feed())


@given(values)
@settings(max_examples=150, deadline=None)
def test_any_snapshot_is_a_state_or_a_lost_connection(told: Any) -> None:
    async def adopt() -> None:
        for method, result in (
            ("hello", {"state": told, "seq": 1, "heard_s": told}),
            ("get_snapshot", told),
            ("get_status", {"status": told}),
        ):
            replica = Replica(lambda *_: None)
            replica.is_plain = method == "get_status"
            text, answer = replica.call(method, {})
            id = json.loads(text)["id"]
            replica.receive(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}))
            assert answer.done()
            if answer.exception() is not None:
                assert isinstance(answer.exception(), GbtermError)
            assert_sane(replica.state)

    asyncio.run(adopt())


@given(values)
@settings(max_examples=100, deadline=None)
def test_any_error_is_one_of_ours(body: Any) -> None:
    async def refuse() -> None:
        replica = Replica(lambda *_: None)
        text, answer = replica.call("pause_print", {})
        replica.receive(json.dumps({"id": json.loads(text)["id"], "error": body}))
        if body is not None:
            with pytest.raises(GbtermError):
                await answer
        answer.cancel()

    asyncio.run(refuse())


@given(values)
@settings(max_examples=150, deadline=None)
def test_any_record_is_read_or_refused(told: Any) -> None:
    for read in (
        *(records.file, records.capabilities, records.methods, records.limits),
        *(records.counters, records.samples, records.disks, plain.state),
    ):
        read(told)
    for refuses in (records.file_layers, records.layer_geometry, records.command_result):
        with suppress(GbtermError):
            refuses(told)


@given(values, values)
@settings(max_examples=200, deadline=None)
def test_whatever_an_octoprint_pushes_makes_a_state(first: Any, second: Any) -> None:
    state = states.adopted(first, 5.0)
    assert_sane(state)
    for event in (
        *states.read_current(second, state),
        *states.read_event(second, state, 0.0),
        *states.read_plugin(second, 0.0),
    ):
        state = apply(state, event)
        assert_sane(state)
