"""Is the nozzle where the file leads? Asked of the board, whatever the checksums say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbterm.backends.marlin.audit import Audit, PositionQuery, soft_endstops
from gbterm.backends.marlin.packet import numbered
from gbterm.gcode.whereabouts import Whereabouts
from gbterm.model import Firmware, Phase, Position
from tests.backends.marlin.damage import LINE, PushesMore
from tests.backends.marlin.virtual import VirtualHouse

START = ["G28", "G92 E0", "M83", "M302 P1"]
MOVES = [f"G1X{x % 60}Y{x % 50}E.1F1200" for x in range(400)]


@pytest.fixture(params=["default", "big", "plain", "single"])
def house(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> VirtualHouse:
    return VirtualHouse(monkeypatch, request.param)


def written(path: Path, commands: list[str]) -> Path:
    path.write_text("\n".join(commands) + "\n")
    return path


async def print_all(house: VirtualHouse, folder: Path, commands: list[str]) -> None:
    path = written(folder / "j.gcode", commands)
    await house.backend.connect()
    await house.backend.start_job(path, path.name)
    over = (Phase.PAUSED, Phase.READY, Phase.ERROR)
    await house.until(lambda: house.backend.state.phase in over, 3000)


def audits(house: VirtualHouse) -> int:
    return sum(text == "M114" for _, text in house.executed)


def test_a_print_that_goes_where_it_should_is_audited_and_never_disturbed(
    house: VirtualHouse, tmp_path: Path
) -> None:
    commands = [*START, *MOVES, "G1X-5Y-3", *MOVES, "G91", "G1X1", "G90", "G92E0", *MOVES]
    house.run(print_all(house, tmp_path, commands))
    assert house.backend.state.phase is Phase.READY
    assert audits(house) > 10


def test_a_move_that_was_another_though_its_checksum_fits_pauses_the_print(
    house: VirtualHouse, tmp_path: Path
) -> None:
    house.tamper = PushesMore()
    house.run(print_all(house, tmp_path, [*START, *MOVES]))
    assert house.backend.state.phase is Phase.PAUSED
    assert "not where the file leads: E is at" in house.backend.state.reason


def test_one_damaged_answer_pauses_nothing(house: VirtualHouse, tmp_path: Path) -> None:
    seen = 0

    def damage(towards: str, data: bytes) -> bytes:
        nonlocal seen
        if towards == "host" and b" E:" in data and b"Count" in data:
            seen += 1
            if seen % 2:
                return re.sub(rb"X:\d", b"X:9", data, count=1)
        return data

    house.tamper = damage
    house.run(print_all(house, tmp_path, [*START, *MOVES]))
    assert house.backend.state.phase is Phase.READY
    assert seen > 2


def test_what_the_soft_endstops_cut_off_is_no_fault(house: VirtualHouse, tmp_path: Path) -> None:
    commands = [*START, "G1X-20Y999F6000", *(["G1E.1F60", "G4S1"] * 40)]
    house.run(print_all(house, tmp_path, commands))
    assert house.backend.state.phase is Phase.READY
    assert audits(house) > 4


SLOWLY = ["G1E.1F60", "G4S1"] * 40
CUT_OFF = {
    "before relative moves": "G1X9Y9 G91 G1X-50F6000 G1X5Y3 G90 M83",
    "in the middle of relative moves": "G1X9 G91 G1X250F6000 G1X-230 G1X9 G90 M83",
    "after the origin was set elsewhere": "G1X100F6000 G92X0 G1X-150Y10",
    "after relative moves from another origin": (
        "G1X100F6000 G92X300Y300 G91 G1X-150 G1X170 G90 M83"
    ),
}


@pytest.mark.parametrize("moves", CUT_OFF.values(), ids=list(CUT_OFF))
def test_what_the_soft_endstops_cut_off_pauses_nothing(
    house: VirtualHouse, tmp_path: Path, moves: str
) -> None:
    house.run(print_all(house, tmp_path, [*START, *moves.split(), *SLOWLY]))
    assert house.backend.state.phase is Phase.READY
    assert audits(house) > 4


def test_a_relative_move_that_was_another_though_its_checksum_fits_pauses_the_print(
    house: VirtualHouse, tmp_path: Path
) -> None:
    def damage(towards: str, data: bytes) -> bytes:
        match = LINE.search(data)
        if towards == "board" and match and match[2] == b"G1X5":
            return data.replace(match[0], numbered(int(match[1]), b"G1X7"))
        return data

    house.tamper = damage
    moves = ["G1X50Y50F6000", "G91", "G1X-20", "G1X5", "G90", "M83"]
    house.run(print_all(house, tmp_path, [*START, *moves, *SLOWLY]))
    assert house.backend.state.phase is Phase.PAUSED
    assert "X is at 37.00 instead of 35.00 mm" in house.backend.state.reason


@pytest.mark.parametrize("told", [True, False])
def test_filament_that_was_loaded_at_the_printer_in_a_pause_pauses_no_print_again(
    house: VirtualHouse, tmp_path: Path, *, told: bool
) -> None:
    """Until the file says anew where E is: what differs after that is a fault."""

    async def story() -> None:
        commands = [*START, *SLOWLY, *["G92E5", *SLOWLY] * told]
        path = written(tmp_path / "j.gcode", commands)
        await house.backend.connect()
        await house.backend.start_job(path, path.name)
        await house.until(lambda: audits(house) > 4, 200)
        await house.backend.pause()
        await house.until(lambda: house.backend.state.phase is Phase.PAUSED, 10)
        load(house)
        await house.backend.resume()
        if told:
            await house.until(lambda: "G92E5" in [text for _, text in house.executed], 200)
            load(house)
        over = (Phase.PAUSED, Phase.READY, Phase.ERROR)
        await house.until(lambda: house.backend.state.phase in over, 300)

    house.run(story())
    assert house.backend.state.phase is (Phase.PAUSED if told else Phase.READY)
    assert audits(house) > 4


def load(house: VirtualHouse) -> None:
    """M701 from the printer's own display."""
    *axes, e = house.board.machine.planner.position
    house.board.machine.planner.position = [*axes, e + 40]


