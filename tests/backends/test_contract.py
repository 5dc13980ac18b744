"""What every kind of backend does alike: one in memory, a board's own, and clients of servers."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.console_lines import KEPT, ConsoleLine, ConsoleLines, Filter
from gbterm.errors import (
    FileRefused,
    GbtermError,
    LinkError,
    NeedsConfirmation,
    NoSuchFile,
    NotSupported,
    OutOfRange,
    UsageError,
    WrongState,
)
from gbterm.events import Event
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.temperatures import Sample
from tests.backends.kinds import Printer, entered, lacks, until
from tests.memory_backend import MemoryBackend

LONG = "G90\nG28\n" + "G1 X10 F60\nG1 X20\n" * 2000
SHORT = "G90\nG28\n" + "G4 S60\n" * 8
TINY = "G90\nG28\nG1 X10 F6000\n"


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A file that prints for longer than any test takes."""
    path = tmp_path / "part.gcode"
    path.write_text(LONG)
    return path


@pytest.fixture
def short(tmp_path: Path) -> Path:
    path = tmp_path / "short.gcode"
    path.write_text(SHORT)
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """One that may be over before anybody hears that it began."""
    path = tmp_path / "tiny.gcode"
    path.write_text(TINY)
    return path


def is_halted(state: PrinterState) -> bool:
    """Whether nothing is done before somebody looks."""
    return state.phase in (Phase.ERROR, Phase.DISCONNECTED)


async def heats(backend: Backend, nozzle: float, bed: float) -> None:
    """Wait until the board heats to these."""
    await until(
        lambda: (backend.state.nozzles[0].target, backend.state.bed.target) == (nozzle, bed)
    )


async def test_what_it_knows_once_it_is_connected(backend: Backend) -> None:
    assert backend.state.phase is Phase.READY
    await until(lambda: backend.state.nozzles and backend.state.nozzles[0].current is not None)
    assert backend.state.bed.current is not None
    assert backend.state.job is None or backend.state.job.outcome
    assert backend.name
    assert Capability.JOB | Capability.EMERGENCY_STOP in backend.capabilities
    assert backend.retry is None


async def test_a_script_reads_every_printer_alike(backend: Backend) -> None:
    connection = await backend.server_json("connection")
    assert connection["current"]["state"] in ("READY", "Operational")
    assert {"actual", "target"} <= set((await backend.server_json("tool"))["tool0"])
    assert {"actual", "target"} <= set((await backend.server_json("bed"))["bed"])
    job = await backend.server_json("job")
    assert {"job", "progress", "state"} <= set(job)
    assert {"api", "server", "text"} <= set(await backend.server_json("version"))


async def test_temperatures_are_set_and_told(backend: Backend) -> None:
    for nozzle, bed in ((50.0, 40.0), (0.0, 0.0)):
        await backend.set_temperature(nozzles={0: nozzle}, bed=bed)
        await heats(backend, nozzle, bed)
    for wrong in (-5.0, 9999.0, float("nan")):
        for heater in ({"nozzles": {0: wrong}}, {"bed": wrong}):
            with pytest.raises((OutOfRange, UsageError)):
                await backend.set_temperature(**heater)


async def test_the_head_is_homed_and_moved(backend: Backend) -> None:
    await backend.home("xyz")
    await backend.move(x=10.0, y=5.0, rate_mm_s=100.0)
    await backend.move(x=-4.0)
    await backend.move(z=2.0, relative=False)
    position = partial(lambda: (backend.state.position.x, backend.state.position.y))
    await until(lambda: position() == (6.0, 5.0) and backend.state.position.z == 2.0)
    await backend.home("y")
    await until(lambda: position() == (6.0, 0.0))


async def test_without_a_print_there_is_nothing_to_pause_or_cancel(backend: Backend) -> None:
    for command in (backend.pause, backend.resume, backend.cancel):
        with pytest.raises(WrongState):
            await command()
    assert backend.state.phase is Phase.READY


