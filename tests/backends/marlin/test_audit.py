"""Is the nozzle where the file leads? Asked of the board, whatever the checksums say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gbterm.backends.marlin.audit import UNKNOWN_ENDSTOPS, soft_endstops
from gbterm.backends.marlin.packet import numbered
from gbterm.model import Phase
from tests.backends.marlin.virtual import VirtualHouse

START = ["G28", "G92 E0", "M83", "M302 P1"]
MOVES = [f"G1X{x % 60}Y{x % 50}E.1F1200" for x in range(400)]
LINE = re.compile(rb"N(\d+) ?(G1[^*]*)\*\d+\n")


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
    damaged = 0

    def damage(towards: str, data: bytes) -> bytes:
        nonlocal damaged
        match = LINE.search(data)
        if towards == "board" and match and b"E.1F" in match[2]:
            damaged += 1
            if damaged == 50:
                wrong = numbered(int(match[1]), match[2].replace(b"E.1F", b"E.7F"))
                return data.replace(match[0], wrong)
        return data

    house.tamper = damage
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


def test_the_words_of_m211_are_understood_in_both_forms() -> None:
    old = "echo:Soft endstops: ON  Min:  X0.00 Y0.00 Z0.00   Max:  X200.00 Y200.00 Z200.00"
    new = ("M211 S1 ; ON", "Min:  X-2.00 Y0.00 Z0.00   Max:  X220.00 Y210.00 Z250.00")
    assert soft_endstops((old,)) == ((0, 200), (0, 200), (0, 200))
    assert soft_endstops(new) == ((-2, 220), (0, 210), (0, 250))
    assert soft_endstops(('echo:Unknown command: "M211"',)) == UNKNOWN_ENDSTOPS


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
