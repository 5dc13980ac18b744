"""How long a print will still take, and by whose word."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.progress import Progress
from gbterm.estimate import Outlook, Timetable
from gbterm.jobs import Job
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

LINES = (b"M73 P0 R55", b"G1X1", b"M73 Q5 S90", b"M73P10R50", b"G1X2", b"M732 R1", b"M73 P99 R0")
JOB = Job("a.gcode", lines=100, bytes=100, commands=100)


def commands(*texts: bytes) -> list[Outgoing]:
    return [
        Outgoing(text, number, number, end=number) for number, text in enumerate(texts, start=1)
    ]


def test_the_files_own_word_counts_down_and_each_new_one_takes_its_place() -> None:
    sent, progress = commands(*LINES), Progress(now=0.0)
    progress.read(sent, last=False)
    told = []
    for done, now in ((None, 0), (0, 10), (1, 40), (2, 50), (3, 100), (5, 130), (6, 140), (6, 999)):
        job = progress.of(JOB, None if done is None else sent[done], float(now))
        told.append((job.left_s, job.left_from))
    assert told[0] == (None, "")
    assert [left for left, _ in told[1:]] == [3300, 3270, 3260, 3000, 2970, 0, 0]
    assert [by for _, by in told[1:]] == ["file"] * 5 + ["file+progress"] * 2


def test_a_pause_takes_nothing_off_it() -> None:
    sent, progress = commands(b"M73 P0 R10"), Progress(now=0.0)
    progress.read(sent, last=False)
    progress.of(JOB, sent[0], 0.0)
    progress.go(60.0, goes=False)
    assert progress.of(JOB, sent[0], 500.0).left_s == 540


def test_without_a_word_of_the_file_it_is_guessed_from_the_time_gone() -> None:
    sent, progress = commands(*[b"G1X1"] * 50), Progress(now=0.0)
    progress.read(sent, last=False)
    assert progress.of(JOB, sent[0], 10.0).left_s is None
    job = progress.of(JOB, sent[49], 300.0)
    assert (job.left_s, job.left_from) == (300, "progress")


@pytest.mark.parametrize("percent", ["0", "-50", "9" * 60])
def test_a_speed_that_no_printer_prints_at_ends_no_print(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, percent: str
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    path = tmp_path / "odd.gcode"
    path.write_text(f"G28\nM220 S{percent}\n" + "G4 P500\n" * 60)

    async def story() -> None:
        backend = house.backend
        await backend.connect()
        await backend.start_job(path, path.name)
        job = backend.state.job
        assert job is not None
        size = path.stat().st_size
        table = Timetable((0, size, size + 1), (0.0, 300.0, 310.0), (0.0, 20.0, 20.0))
        await backend.foretell_job(job.id, Outlook(table))
        await house.until(lambda: backend.state.phase is Phase.READY, 600)
        job = backend.state.job
        assert job is not None
        assert (job.outcome, job.command) == ("finished", 62)
        await backend.close()

    house.run(story())