async def test_a_print_is_paused_resumed_and_cancelled(printer: Printer, part: Path) -> None:
    backend = printer.backend
    await backend.set_temperature(nozzles={0: 50.0}, bed=40.0)
    await printer.start(part)
    await entered(backend, Phase.EXECUTING)
    assert backend.state.job is not None
    assert (backend.state.job.name, backend.state.job.outcome) == ("part.gcode", "")
    for moving in (backend.move(x=1.0), backend.home()):
        with pytest.raises(WrongState):
            await moving
    # Twice is no error, nor does it turn the first into its contrary.
    for command, phase in ((backend.pause, Phase.PAUSED), (backend.resume, Phase.EXECUTING)):
        for _ in range(2):
            await command()
        await entered(backend, phase)
    await backend.cancel()
    await entered(backend, Phase.READY)
    assert backend.state.job is not None
    assert backend.state.job.outcome == "cancelled"
    await heats(backend, 0.0, 0.0)


async def test_a_paused_print_is_cancelled(printer: Printer, part: Path) -> None:
    await printer.start(part)
    await entered(printer.backend, Phase.EXECUTING)
    await printer.backend.pause()
    await entered(printer.backend, Phase.PAUSED)
    await printer.backend.cancel()
    await entered(printer.backend, Phase.READY)


async def test_a_print_goes_to_its_end(printer: Printer, short: Path) -> None:
    phases: list[Phase] = []
    printer.backend.subscribe(lambda _, state: phases.append(state.phase))
    await printer.start(short)
    await until(lambda: Phase.EXECUTING in phases)
    await printer.finish()
    assert printer.backend.state.job is not None
    assert printer.backend.state.job.outcome == "finished"
    assert printer.backend.state.job.fraction == 1.0


async def test_a_print_of_a_moment_is_told_to_be_over(printer: Printer, tiny: Path) -> None:
    await printer.start(tiny)
    await printer.finish()

    def last() -> Job | None:
        """Once it is this one: what is pushed may come after the answer that it prints."""
        job = printer.backend.state.job
        return job if job and job.name == tiny.name and job.outcome else None

    await until(last)
    job = last()
    assert job is not None
    assert (job.name, job.outcome, job.fraction) == ("tiny.gcode", "finished", 1.0)


async def test_files_are_listed_printed_and_deleted(printer: Printer, part: Path) -> None:
    backend = printer.backend
    if await lacks(
        backend,
        Capability.FILES,
        *(backend.files, partial(backend.file, 1), partial(backend.upload, part)),
        *(partial(backend.delete_file, 1), partial(backend.print_file, 1)),
    ):
        return
    heard: list[tuple[int, int]] = []
    file = await backend.upload(part, lambda *done: heard.append(done))
    assert heard[-1][0] == heard[-1][1]
    assert file.name == "part.gcode"
    assert [(listed.id, listed.name) for listed in await backend.files()] == [(file.id, file.name)]
    assert (await backend.file(file.id)).id == file.id
    whole, one = await backend.files_json(), await backend.files_json(file.id)
    assert whole is None or [told["name"] for told in whole["files"]] == [file.name]
    assert one is None or one["name"] == file.name
    await backend.print_file(file.id)
    await entered(backend, Phase.EXECUTING)
    with pytest.raises(WrongState):
        await backend.print_file(file.id)
    await backend.cancel()
    await entered(backend, Phase.READY)
    while await backend.files():
        try:
            await backend.delete_file(file.id)
        except WrongState:  # until it is known everywhere that the print is over
            await asyncio.sleep(0.01)
    for gone in (backend.file, backend.delete_file, backend.print_file):
        with pytest.raises(NoSuchFile):
            await gone(file.id)
    with pytest.raises(FileRefused):
        await backend.upload(part.with_name("missing.gcode"))


async def test_what_is_lost_is_said_and_comes_back(printer: Printer) -> None:
    backend = printer.backend
    await printer.lose()
    await until(lambda: backend.state.phase is Phase.DISCONNECTED)
    assert backend.state.reason
    with pytest.raises(GbtermError):
        await backend.set_temperature(bed=50.0)
    await printer.come_back()
    await entered(backend, Phase.READY)
    await backend.set_temperature(bed=50.0)
    await until(lambda: backend.state.bed.target == 50.0)


async def test_after_an_emergency_stop_it_is_told_and_waited(printer: Printer, part: Path) -> None:
    backend, halted = printer.backend, set[str]()
    await backend.set_temperature(bed=50.0)
    await printer.start(part)
    await entered(backend, Phase.EXECUTING)
    # What is behind a server may be READY again a moment later.
    backend.subscribe(lambda _, state: halted.add(state.reason if is_halted(state) else ""))
    report = await backend.emergency_stop()
    assert report.text
    if report.confirmed:
        await until(lambda: not backend.state.phase.is_printing)
    await until(lambda: any(halted))
    await printer.power_up()
    await entered(backend, Phase.READY)


