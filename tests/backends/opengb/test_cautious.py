"""What a plain OpenGB server would do harm with is not sent; its `true` is taken for no more."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from gbterm.backends.opengb import cautious, plain_file, tellings
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.backends.opengb.place import TEMPERATURES_AHEAD
from gbterm.errors import (
    CommandTimeout,
    FileRefused,
    NeedsConfirmation,
    NoSuchFile,
    NotSupported,
    OutOfRange,
    WrongState,
)
from gbterm.model import Phase, Position
from tests.backends.opengb.plain_server import PlainServer
from tests.server.running import until

OFF = ("set_temp", {"bed": 0, "nozzle1": 0})


@pytest.fixture
async def file_id(plain: PlainServer) -> int:
    plain.contents[3] = "G90\nG28\nG1 X1\n"
    return 3


def in_phase(backend: OpenGbBackend, phase: Phase) -> bool:
    return backend.state.phase is phase


def is_at(backend: OpenGbBackend, x: float) -> bool:
    return backend.state.position.x == x


def is_warm(backend: OpenGbBackend, bed: float) -> bool:
    return backend.state.bed.current == bed


async def test_moves_have_no_rate_and_all_axes(plain: PlainServer, plainly: OpenGbBackend) -> None:
    plain.calls.clear()
    await plainly.move(x=2.0, rate_mm_s=50.0)
    await plainly.move(z=5.0, relative=False, rate_mm_s=50.0)
    # Where the head is, it tells only when it moves, be it by nothing; and late.
    assert plain.calls == [
        ("move_head_relative", {"x": 2.0}),
        *[("move_head_relative", {"x": 0, "y": 0, "z": 0})] * cautious.WHERE_TIMES,
        ("move_head_absolute", {"x": 12.0, "y": 20.0, "z": 5.0}),
    ]
    (message,) = plainly.state.messages
    assert "gigabot knows no speed of moves" in message.text


async def test_where_the_head_is_when_nobody_says_is_not_made_up(
    plain: PlainServer, plainly: OpenGbBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tellings, "TELLS_S", 0.05)
    plain.is_prompt = False
    with pytest.raises(CommandTimeout, match="where the head is"):
        await plainly.move(z=5.0, relative=False)
    assert "move_head_absolute" not in dict(plain.calls)


async def test_the_next_move_waits_until_the_place_of_the_last_was_told(
    plain: PlainServer, plainly: OpenGbBackend
) -> None:
    plain.is_prompt = False
    plain.calls.clear()
    await plainly.home()
    # It takes a while, and where the head was before says nothing.
    assert plainly.state.position == Position()
    next_ones = [asyncio.create_task(plainly.move(x=1.0)) for _ in range(2)]
    await plain.say("position_update", None)
    await plain.say("temp_update", {"bed_current": "57.1"})
    await until(lambda: plainly.state.bed.current == 57.1)
    assert [method for method, _ in plain.calls] == ["home_head"]
    for x in (0.0, 1.0, 2.0):
        await plain.say("position_update", {"x": f"{x:.2f}", "y": "0.00", "z": "0.00"})
        await until(partial(is_at, plainly, x))
    await asyncio.gather(*next_ones)
    assert len(plain.calls) == 3
    assert plainly.state.position == Position(2.0, 0.0, 0.0)


async def test_a_place_that_is_not_told_is_unknown_and_waited_for_no_longer_than_it_may_come(
    plain: PlainServer, plainly: OpenGbBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one below 0 never is."""
    plain.is_prompt = False
    await plainly.move(x=-50.0)
    assert plainly.state.position.x == 10.0
    monkeypatch.setattr(tellings, "TELLS_S", 0.05)
    with pytest.raises(CommandTimeout, match="still moving, or has not told where the head is"):
        await plainly.move(x=1.0)
    monkeypatch.undo()
    for at in range(TEMPERATURES_AHEAD + 1):
        await plain.say("temp_update", {"bed_current": str(at)})
        await until(partial(is_warm, plainly, at))
        assert plainly.state.position == Position()
    await plainly.move(x=-1.0)
    assert plain.calls[-2:] == [("move_head_relative", {"x": x}) for x in (-50.0, -1.0)]
    # Nor is what it was told last shown where the connection broke meanwhile.
    await plain.stop()
    await until(partial(in_phase, plainly, Phase.DISCONNECTED))
    await plain.start()
    await until(partial(in_phase, plainly, Phase.READY))
    assert plainly.state.position == Position()


