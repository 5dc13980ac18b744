"""The console's client with gbterm's own server, on real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gbterm import events, wire
from gbterm.backends.capability import Capability
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import (
    AuthenticationRefused,
    FileRefused,
    LinkError,
    NoSuchFile,
    NotSupported,
    PrinterError,
    UsageError,
    WrongState,
)
from gbterm.jobs import Job
from gbterm.lost_print import ResumePoint
from gbterm.model import Message, Phase, PrinterState
from tests.backends.opengb.wire import Wire
from tests.server.device import SILENCE
from tests.server.running import Running, until


async def test_commands_reach_the_printer_process(running: Running, backend: OpenGbBackend) -> None:
    await backend.set_temperature(nozzles={0: 200, 2: 0}, bed=60)
    await backend.move(x=1.5, rate_mm_s=50)
    await backend.move(z=5, relative=False)
    await backend.home("XY")
    await backend.extrude(-2.5, nozzle=1, rate_mm_s=10)
    await backend.extrude(5)
    await backend.set_flow(95)
    await backend.set_flow(105, 1)
    await backend.set_speed(87.5)
    await backend.set_fan(1, 75)
    await backend.set_steppers(enabled=True)
    await backend.set_steppers(enabled=False)
    await backend.begin_swap()
    await backend.complete_swap()
    await backend.pause()
    await backend.resume()
    await backend.set_pause_layers([3, 5])
    await backend.resume_job()
    await backend.resume_job(120, 4.5, confirmed=True)
    await backend.cancel()
    await backend.reconnect()
    greetings = {"hello", "get_capabilities"}
    assert [call for call in running.device.calls if call[0] not in greetings] == [
        ("set_temp", {"bed": 60, "nozzle1": 200, "nozzle3": 0}),
        ("move_head_relative", {"x": 1.5, "rate": 50}),
        ("move_head_absolute", {"z": 5}),
        ("home_head", {"x": True, "y": True, "z": False}),
        ("retract_filament", {"head": 1, "length": 2.5, "rate": 10}),
        ("unretract_filament", {"head": 0, "length": 5}),
        ("set_extrude_override", {"percent": 95}),
        ("set_extrude_override", {"percent": 105, "nozzle": 2}),
        ("set_speed_override", {"percent": 87.5}),
        ("set_fan_speed", {"fan": 1, "percent": 75}),
        ("enable_steppers", {}),
        ("disable_steppers", {}),
        ("filament_swap_begin", {}),
        ("filament_swap_complete", {}),
        ("pause_print", {}),
        ("resume_print", {}),
        ("set_pause_layers", {"layers": [3, 5]}),
        ("resume_job", {"confirmed": False}),
        ("resume_job", {"line": 120, "z_mm": 4.5, "confirmed": True}),
        ("cancel_print", {}),
        ("reconnect", {}),
    ]


async def test_events_lead_to_the_printers_state(running: Running, backend: OpenGbBackend) -> None:
    seen: list[tuple[events.Event, PrinterState]] = []
    stop = backend.subscribe(lambda event, state: seen.append((event, state)))
    job = events.JobChanged(Job("box.gcode", lines=9, bytes=99))
    running.device.publish(job)
    running.device.publish(events.PhaseChanged(Phase.EXECUTING))
    await until(lambda: len(seen) == 2)
    assert [event for event, _ in seen] == [job, events.PhaseChanged(Phase.EXECUTING)]
    assert seen[-1][1] == backend.state == running.device.state
    stop()
    running.device.publish(events.PhaseChanged(Phase.PAUSED))
    await until(lambda: backend.state.phase is Phase.PAUSED)
    assert len(seen) == 2


async def test_where_a_lost_print_can_go_on(running: Running, backend: OpenGbBackend) -> None:
    point = ResumePoint("box.gcode", 7, 80, 104, 87, 900, 2, 0.4, 0.6, {0: 210.0}, 60.0, "Go on?")
    running.device.answers["get_resume_point"] = wire.to_json(point)
    assert await backend.resume_point() == point
    running.device.answers["get_resume_point"] = {"name": "box.gcode"}
    with pytest.raises(PrinterError, match="does not say where the print can go on"):
        await backend.resume_point()


async def test_a_listener_that_fails_does_not_end_the_connection(
    running: Running, backend: OpenGbBackend
) -> None:
    def fail(event: events.Event, _: PrinterState) -> None:
        if isinstance(event, events.FanChanged):
            raise RuntimeError

    backend.subscribe(fail)
    running.device.publish(events.FanChanged(0, 50.0))
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    await until(lambda: backend.state == running.device.state)


async def test_a_lost_event_costs_nothing_but_a_moment(
    running: Running, backend: OpenGbBackend
) -> None:
    running.device.publish(events.PhaseChanged(Phase.EXECUTING), is_lost=True)
    running.device.publish(events.FanChanged(0, 50.0))
    await until(lambda: backend.state == running.device.state)
    running.device.publish(events.FanChanged(0, 60.0))
    await until(lambda: backend.state == running.device.state)
    assert backend.state.phase is Phase.EXECUTING


async def test_text_of_the_printer_can_not_reach_the_terminal(
    running: Running, backend: OpenGbBackend
) -> None:
    running.device.publish(events.MessageReported(Message("a\x1b[2J\u202eb")))
    await until(lambda: backend.state.messages)
    assert backend.state.messages[-1].text == "a?[2J?b"


async def test_files(running: Running, backend: OpenGbBackend, tmp_path: Path) -> None:
    path = tmp_path / "würfel.gcode"
    content = b"G28 ; caf\xe9 \xc3\xbc\r\n" * 20_000
    path.write_bytes(content)
    told: list[tuple[int, int]] = []
    file = await backend.upload(path, lambda done, total: told.append((done, total)))
    assert (file.name, file.size) == ("würfel.gcode", len(content))
    assert told[-1] == (len(content), len(content))
    assert told == sorted(told)
    assert len(told) > 3
    (payload,) = (running.root / "library" / "gcode").iterdir()
    assert payload.read_bytes() == content
    assert await backend.files() == [file]
    await backend.print_file(file.id, confirmed=True)
    assert running.device.named("start_job")[0]["path"] == str(payload)
    await backend.delete_file(file.id)
    assert await backend.files() == []
    with pytest.raises(NoSuchFile):
        await backend.delete_file(file.id)


async def test_a_file_that_can_not_be_sent(backend: OpenGbBackend, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        await backend.upload(tmp_path / "nothing.gcode")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\0")
    with pytest.raises(FileRefused, match=r"photo\.png is no G-code"):
        await backend.upload(tmp_path / "photo.png")


async def test_refusals_are_typed(running: Running, backend: OpenGbBackend) -> None:
    text = "Nothing is being printed."
    running.device.answers["cancel_print"] = {
        "code": -32000,
        "message": text,
        "data": {"type": "WrongState", "message": text},
    }
    with pytest.raises(WrongState, match="Nothing is being"):
        await backend.cancel()
    assert Capability.PROMPTS not in backend.capabilities
    with pytest.raises(NotSupported, match="mk3 can't answer prompts"):
        await backend.answer_prompt(0)


async def test_a_server_that_goes_and_comes_back(running: Running, backend: OpenGbBackend) -> None:
    assert running.task is not None
    running.stop.set()
    await running.task
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    assert "server" in backend.state.reason
    with pytest.raises(LinkError):
        await backend.pause()
    running.device.publish(events.PhaseChanged(Phase.EXECUTING))
    await running.serve()
    await until(lambda: backend.state.phase is Phase.EXECUTING)
    await backend.pause()
    assert running.device.named("pause_print") == [{}]


async def test_a_call_that_is_open_when_the_server_dies_fails(
    running: Running, backend: OpenGbBackend
) -> None:
    running.device.answers["home_head"] = SILENCE
    homing = asyncio.create_task(backend.home())
    await until(lambda: running.device.named("home_head"))
    await running.device.die()
    with pytest.raises(LinkError):
        await homing


async def test_a_stop_goes_all_ways_and_says_so(running: Running, backend: OpenGbBackend) -> None:
    report = await backend.emergency_stop()
    assert report.confirmed
    await until(lambda: len(running.device.named("emergency_stop")) == 3)
    # One press, so that it is done once; another one is another stop.
    assert len(presses := {call["press"] for call in running.device.named("emergency_stop")}) == 1
    await backend.emergency_stop()
    assert running.device.named("emergency_stop")[-1]["press"] not in presses


async def test_a_stop_does_without_what_an_older_gbterm_does_not_know(
    running: Running, wire: Wire
) -> None:
    text = "emergency_stop knows no parameter press."
    running.device.answers["emergency_stop"] = {
        "code": -32602,
        "message": text,
        "data": {"type": "UsageError", "message": text},
    }
    backend = OpenGbBackend(f"ws://127.0.0.1:{wire.port}")
    await backend.connect()
    wire.takes_more = False
    stopping = asyncio.create_task(backend.emergency_stop())
    await until(lambda: len(running.device.named("emergency_stop")) == 2)
    assert [list(call) for call in running.device.named("emergency_stop")] == [["press"], []]
    await backend.close()
    await asyncio.wait((stopping,))


async def test_a_stop_needs_no_new_connection(running: Running, wire: Wire) -> None:
    backend = OpenGbBackend(f"ws://127.0.0.1:{wire.port}")
    await backend.connect()
    wire.takes_more = False
    assert (await backend.emergency_stop()).confirmed
    assert len(running.device.named("emergency_stop")) == 1
    await backend.close()


async def test_a_stop_needs_no_greeting(running: Running) -> None:
    backend = OpenGbBackend(f"ws://{running.notice['listen']}")
    assert (await backend.emergency_stop()).confirmed
    assert running.device.named("emergency_stop") == [{}]
    await backend.close()


async def test_a_stop_needs_no_server(running: Running, backend: OpenGbBackend) -> None:
    assert running.task is not None
    running.stop.set()
    await running.task
    assert (await backend.emergency_stop()).confirmed
    assert len(running.device.named("emergency_stop")) == 1


async def test_a_stop_that_the_board_did_not_confirm(
    running: Running, backend: OpenGbBackend
) -> None:
    text = "The board did not confirm that it halted."
    running.device.answers["emergency_stop"] = {
        "code": -32003,
        "message": text,
        "data": {"type": "PrinterError", "message": text},
    }
    report = await backend.emergency_stop()
    assert not report.confirmed
    assert report.text.startswith(text)
    assert report.text.count(text) == 1


async def test_a_stop_with_nobody_left(running: Running, backend: OpenGbBackend) -> None:
    await running.device.die()
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    report = await backend.emergency_stop()
    assert not report.confirmed
    assert "printer process" in report.text
    assert report.text.endswith("switch the printer off.")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("ws://127.0.0.1:1", LinkError),
        ("unix:/nowhere/server.sock", LinkError),
        ("http://127.0.0.1:1", UsageError),
        ("ws://", UsageError),
    ],
)
async def test_an_address_without_a_server(url: str, error: type[Exception]) -> None:
    backend = OpenGbBackend(url)
    with pytest.raises(error) as refused:
        await backend.connect()
    assert url in str(refused.value)
    await backend.close()


async def test_tcp_is_the_same_client(running: Running) -> None:
    backend = OpenGbBackend(f"ws://{running.notice['listen']}")
    await backend.connect()
    assert backend.state == running.device.state
    await backend.close()
    port = running.notice["listen"].rpartition(":")[2]
    elsewhere = OpenGbBackend(f"ws://ip6-localhost:{port}")
    with pytest.raises((AuthenticationRefused, LinkError)):
        await elsewhere.connect()
    await elsewhere.close()