async def test_nothing_is_told_nor_done_after_it_was_closed(printer: Printer) -> None:
    backend, another, told = printer.backend, printer.another(), list[Event]()
    backend.subscribe(lambda event, _: told.append(event))
    await backend.set_temperature(bed=50.0)
    await backend.close()
    told.clear()
    for call in (
        *(partial(backend.set_temperature, bed=0.0), backend.home, partial(backend.move, x=1.0)),
        *(backend.pause, backend.resume, backend.cancel),
    ):
        with pytest.raises((LinkError, WrongState)):
            await call()
    gcode = partial(backend.send_gcode, "M105")
    if not await lacks(backend, Capability.GCODE, gcode):
        with pytest.raises((LinkError, WrongState)):
            await gcode()
    await another.connect()
    await entered(another, Phase.READY)
    await another.set_temperature(bed=40.0)
    await until(lambda: another.state.bed.target == 40.0)
    await another.close()
    assert told == []
    await backend.connect()
    await entered(backend, Phase.READY)


async def test_it_is_known_when_the_printer_was_heard(backend: Backend) -> None:
    if isinstance(backend, MemoryBackend):
        assert backend.heard_at is None  # there is nothing to hear
        return
    await until(lambda: backend.heard_at is not None)
    before = backend.heard_at
    assert before is not None
    assert before <= backend.clock()
    await until(lambda: backend.heard_at != before)
    assert backend.heard_at is not None
    assert before < backend.heard_at <= backend.clock()


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


async def test_each_who_watches_gets_what_it_wants_once_and_in_its_order(printer: Printer) -> None:
    backend = printer.backend
    if await lacks(backend, Capability.CONSOLE, partial(backend.watch_console, Listener())):
        return
    # Others may have sent theirs before.
    early, one, two = (f"M117 {printer.kind} {text}" for text in ("early", "one", "two"))
    two, unseen = two.replace("M117", "M118 E1"), f"M117 {printer.kind} unseen"
    await backend.send_gcode(early)
    first, now, few, all_of_it, quiet = (Listener() for _ in range(5))
    await backend.watch_console(first, Filter(contains="M117"), backlog=KEPT)
    await first.hear(early)
    await backend.watch_console(now, Filter(contains="M117"))
    stop = await backend.watch_console(few, Filter(contains="m117"), backlog=KEPT)
    await few.hear(early)
    # Also what the one before it did not want.
    await backend.watch_console(all_of_it, backlog=KEPT)
    await all_of_it.hear(early)
    assert [line for line in all_of_it.lines if line.direction == "in"]
    await backend.watch_console(quiet, Filter(frozenset({"ok"})))
    await backend.send_gcode(f"{one}\n{two}")
    for listener in (now, few, all_of_it, quiet):
        await listener.hear(one)
    for listener in (all_of_it, quiet):
        await listener.hear(two)
    assert [now.sent(text) for text in (early, one, two)] == [0, 1, 0]
    assert [few.sent(text) for text in (early, one, two)] == [1, 1, 0]
    assert [all_of_it.sent(text) for text in (early, one, two)] == [1, 1, 1]
    assert [quiet.sent(text) for text in (early, one, two)] == [0, 1, 1]
    assert not [line for line in quiet.lines if line.text.startswith("ok")]
    for listener in (now, few, all_of_it, quiet):
        times = [line.at for line in listener.lines]
        assert times == sorted(times)
    stop()
    stop()
    await backend.send_gcode(unseen)
    await all_of_it.hear(unseen)
    assert few.sent(unseen) == 0


async def test_what_goes_over_the_cable_is_counted(backend: Backend) -> None:
    if await lacks(backend, Capability.STATISTICS, backend.stream_statistics):
        return
    before = await backend.stream_statistics()
    await backend.send_gcode("M117 one\nM117 two")
    after = await backend.stream_statistics()
    assert after.since == before.since
    assert after.lines_sent >= before.lines_sent + 2
    assert after.oks >= before.oks + 2
    assert after.bytes_sent >= before.bytes_sent + len("M117 oneM117 two")
    assert (after.errors, after.stream.resends) == ({}, 0)


