"""The same client with an OpenGB server that knows no extension."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gbterm
from gbterm.apply import apply
from gbterm.backends.capability import Capability
from gbterm.backends.opengb import plain as shapes
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import NotSupported
from gbterm.model import Phase, Position, PrinterState, Temperature
from tests.backends.opengb.plain_server import PlainServer
from tests.server.running import until


async def test_its_status_is_understood(plainly: OpenGbBackend) -> None:
    state = plainly.state
    assert state.phase is Phase.READY
    assert state.bed == Temperature(21.5, None)
    assert state.nozzles[0] == Temperature(205.0, 0.0)
    assert state.position == Position(10.0, 20.0, 0.0)
    assert state.fans == {0: 100.0, 1: 75.0}
    assert (state.steppers_enabled, state.speed_percent) == (True, 90.0)
    assert Capability.FILES in plainly.capabilities
    assert Capability.PROMPTS not in plainly.capabilities
    for command in (
        *(plainly.babystep(0.1), plainly.connect_printer(), plainly.disconnect_printer()),
        *(plainly.send_gcode("M114"), plainly.stream_statistics()),
        plainly.watch_console(lambda _: None),
    ):
        with pytest.raises(NotSupported, match=r"^gigabot can't"):
            await command
    for command in (plainly.set_flow(90), plainly.set_speed(90), plainly.begin_swap()):
        with pytest.raises(NotSupported, match="can't change"):
            await command


async def test_its_events_lead_on(plain: PlainServer, plainly: OpenGbBackend) -> None:
    await plain.say("temp_update", {"bed_current": "57.1", "bed_target": "60"})
    await plain.say("temp_update", {"bed_current": None, "nozzle1_target": 200})
    await plain.say("no_such_event", {"x": []})
    await plain.say("position_update", None)
    await plain.say("state_change", {"old": "READY", "new": "EXECUTING"})
    await plain.say("progress_update", {"current_line": 30, "total_lines": 100})
    await until(lambda: plainly.state.job and plainly.state.job.line)
    assert plainly.state.bed == Temperature(57.1, 60.0)
    assert plainly.state.nozzles[0] == Temperature(205.0, 200.0)
    assert plainly.state.job is not None
    assert (plainly.state.job.line, plainly.state.job.fraction) == (30, 0.3)


async def test_its_files_are_listed_newest_first_and_harmless(plainly: OpenGbBackend) -> None:
    files = await plainly.files()
    assert [(file.id, file.name, file.size) for file in files] == [
        (2, "b.gco", 5),
        (1, "a?[2J.gco", 9),
    ]


async def test_its_word_on_a_stop_is_not_taken_for_the_boards(
    plain: PlainServer, plainly: OpenGbBackend
) -> None:
    report = await plainly.emergency_stop()
    assert not report.confirmed
    assert ("emergency_stop", {}) in plain.calls


async def test_nor_is_it_before_anybody_greeted(plain: PlainServer) -> None:
    backend = OpenGbBackend(f"ws://127.0.0.1:{plain.port}", "gigabot")
    report = await backend.emergency_stop()
    assert not report.confirmed
    assert "it can't say more" in report.text
    assert plain.calls[0] == ("emergency_stop", {})
    assert [method for method, _ in plain.calls].count("emergency_stop") == 1
    await backend.close()


async def test_nor_is_it_where_a_greeting_is_not_answered(plain: PlainServer) -> None:
    plain.unanswered = "hello"
    backend = OpenGbBackend(f"ws://127.0.0.1:{plain.port}", "gigabot")
    connecting = asyncio.create_task(backend.connect())
    await until(lambda: ("hello", {"version": gbterm.__version__}) in plain.calls)
    report = await backend.emergency_stop()
    assert not report.confirmed
    assert [method for method, _ in plain.calls].count("emergency_stop") == 1
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    await backend.close()


async def test_an_abrupt_end_is_survived(plain: PlainServer, plainly: OpenGbBackend) -> None:
    for connection in tuple(plain.connections):
        connection.transport.abort()
    await until(lambda: plainly.state.phase is Phase.DISCONNECTED)
    await until(lambda: plainly.state.phase is Phase.READY)
    assert await plainly.files()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("new", "x", "bed_current", "fan", "percent", "enabled", "current", "0")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = ("state_change", "temp_update", "position_update", "progress_update", "fan_speed_change")


@given(st.sampled_from((*NAMES, "steppers_update", "speed_override_change")), JSON)
def test_nonsense_never_raises(name: str, params: object) -> None:
    state = PrinterState()
    for event in shapes.read_event(name, params, state):
        state = apply(state, event)
    assert isinstance(shapes.state({"temp": params, "state": params}), PrinterState)