async def test_values_beyond_sense_are_not_sent(plain: PlainServer, plainly: OpenGbBackend) -> None:
    plain.calls.clear()
    for command in (
        *(plainly.set_temperature(bed=value) for value in (-5.0, 9999.0, float("nan"))),
        *(plainly.set_temperature(nozzles={1: value}) for value in (-1.0, float("inf"))),
        *(plainly.set_fan(0, 101.0), plainly.set_fan(1, -1.0), plainly.move(x=float("nan"))),
    ):
        with pytest.raises(OutOfRange):
            await command
    for unknown in (
        *(plainly.set_temperature(nozzles={2: 200.0}), plainly.set_temperature(chamber=40.0)),
        *(plainly.set_fan(2, 50.0), plainly.extrude(1.0, nozzle=2)),
    ):
        with pytest.raises(NotSupported, match=r"^gigabot knows"):
            await unknown
    assert plain.calls == []
    await plainly.set_fan(0, 33.4)
    await plainly.extrude(-1.5, nozzle=1)
    assert plain.calls == [
        ("set_fan_speed", {"fan": 0, "percent": 33}),
        ("retract_filament", {"head": 1, "length": 1.5, "rate": 5.0}),
    ]


async def test_without_a_print_none_is_paused_or_cancelled(
    plain: PlainServer, plainly: OpenGbBackend
) -> None:
    plain.calls.clear()
    for phase in (Phase.READY, Phase.ERROR, Phase.DISCONNECTED):
        await plain.say("state_change", {"new": phase.value})
        await until(partial(in_phase, plainly, phase))
        for command in (plainly.pause(), plainly.resume(), plainly.cancel()):
            with pytest.raises(WrongState, match="nothing is being printed"):
                await command
    assert plain.calls == []


async def test_a_print_is_paused_resumed_and_cancelled_with_its_heaters(
    plain: PlainServer, plainly: OpenGbBackend, file_id: int
) -> None:
    await plainly.print_file(file_id)
    assert in_phase(plainly, Phase.EXECUTING)
    assert plainly.state.job is not None
    assert (plainly.state.job.name, plainly.state.job.file_id) == ("a.gcode", file_id)
    plain.calls.clear()
    for _ in range(2):
        await plainly.pause()
        assert in_phase(plainly, Phase.PAUSED)
    for _ in range(2):
        await plainly.resume()
        assert in_phase(plainly, Phase.EXECUTING)
    await plainly.cancel()
    assert in_phase(plainly, Phase.READY)
    assert plainly.state.job.outcome == "cancelled"
    names = ("pause_print", "resume_print", "cancel_print")
    assert plain.calls == [*((name, {}) for name in names), OFF]


