"""gbterm's client at the real OpenGB server, with its Dummy printer and on a simulated board."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from compat.real_opengb import RealOpenGb, running
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import CommandTimeout, LinkError, NoSuchFile, NotSupported, WrongState
from gbterm.files import GcodeFile
from gbterm.model import Phase, Position
from tests.endtoend.house import House

LONG = "G90\nG28\n" + "".join(f"G1 X{10 + n % 50} Y{10 + n % 30} F600\n" for n in range(2000))


@pytest.fixture(scope="module")
def dummy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealOpenGb]:
    with running(tmp_path_factory.mktemp("dummy")) as server:
        yield server


@pytest.fixture
def marlin(house: House) -> Iterator[RealOpenGb]:
    """With a board of its own, for what happens to one lasts."""
    house.board(speed=20)
    with running(house.root / "opengb", house.tty) as server:
        yield server


@pytest.fixture(params=["dummy", "marlin"])
async def gigabot(request: pytest.FixtureRequest) -> AsyncIterator[OpenGbBackend]:
    server: RealOpenGb = request.getfixturevalue(request.param)
    async with asyncio.timeout(60):
        async for backend in connected(server):
            yield backend


@pytest.fixture
async def on_board(marlin: RealOpenGb) -> AsyncIterator[OpenGbBackend]:
    async for backend in connected(marlin):
        yield backend


async def connected(server: RealOpenGb) -> AsyncIterator[OpenGbBackend]:
    backend = OpenGbBackend(server.url, "gigabot")
    await backend.connect()
    await entered(backend, Phase.READY)
    yield backend
    await backend.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def entered(backend: OpenGbBackend, phase: Phase) -> None:
    await until(lambda: backend.state.phase is phase)


async def uploaded(backend: OpenGbBackend, folder: Path, text: str = LONG) -> GcodeFile:
    path = folder / "part.gcode"
    await asyncio.to_thread(path.write_text, text, newline="")
    return await backend.upload(path)


def executed(house: House) -> list[str]:
    """What the board executed, but for questions about temperatures."""
    lines = [json.loads(line)["line"] for line in house.executed_log.read_text().splitlines()]
    return [line for line in lines if line != "M105"]


async def test_temperatures_are_set_and_told(gigabot: OpenGbBackend) -> None:
    await gigabot.set_temperature(nozzles={0: 50.0, 1: 45.0}, bed=40.0)
    await until(lambda: len(gigabot.state.nozzles) == 2 and gigabot.state.bed.target == 40.0)
    await until(lambda: [n.target for n in gigabot.state.nozzles] == [50.0, 45.0])
    assert all(isinstance(n.current, float) for n in (gigabot.state.bed, *gigabot.state.nozzles))


async def test_a_file_is_put_listed_got_printed_to_its_end_and_deleted(
    gigabot: OpenGbBackend, tmp_path: Path
) -> None:
    # Lines of white space alone are what its prints stop on.
    file = await uploaded(gigabot, tmp_path, "G90\r\nG28 ; home\r\n" + "\r\n \t\r\nG1 X9\r\n" * 9)
    assert (file.name, file.id) == ("part.gcode", (await gigabot.files())[0].id)
    assert (await gigabot.file(file.id)).name == "part.gcode"
    await gigabot.download_file(file.id, tmp_path / "got")
    assert (tmp_path / "got").read_text() == "G90\nG28 ; home\n" + "\n\nG1 X9\n" * 9
    await gigabot.print_file(file.id)
    assert gigabot.state.job is not None
    assert gigabot.state.job.name == "part.gcode"
    await entered(gigabot, Phase.READY)
    job = gigabot.state.job
    assert job is not None
    assert (job.outcome, job.line, job.lines, job.fraction) == ("finished", 11, 11, 1.0)
    await gigabot.delete_file(file.id)
    assert file.id not in [listed.id for listed in await gigabot.files()]
    # Of these it says but "Server error"; what is wrong is in the data.
    for gone in (gigabot.delete_file(file.id), gigabot.file(file.id), gigabot.print_file(file.id)):
        with pytest.raises(NoSuchFile):
            await gone


async def test_a_print_is_paused_resumed_and_cancelled(
    gigabot: OpenGbBackend, tmp_path: Path
) -> None:
    for command in (gigabot.pause(), gigabot.resume(), gigabot.cancel()):
        with pytest.raises(WrongState):
            await command
    await gigabot.print_file((await uploaded(gigabot, tmp_path)).id)
    for command in (gigabot.move(x=1.0), gigabot.home(), gigabot.print_file(1)):
        with pytest.raises(WrongState):
            await command
    for _ in range(2):
        await gigabot.pause()
        assert gigabot.state.phase.value == "PAUSED"
    for _ in range(2):
        await gigabot.resume()
        assert gigabot.state.phase.value == "EXECUTING"
    await gigabot.cancel()
    assert gigabot.state.phase.value == "READY"
    assert gigabot.state.job is not None
    assert gigabot.state.job.outcome == "cancelled"


async def test_numbers_come_as_strings_and_are_understood(
    on_board: OpenGbBackend, marlin: RealOpenGb
) -> None:
    told: dict[str, dict[str, object]] = {}
    async with asyncio.timeout(30), connect(f"{marlin.url}/ws", compression=None) as other:
        await on_board.home()
        while not {"temp_update", "position_update"} <= set(told):
            event = json.loads(await other.recv())
            told[event["event"]] = event["params"]
    assert told["position_update"] == {"x": "0.00", "y": "0.00", "z": "0.00"}
    assert told["temp_update"]["nozzle1_target"] == "0.00"
    await until(lambda: on_board.state.position == Position(0.0, 0.0, 0.0))
    await until(lambda: on_board.state.nozzles[0].target == 0.0)


async def test_fans_and_motors_are_set_and_told(gigabot: OpenGbBackend) -> None:
    for percent in (50.4, 0.0):
        await gigabot.set_fan(1, percent)
        await until(lambda percent=percent: gigabot.state.fans.get(1) == round(percent))
    for enabled in (False, True):
        await gigabot.set_steppers(enabled=enabled)
        await until(lambda enabled=enabled: gigabot.state.steppers_enabled is enabled)


async def test_counters_and_disks_are_told(gigabot: OpenGbBackend) -> None:
    assert len(await gigabot.counters()) == 12
    assert all(disk.total_bytes > 0 for disk in (await gigabot.disks()).values())


async def test_what_ends_it_is_not_sent(gigabot: OpenGbBackend) -> None:
    for command in (gigabot.set_flow(90), gigabot.set_speed(90), gigabot.begin_swap()):
        with pytest.raises(NotSupported, match="gigabot can't change"):
            await command
    await gigabot.move(x=1.0, rate_mm_s=20.0)
    assert "gigabot knows no speed of moves" in gigabot.state.messages[-1].text
    await gigabot.extrude(-1.0)
    # Its printer still lives.
    heard: list[object] = []
    gigabot.subscribe(lambda event, _: heard.append(event))
    await gigabot.set_steppers(enabled=False)
    await until(lambda: gigabot.state.steppers_enabled is False and len(heard) > 1)


async def test_a_server_that_comes_back_is_found_and_asked_anew(
    dummy: RealOpenGb, tmp_path: Path
) -> None:
    async for gigabot in connected(dummy):
        dummy.kill()
        await entered(gigabot, Phase.DISCONNECTED)
        with pytest.raises(LinkError):
            await gigabot.files()
        await asyncio.to_thread(dummy.start)
        await entered(gigabot, Phase.READY)
        await gigabot.print_file((await uploaded(gigabot, tmp_path)).id)
        await gigabot.cancel()


async def test_of_a_board_nothing_is_shown_from_before_the_server_died(
    on_board: OpenGbBackend, marlin: RealOpenGb, tmp_path: Path
) -> None:
    await on_board.home()
    await on_board.move(x=30.0)
    await until(lambda: on_board.state.position.x == 30.0)
    await on_board.set_fan(1, 50.0)
    await until(lambda: on_board.state.fans == {1: 50.0})
    await on_board.print_file((await uploaded(on_board, tmp_path)).id)
    pausing = asyncio.create_task(on_board.pause())
    marlin.kill()
    with pytest.raises(LinkError):
        await pausing
    await entered(on_board, Phase.DISCONNECTED)
    assert on_board.freshness().is_old
    await asyncio.to_thread(marlin.start)
    await entered(on_board, Phase.READY)
    assert (on_board.state.position.x, on_board.state.fans, on_board.state.job) == (None, {}, None)
    await until(lambda: not on_board.freshness().is_old)


async def test_the_head_goes_where_it_is_sent(on_board: OpenGbBackend, house: House) -> None:
    """Whatever it was that moved it last, and however that left the coordinates."""
    assert on_board.state.position.x is None
    await on_board.home()
    await until(lambda: on_board.state.position.x == 0.0)
    await on_board.move(x=30.0, y=20.0, rate_mm_s=50.0)
    await until(lambda: on_board.state.position.y == 20.0)
    await on_board.move(z=5.0, relative=False)
    await until(lambda: on_board.state.position.z == 5.0)
    assert (on_board.state.position.x, on_board.state.position.y) == (30.0, 20.0)
    await until(lambda: executed(house)[-1] == "M114")
    assert executed(house)[-3:-1] == ["G90", "G0 X30.0 Y20.0 Z5.0"]


async def test_a_print_after_a_jog_is_asked_about_where_it_would_be_relative(
    on_board: OpenGbBackend, house: House, tmp_path: Path
) -> None:
    await on_board.move(x=5.0)
    await until(lambda: on_board.state.position.x == 5.0)
    assert "G91" in executed(house)
    assert "G90" not in executed(house)
    file = await uploaded(on_board, tmp_path, "G28\nG1 X20\n")
    with pytest.raises(Exception, match="relative coordinates"):
        await on_board.print_file(file.id)
    assert "G28" not in executed(house)


async def test_a_cancel_turns_the_heaters_off(
    on_board: OpenGbBackend, house: House, tmp_path: Path
) -> None:
    await on_board.set_temperature(nozzles={0: 60.0}, bed=50.0)
    await until(lambda: on_board.state.bed.target == 50.0)
    await on_board.print_file((await uploaded(on_board, tmp_path)).id)
    await on_board.cancel()
    await until(lambda: on_board.state.bed.target == on_board.state.nozzles[0].target == 0.0)
    await until(lambda: {"M140 S0", "M104 S0"} <= set(executed(house)))


async def test_events_that_come_late_are_waited_for(
    on_board: OpenGbBackend, house: House, tmp_path: Path
) -> None:
    text = "G90\n" + "G1 X1 F6000\n" * 600 + "M117 the end\n"
    await on_board.print_file((await uploaded(on_board, tmp_path, text)).id)
    await until(lambda: "M117 the end" in executed(house))
    # The board is done; the server still tells of what was before.
    assert on_board.state.phase is Phase.EXECUTING
    await entered(on_board, Phase.READY)
    assert on_board.state.job is not None
    assert on_board.state.job.outcome == "finished"


async def test_a_board_that_was_unplugged_has_lost_its_print(
    on_board: OpenGbBackend, house: House, tmp_path: Path
) -> None:
    await on_board.print_file((await uploaded(on_board, tmp_path)).id)
    board = house.processes[0]
    board.send_signal(signal.SIGTERM)
    await asyncio.to_thread(board.wait)
    await entered(on_board, Phase.DISCONNECTED)
    await asyncio.to_thread(house.board)
    await entered(on_board, Phase.READY)
    assert on_board.state.job is not None
    assert on_board.state.job.outcome == "failed"
    assert "lost its printer" in on_board.state.job.reason


async def test_an_emergency_stop_reaches_the_board(
    on_board: OpenGbBackend, house: House, tmp_path: Path
) -> None:
    await on_board.print_file((await uploaded(on_board, tmp_path)).id)
    report = await on_board.emergency_stop()
    # The server can't tell: it is READY again by itself, or hangs with the stop that it sent.
    assert not report.confirmed
    await until(lambda: "M112" in executed(house))


async def test_what_the_server_does_not_tell_is_no_success(
    dummy: RealOpenGb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Dummy printer tells of no position, so nobody can say where the other axes are."""
    monkeypatch.setattr("gbterm.backends.opengb.tellings.TELLS_S", 0.5)
    async for gigabot in connected(dummy):
        with pytest.raises(CommandTimeout, match="where the head is"):
            await gigabot.move(z=5.0, relative=False)
