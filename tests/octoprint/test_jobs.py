"""Jobs of a real OctoPrint: what is asked for is done, or refused in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.backends.octoprint.files import file_id
from gbterm.errors import PrinterError, WrongState
from gbterm.events import JobChanged
from gbterm.files import SelectedFile
from gbterm.jobs import Job
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint
from tests.octoprint.seen import until
from tests.octoprint.waiting import Heard, phase

LONG = "G28\nG1 Z0.3 F3000\n" + "G4 P50\n" * 2000
SHORT = "G28\nG1 Z0.3 F3000\nG4 P10\n"


@pytest.fixture(autouse=True)
def idle(server: OctoPrint) -> Iterator[None]:
    """Each test leaves it without a print."""
    yield
    server.rest()


async def test_start_without_a_file_says_so(server: OctoPrint, backend: OctoPrintBackend) -> None:
    # OctoPrint answers 204, and nothing happens.
    assert server.get("/api/job")["job"]["file"]["path"] is None
    with pytest.raises(WrongState, match="No file is selected"):
        await backend.start_selected()


async def test_nothing_is_paused_resumed_or_cancelled_without_a_print(
    backend: OctoPrintBackend,
) -> None:
    for command in (backend.pause, backend.resume, backend.cancel, backend.restart):
        with pytest.raises(WrongState, match=r"nothing is printed|Only a paused"):
            await command()


async def test_what_is_only_selected_is_no_job(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.put("chosen.gcode", LONG)
    late = OctoPrintBackend(server.url, credentials=backend._credentials)
    await late.connect()
    await until(lambda: late.state.nozzles[0].current)
    assert (late.state.job, backend.state.job) == (None, None)
    chosen = SelectedFile("chosen.gcode", len(LONG))
    await until(lambda: late.state.selected == backend.state.selected == chosen)
    await late.close()


async def test_a_print_is_told_from_its_start_to_its_end(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.put("short one.gcode", SHORT)
    heard = Heard(backend)
    await backend.start_selected()
    await until(lambda: backend.state.job and backend.state.job.outcome)
    await phase(backend, Phase.READY)
    jobs = [event.job for event in heard.events if isinstance(event, JobChanged) and event.job]
    assert [jobs[0].outcome, jobs[-1].outcome] == ["", "finished"]
    assert (jobs[0].name, jobs[0].file_id) == (
        "short one.gcode",
        file_id("local", "short one.gcode"),
    )
    assert jobs[-1].bytes == len(SHORT) or jobs[-1].bytes == len(SHORT) + 2
    assert (jobs[-1].fraction, jobs[-1].left_s) == (1.0, None)
    assert jobs[-1].started_at
    assert jobs[-1].ended_at
    assert len([job for job in jobs if job.outcome]) == 1


async def test_pause_and_resume_hold_whatever_was(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.put("long.gcode", LONG)
    await backend.start_selected()
    await phase(backend, Phase.EXECUTING)
    await until(lambda: backend.state.job and backend.state.job.byte)
    await backend.pause()
    await backend.pause()
    await phase(backend, Phase.PAUSED)
    await backend.pause()
    assert server.state() == "Paused"
    await backend.resume()
    await backend.resume()
    await phase(backend, Phase.EXECUTING)
    assert server.state() == "Printing"
    await backend.cancel()
    await phase(backend, Phase.READY)
    job = backend.state.job
    assert job
    assert (job.outcome, job.reason) == ("cancelled", "")
    with pytest.raises(WrongState, match="nothing is printed"):
        await backend.cancel()


async def test_a_cancel_turns_the_heaters_off_whatever_the_servers_script_does(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    # By default its script does it; this one's user has emptied it.
    script = server.base / "scripts" / "gcode" / "afterPrintCancelled"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("; nothing\n")
    try:
        server.put("hot.gcode", "M104 S200\nM140 S60\nM141 S40\n" + LONG)
        await backend.start_selected()
        await until(lambda: backend.state.nozzles[0].target == 200)
        await until(lambda: backend.state.bed.target == 60)
        await backend.cancel()
        await until(lambda: backend.state.nozzles[0].target == 0)
        await until(lambda: backend.state.bed.target == 0)
        await until(lambda: backend.state.chamber and backend.state.chamber.target == 0)
    finally:
        script.unlink()


async def test_a_printer_that_is_lost_while_it_cancels_is_not_said_to_be_cold(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.put("slow.gcode", "M104 S200\n" + "G4 P5000\n" * 50)
    await backend.start_selected()
    await until(lambda: backend.state.nozzles[0].target == 200)
    cancelling = asyncio.create_task(backend.cancel())
    await until(lambda: backend.state.phase is Phase.CANCELLING)
    server.post("/api/connection", {"command": "disconnect"})
    with pytest.raises(PrinterError, match="its heaters may be on"):
        await cancelling
    await phase(backend, Phase.DISCONNECTED)
    await backend.reconnect()


async def test_a_resume_during_pausing_is_not_lost(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.put("slow.gcode", "G28\n" + "G4 P6000\n" * 50)
    await backend.start_selected()
    await phase(backend, Phase.EXECUTING)
    await backend.pause()
    assert server.state() == "Pausing"
    # OctoPrint would answer this one with 204, and stay paused.
    await backend.resume()
    server.until(lambda: server.state() == "Printing", "it goes on")


async def test_a_paused_print_can_begin_anew(server: OctoPrint, backend: OctoPrintBackend) -> None:
    server.put("again.gcode", LONG)
    await backend.start_selected()
    await phase(backend, Phase.EXECUTING)
    with pytest.raises(WrongState, match="Pause it first"):
        await backend.restart()
    with pytest.raises(WrongState, match="can't start a print"):
        await backend.start_selected()
    await until(lambda: backend.state.job and backend.state.job.byte > 200)
    await backend.pause()
    await phase(backend, Phase.PAUSED)
    first = backend.state.job
    await backend.restart()
    await phase(backend, Phase.EXECUTING)
    again = backend.state.job
    assert first
    assert again
    assert (again.started_at or 0) > (first.started_at or 0)
    assert again.byte < first.byte


async def test_who_comes_late_finds_the_print_under_way(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    # Another height than before, for only a change is told.
    server.put("going.gcode", LONG.replace("Z0.3", "Z0.7"))
    await backend.start_selected()
    await until(lambda: backend.state.job and backend.state.job.byte)
    late = OctoPrintBackend(server.url, credentials=backend._credentials)
    await late.connect()
    assert late.state.phase is Phase.EXECUTING
    job: Job | None = late.state.job
    assert job
    assert (job.name, job.outcome) == ("going.gcode", "")
    assert job.file_id == file_id("local", "going.gcode")
    assert 0 < job.fraction < 1
    await until(lambda: late.state.position.z == 0.7)
    await late.close()


async def test_one_that_still_starts_is_cancelled_once_it_has(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    """Where its machine is busy, an OctoPrint that is cancelled earlier may never come to rest."""
    before = {"scripts": {"gcode": {"beforePrintStarted": "G4 S3"}}}
    server.post("/api/settings", before)
    server.put("slow.gcode", LONG)
    server.post("/api/job", {"command": "start"})
    await phase(backend, Phase.STARTING)
    await backend.cancel()
    await phase(backend, Phase.READY)
    log = server.base / "logs/octoprint.log"
    await until(lambda: 'to "Cancelling"' in log.read_text().partition("slow.gcode")[2])
    assert 'from "Starting" to "Cancelling"' not in log.read_text()
    before["scripts"]["gcode"]["beforePrintStarted"] = ""
    server.post("/api/settings", before)