async def test_what_was_taken_and_not_done_is_no_success(
    plain: PlainServer, plainly: OpenGbBackend, file_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plainly.print_file(file_id)
    monkeypatch.setattr(tellings, "TELLS_S", 0.05)
    plain.is_prompt = False
    with pytest.raises(CommandTimeout, match=r"has not told within 0\.05 s that it paused"):
        await plainly.pause()
    with pytest.raises(CommandTimeout):
        await plainly.cancel()
    assert plain.calls[-1] == OFF


async def test_a_print_is_not_disturbed(
    plain: PlainServer, plainly: OpenGbBackend, file_id: int
) -> None:
    await plain.say("temp_update", {"nozzle2_current": "20.0"})
    await plainly.print_file(file_id)
    plain.calls.clear()
    for pause in (False, True):
        if pause:
            await plainly.pause()
            plain.calls.clear()
        for command in (
            *(plainly.move(x=1.0), plainly.home(), plainly.extrude(1.0)),
            *(plainly.set_steppers(enabled=False), plainly.set_temperature(nozzles={1: 200.0})),
        ):
            with pytest.raises(WrongState, match=r"which would go on .*: cancel the print first"):
                await command
        with pytest.raises(WrongState):
            await plainly.print_file(file_id)
    assert plain.calls == []
    await plainly.set_temperature(bed=50.0)


async def test_how_a_print_ended_is_told_as_far_as_it_is_known(
    plain: PlainServer, plainly: OpenGbBackend, file_id: int
) -> None:
    for line, outcome in ((3, "finished"), (2, "failed")):
        await plainly.print_file(file_id)
        await plain.say("progress_update", {"current_line": line, "total_lines": 3})
        await plain.say("state_change", {"old": "EXECUTING", "new": "READY"})
        plain.state = "READY"
        await until(lambda: plainly.state.phase is Phase.READY)
        assert plainly.state.job is not None
        assert plainly.state.job.outcome == outcome
    assert plainly.state.job
    assert "lost its printer" in plainly.state.job.reason
    # The print took the head elsewhere, and nobody told where.
    assert plainly.state.position == Position()


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("G90\nG28\n \nG1 X1\n", FileRefused, "line 3 is white space alone"),
        ("G90\r\n\r\nG1 X1\r\n", FileRefused, "line 2 is white space alone"),
        ("; a\n\n;b", FileRefused, "no commands"),
        ("G90\nM112\n", FileRefused, "halts the printer"),
        ("G90\nM500\n", NeedsConfirmation, "M500"),
        ("G90\nM0\n", NeedsConfirmation, "M0"),
        ("G28\nM83\nG1 X1 ; up\n", NeedsConfirmation, "^Line 3 of a.gcode moves"),
    ],
)
async def test_what_it_can_not_print_is_not_printed(
    plain: PlainServer, plainly: OpenGbBackend, content: str, error: type[Exception], says: str
) -> None:
    plain.contents[3] = content
    with pytest.raises(error, match=says):
        await plainly.print_file(3)
    assert "print_gcode_file" not in dict(plain.calls)
    if error is NeedsConfirmation:
        await plainly.print_file(3, confirmed=True)
        assert ("print_gcode_file", {"id": 3}) in plain.calls


async def test_a_file_is_uploaded_as_it_can_be_printed_and_handed_out(
    plain: PlainServer, plainly: OpenGbBackend, tmp_path: Path
) -> None:
    sent, got = tmp_path / "a.gcode", tmp_path / "b.gcode"
    sent.write_bytes(b"G28 ; \xe9\r\n\r\n \t\nG90\rG1 X1")
    heard: list[tuple[int, int]] = []
    assert (await plainly.upload(sent, lambda *done: heard.append(done))).id == 3
    assert plain.contents[3] == "G28 ; \ufffd\n\n\nG90\nG1 X1\n"
    assert heard[-1][0] == heard[-1][1]
    await plainly.download_file(3, got)
    assert got.read_text() == plain.contents[3]
    with pytest.raises(NeedsConfirmation):
        await plainly.download_file(3, got)
    for gone in (plainly.download_file(9, tmp_path / "c"), plainly.print_file(9), plainly.file(9)):
        with pytest.raises(NoSuchFile):
            await gone


@pytest.mark.parametrize("line", [b"G1 X1\n", b"; 45678901234567890\n"])
async def test_a_file_larger_than_it_takes_is_not_sent(
    plain: PlainServer, plainly: OpenGbBackend, tmp_path: Path, line: bytes
) -> None:
    path = tmp_path / "a.gcode"
    # With its line ends as JSON has them it is too large, if not before.
    path.write_bytes(line * (plain_file.LARGEST // (len(line) + 1) + 1))
    with pytest.raises(FileRefused, match="10 MiB"):
        await plainly.upload(path)
    assert "put_gcode_file" not in dict(plain.calls)


async def test_what_a_server_begins_with_is_not_taken_for_the_printers(
    plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = {
        "position": dict.fromkeys("xyz", 0),
        "fan_speed": dict.fromkeys("012", 100),
        "temp": {"bed": 0, "nozzle1": 0, "nozzle2": 0},
    }
    monkeypatch.setattr("tests.backends.opengb.plain_server.STATUS", {"state": "READY"} | made_up)
    backend = OpenGbBackend(f"ws://127.0.0.1:{plain.port}", "gigabot")
    await backend.connect()
    state = backend.state
    assert (state.phase, state.position, state.fans) == (Phase.READY, Position(), {})
    assert {heater.current for heater in (state.bed, *state.nozzles)} == {None}
    await backend.close()