async def test_temperatures_before_one_came_are_remembered(backend: Backend) -> None:
    if await lacks(backend, Capability.TEMPERATURE_HISTORY, backend.temperature_history):
        return
    known: list[Sample] = []
    while not known:
        # While the printer was out of reach there are none.
        known = [sample for sample in await backend.temperature_history() if sample.heaters]
        if isinstance(backend, MemoryBackend):
            break
    for sample in known:
        assert sample.heaters["bed"].target is not None
        assert sample.heaters["nozzle1"].current is not None


async def test_limits_are_known_before_they_are_met(backend: Backend) -> None:
    limits = backend.limits
    if limits is None:
        return  # of somebody else's printer nobody tells them
    await backend.set_temperature(nozzles={0: limits.nozzle_max})
    await backend.set_temperature(nozzles={0: 0.0})
    for name, beyond in (("nozzles", {0: limits.nozzle_max + 1}), ("bed", limits.bed_max + 1)):
        with pytest.raises(OutOfRange):
            await backend.set_temperature(**{name: beyond})  # type: ignore[arg-type]


async def test_babysteps_add_up_within_bounds(backend: Backend) -> None:
    if await lacks(backend, Capability.BABYSTEP, partial(backend.babystep, 0.1)):
        return
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
        assert "connect" in backend.state.reason
    for _ in range(2):
        await backend.connect_printer()
        await until(lambda: backend.state.phase is Phase.READY)
    await until(lambda: backend.state.nozzles[0].target == backend.state.bed.target == 0)


async def test_a_board_is_reset_or_it_is_said_why_not(backend: Backend) -> None:
    if await lacks(backend, Capability.RESET, backend.reset_board):
        return
    if isinstance(backend, MemoryBackend):
        await backend.reset_board()
    else:
        # A board in software has a port without such a line.
        with pytest.raises(NotSupported, match="no DTR line"):
            await backend.reset_board()
    await until(lambda: backend.state.phase is Phase.READY)


async def test_who_does_not_wait_is_not_held_by_a_busy_board(printer: Printer) -> None:
    backend = printer.backend
    if await lacks(backend, Capability.GCODE, partial(backend.send_gcode, "M105")):
        return
    heard: list[str] = []

    def listen(told: ConsoleLines) -> None:
        heard.extend(line.text for line in told.lines if line.direction == "in")

    stop = await backend.watch_console(listen)
    printer.fault("speed 1")
    assert await backend.send_gcode("G4 S900\nM118 rested", wait=False) == []
    if not isinstance(backend, MemoryBackend):  # it is never busy
        assert "rested" not in heard
    printer.fault("speed 300")
    await until(lambda: "rested" in heard)
    stop()


async def test_use_and_disks_are_told_or_refused(backend: Backend) -> None:
    if not await lacks(backend, Capability.DISKS, backend.disks):
        (*_, disk) = (await backend.disks()).values()
        assert 0 <= disk.free_bytes < disk.total_bytes
    if not await lacks(backend, Capability.COUNTERS, backend.counters):
        counters = await backend.counters()
        assert {"printer_up_mins", "printer_print_mins", "bed_up_mins"} <= set(counters)


async def test_targets_are_told_as_they_are_now(backend: Backend) -> None:
    await until(lambda: backend.state.bed.current is not None)
    for target in (45.0, 0.0):
        await backend.set_temperature(nozzles={0: target}, bed=target)
        told = await backend.targets()
        assert (told["tool0"], told["bed"]) == (target, target)


async def test_a_file_is_handed_out_and_renamed_or_refused(
    backend: Backend, tmp_path: Path
) -> None:
    content, there = b"G28\r\n; caf\xe9 \x1b[2J\nG1 X1\n" * 20_000, tmp_path / "there.gcode"
    await asyncio.to_thread((tmp_path / "sent.gcode").write_bytes, content)
    if await lacks(
        backend,
        Capability.DOWNLOAD | Capability.RENAME,
        *(partial(backend.download_file, 1, there), partial(backend.rename_file, 1, "a.gcode")),
    ):
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
    assert renamed.name == "other.gcode"
    # The id of a file may be made of its name.
    listed = [(listed.id, listed.name) for listed in await backend.files()]
    assert listed == [(renamed.id, "other.gcode")]
    with pytest.raises(UsageError):
        await backend.rename_file(renamed.id, " ")
    for gone in (backend.rename_file(99, "a.gcode"), backend.download_file(99, tmp_path / "a")):
        with pytest.raises(NoSuchFile):
            await gone
