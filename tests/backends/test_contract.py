"""What every kind of backend does alike: one in memory, a board's own, and a server's client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.config import PrinterProfile
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines, Filter
from gbterm.errors import NeedsConfirmation, NoSuchFile, NotSupported, OutOfRange, UsageError
from gbterm.model import Phase
from tests.endtoend.house import House, built
from tests.memory_backend import MemoryBackend


@pytest.fixture
def house() -> Iterator[House]:
    with built() as house:
        yield house


@pytest.fixture(params=["memory", "marlin", "opengb"])
async def backend(request: pytest.FixtureRequest, house: House) -> AsyncIterator[Backend]:
    backend: Backend = MemoryBackend()
    if request.param != "memory":
        house.board()
    if request.param == "marlin":
        backend = MarlinBackend(PrinterProfile("p", str(house.tty), 115200))
    elif request.param == "opengb":
        house.serve()
        backend = OpenGbBackend(f"unix:{house.run_dir / 'server.sock'}")
    await backend.connect()
    yield backend
    await backend.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


class Listener:
    """Keeps the lines that it is told."""

    def __init__(self) -> None:
        self.lines: list[ConsoleLine] = []

    def __call__(self, batch: ConsoleLines) -> None:
        self.lines.extend(batch.lines)

    def sent(self, text: str) -> int:
        """How often a line with `text` went to the board."""
        return sum(line.direction == "out" and text in line.text for line in self.lines)

    async def hear(self, text: str) -> None:
        """Wait until such a line was told."""
        await until(lambda: self.sent(text))


async def test_each_who_watches_gets_what_it_wants_once_and_in_its_order(backend: Backend) -> None:
    assert Capability.CONSOLE in backend.capabilities
    await backend.send_gcode("M117 early")
    now, few, all_of_it, quiet = (Listener() for _ in range(4))
    await backend.watch_console(now, Filter(contains="M117"))
    stop = await backend.watch_console(few, Filter(contains="m117"), backlog=KEPT)
    await few.hear("M117 early")
    # Also what the one before it did not want.
    await backend.watch_console(all_of_it, backlog=KEPT)
    await all_of_it.hear("M117 early")
    assert [line for line in all_of_it.lines if line.direction == "in"]
    await backend.watch_console(quiet, Filter(frozenset({"ok"})))
    await backend.send_gcode("M117 one\nM118 E1 two")
    for listener in (now, few, all_of_it, quiet):
        await listener.hear("M117 one")
    for listener in (all_of_it, quiet):
        await listener.hear("M118 E1 two")
    assert [now.sent(text) for text in ("M117 early", "M117 one", "M118")] == [0, 1, 0]
    assert [few.sent(text) for text in ("M117 early", "M117 one", "M118")] == [1, 1, 0]
    assert [all_of_it.sent(text) for text in ("M117 early", "M117 one", "M118")] == [1, 1, 1]
    assert [quiet.sent(text) for text in ("M117 early", "M117 one", "M118")] == [0, 1, 1]
    assert not [line for line in quiet.lines if line.text.startswith("ok")]
    for listener in (now, few, all_of_it, quiet):
        times = [line.at for line in listener.lines]
        assert times == sorted(times)
    stop()
    stop()
    await backend.send_gcode("M117 unseen")
    await all_of_it.hear("M117 unseen")
    assert few.sent("M117 unseen") == 0


async def test_what_goes_over_the_cable_is_counted(backend: Backend) -> None:
    assert Capability.STATISTICS in backend.capabilities
    before = await backend.stream_statistics()
    await backend.send_gcode("M117 one\nM117 two")
    after = await backend.stream_statistics()
    assert after.since == before.since
    assert after.lines_sent >= before.lines_sent + 2
    assert after.oks >= before.oks + 2
    assert after.bytes_sent >= before.bytes_sent + len("M117 oneM117 two")
    assert (after.errors, after.stream.resends) == ({}, 0)


async def test_temperatures_before_one_came_are_remembered(backend: Backend) -> None:
    if Capability.TEMPERATURE_HISTORY not in backend.capabilities:
        with pytest.raises(NotSupported):
            await backend.temperature_history()
        return
    while not (samples := await backend.temperature_history()):
        if isinstance(backend, MemoryBackend):
            break
    for sample in samples:
        assert sample.heaters["bed"].target == 0
        assert sample.heaters["nozzle1"].current is not None


async def test_limits_are_known_before_they_are_met(backend: Backend) -> None:
    limits = backend.limits
    assert limits is not None
    await backend.set_temperature(nozzles={0: limits.nozzle_max})
    await backend.set_temperature(nozzles={0: 0.0})
    for name, beyond in (("nozzles", {0: limits.nozzle_max + 1}), ("bed", limits.bed_max + 1)):
        with pytest.raises(OutOfRange):
            await backend.set_temperature(**{name: beyond})  # type: ignore[arg-type]


async def test_babysteps_add_up_within_bounds(backend: Backend) -> None:
    await backend.home()
    for wrong in (0.0, 0.51, -0.6):
        with pytest.raises(OutOfRange):
            await backend.babystep(wrong)
    await backend.babystep(0.1)
    await backend.babystep(-0.25)
    await until(lambda: backend.state.babystep_mm == -0.15)
    for _ in range(3):
        await backend.babystep(-0.5)
    with pytest.raises(OutOfRange):
        await backend.babystep(-0.5)
    await until(lambda: backend.state.babystep_mm == -1.65)


async def test_a_port_is_closed_with_its_heaters_off_and_opened_again(backend: Backend) -> None:
    assert Capability.RECONNECT in backend.capabilities
    await backend.set_temperature(nozzles={0: 200}, bed=60)
    await until(lambda: backend.state.nozzles[0].target == 200 and backend.state.bed.target == 60)
    for _ in range(2):
        await backend.disconnect_printer()
        await until(lambda: backend.state.phase is Phase.DISCONNECTED)
        assert "Somebody disconnected it" in backend.state.reason
    for _ in range(2):
        await backend.connect_printer()
        await until(lambda: backend.state.phase is Phase.READY)
    await until(lambda: backend.state.nozzles[0].target == backend.state.bed.target == 0)


async def test_use_and_disks_are_told_or_refused(backend: Backend) -> None:
    if Capability.COUNTERS not in backend.capabilities:
        with pytest.raises(NotSupported):
            await backend.counters()
        with pytest.raises(NotSupported):
            await backend.disks()
        return
    counters = await backend.counters()
    assert {"printer_up_mins", "printer_print_mins", "bed_up_mins"} <= set(counters)
    root = (await backend.disks())["/"]
    assert 0 <= root.free_bytes < root.total_bytes


async def test_a_file_is_handed_out_and_renamed_or_refused(
    backend: Backend, tmp_path: Path
) -> None:
    content, there = b"G28\r\n; caf\xe9 \x1b[2J\nG1 X1\n" * 20_000, tmp_path / "there.gcode"
    await asyncio.to_thread((tmp_path / "sent.gcode").write_bytes, content)
    if Capability.FILES not in backend.capabilities:
        with pytest.raises(NotSupported):
            await backend.download_file(1, there)
        with pytest.raises(NotSupported):
            await backend.rename_file(1, "a.gcode")
        return
    file = await backend.upload(tmp_path / "sent.gcode")
    heard: list[tuple[int, int]] = []
    await backend.download_file(file.id, there, lambda *done: heard.append(done))
    assert await asyncio.to_thread(there.read_bytes) == content
    assert heard == sorted(heard)
    assert heard[-1] == (len(content), len(content))
    with pytest.raises(NeedsConfirmation):
        await backend.download_file(file.id, there)
    await backend.download_file(file.id, there, confirmed=True)
    renamed = await backend.rename_file(file.id, "other.gcode")
    assert (renamed.id, renamed.name) == (file.id, "other.gcode")
    assert [listed.name for listed in await backend.files()] == ["other.gcode"]
    with pytest.raises(UsageError):
        await backend.rename_file(file.id, " ")
    for gone in (backend.rename_file(99, "a.gcode"), backend.download_file(99, tmp_path / "a")):
        with pytest.raises(NoSuchFile):
            await gone
