"""What the journal holds of a print whose process died, and what its board is told of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.host import journal
from gbterm.host.journal import Entry
from gbterm.host.noting import Noting
from gbterm.lost_print import LostPrint
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse
from tests.independent_gcode import canonical

START = ["M140 S50", "M104 T0 S190", "M104 T1 S180", "M190 S50", "M109 T0 S190", "G28", "G90"]
START += ["M83", "T1", "M109 T1 S180", "M204 P900", "M106 S128", "G92 E0"]
STEPS = ["G1 X-0.5 E0.02 F60", "G1 X0.5 E0.02 F60"]
LAYERS = 4


def text() -> str:
    """Squares on top of each other, the last of them in inches and by distances."""
    lines = list(START)
    for layer in range(LAYERS):
        lines += [f";LAYER:{layer}", f"G1 Z{layer + 1} F600", "G1 X10 Y10 F3000"]
        lines += [f"G1 {to} E1 F1500" for to in ("X30", "Y30", "X10", "Y10") * 5]
    lines += ["G20", "G91", *STEPS * 30]
    return "\n".join([*lines, "G21", "G90", "M104 T0 S0", "M104 T1 S0", "M140 S0", ""])


def steps(lines: Iterable[str]) -> int:
    """How many of the short moves at the end are among `lines`."""
    return sum(canonical(line) in map(canonical, STEPS) for line in lines)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Entry, list[str], list[str]]:
    """What the journal says of a print under way, the commands that its board had executed,
    and what another board is told where the print goes on with that."""
    house, path = VirtualHouse(monkeypatch, "default"), tmp_path / "a.gcode"
    path.write_text(text())
    notes = tmp_path / "journal"

    async def print_it() -> None:
        backend = house.backend
        await backend.connect()
        noting = Noting(backend, Entry())
        noting.give_up()
        await backend.start_job(path, path.name, 7)
        await house.until(lambda: any(line == "M204 P900" for _, line in house.executed), 900)
        await backend.set_speed(80)
        await backend.set_flow(95, 1)
        await backend.babystep(-0.1)
        await house.until(lambda: steps(line for _, line in house.executed) > 45, 900)
        journal._write_slot(notes, 1, noting.entry(backend.state))

    house.run(print_it())
    executed = [line for _, line in house.executed]
    entry = journal.read(notes)
    house = VirtualHouse(monkeypatch, "default")

    async def go_on() -> None:
        backend = house.backend
        backend.profile = replace(backend.profile, z_home="max")
        assert entry.unfinished is not None
        backend.lost = LostPrint(entry.unfinished, entry.trail)
        await backend.connect()
        await backend.resume_job(confirmed=True)
        await house.until(lambda: backend.state.phase is Phase.READY, 900)

    house.run(go_on())
    return entry, executed, [line for _, line in house.executed]


def test_every_fact_is_in_the_journal_and_told_to_the_board(
    kept: tuple[Entry, list[str], list[str]],
) -> None:
    entry, executed, told = kept
    job, trail = entry.job, entry.trail
    assert job is not None
    assert trail is not None
    assert job.sha256 == hashlib.sha256(text().encode()).hexdigest()
    assert (entry.nozzle_targets, entry.bed_target) == ((190.0, 180.0), 50.0)
    assert (trail.speed_percent, trail.flows[1], trail.babystep_mm) == (80.0, 95.0, -0.1)
    commands = [line for line in text().splitlines() if line and line[0] != ";"]
    last = commands.index(STEPS[0]) + steps(executed)
    assert job.command - trail.held <= last <= trail.sent
    way = told[: told.index("G1 F60") + 1]
    for fact, line in {
        "bed": "M190 S50",
        "temperatures": "M109 T1 S180",
        "the other nozzle": "M109 T0 S190",
        "what the file set": "M204 P900",
        "tool": "T1",
        "babysteps": "M290 Z-0.1",
        "place": "G1 Z4.000 F600",
        "fan": "M106 P0 S128",
        "speed": "M220 S80",
        "flow": "M221 T1 S95",
        "units": "G20",
        "coordinates": "G91",
        "extrusion": "M83",
        "feed rate": "G1 F60",
    }.items():
        assert line in way, (fact, way)
    assert [line for line in way if line.startswith("G28")] == ["G28 Z", "G28 X Y"]