@pytest.mark.parametrize(
    ("limits", "pauses"), [("X-90.00 Y-90.00", False), ("X0.00 Y0.00", True), ("", False)]
)
def test_a_move_into_the_corner_of_a_bed_that_may_be_round_is_no_fault(
    limits: str, *, pauses: bool
) -> None:
    """A delta draws such a move in to its circle, on every axis; M211 tells a square."""
    whereabouts = Whereabouts(Firmware())
    whereabouts.follow(b"G28")
    audit = Audit(0.0)
    first, endstops, second = audit.questions(60.0)
    assert isinstance(first, PositionQuery)
    assert isinstance(second, PositionQuery)
    assert endstops.replies is not None
    if limits:
        endstops.replies.append(f"Min:  {limits} Z0.00   Max:  X90.00 Y90.00 Z200.00")
    first.expected = second.expected = whereabouts.follow(b"G1 X80 Y80 Z10")
    first.found = second.found = Position(63.64, 63.64, 7.96, 0.0)
    assert not audit.judge(first)
    assert bool(audit.judge(second)) is pauses


def test_the_words_of_m211_are_understood_in_both_forms() -> None:
    old = "echo:Soft endstops: ON  Min:  X0.00 Y0.00 Z0.00   Max:  X200.00 Y200.00 Z200.00"
    new = ("M211 S1 ; ON", "Min:  X-2.00 Y0.00 Z0.00   Max:  X220.00 Y210.00 Z250.00")
    assert soft_endstops((old,)) == ((0, 200), (0, 200), (0, 200))
    assert soft_endstops(new) == ((-2, 220), (0, 210), (0, 250))
    assert soft_endstops(('echo:Unknown command: "M211"',)) is None


def test_while_a_heater_is_waited_for_no_questions_pile_up(
    house: VirtualHouse, tmp_path: Path
) -> None:
    at_heat: list[int] = []

    def watch(towards: str, data: bytes) -> bytes:
        if towards == "board" and b"F1200" in data and not at_heat:
            at_heat.append(audits(house))
        return data

    house.tamper = watch
    house.run(print_all(house, tmp_path, ["M190 S110", "G28", "G1X5F1200"]))
    assert house.loop.time() > 160
    # Two of the audit's, one that is asked every two seconds, and those of the handshake.
    assert at_heat[0] <= 6
