"""The board alone: time, motion, faults, and what no input may do to it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gbterm.backends.marlin.binary_packets import Kind, opening, packet
from gbterm.simulator.board import Board
from gbterm.simulator.card import FolderOfFiles
from gbterm.simulator.control import FAULTS, Outside, parse_fault
from gbterm.simulator.faults import (
    ByteFault,
    DoubleOk,
    FalseOk,
    HeaterDisconnected,
    HoldOks,
    LoseOks,
    Mute,
    Noise,
    Reset,
    SensorBroken,
)
from gbterm.simulator.thermal import SensorFault
from gbterm.simulator.variants import SINGLE, VARIANTS


def ask(board: Board, data: bytes, seconds: float = 0.1) -> list[str]:
    """Send, let time pass, take the lines."""
    start = board.now
    board.receive(data, start)
    board.tick(start + seconds)
    return board.data_to_send().decode("latin-1").splitlines()


@pytest.fixture
def board() -> Board:
    fresh = Board(sd_card={})
    fresh.tick(1.0)
    fresh.data_to_send()
    return fresh


def finished_at(board: Board, data: bytes, oks: int) -> float:
    """When the last of so many oks leaves the board."""
    board.receive(data, board.now)
    while True:
        oks -= board.data_to_send().count(b"ok")
        if oks <= 0:
            return board.now
        due = board.next_deadline
        assert due is not None
        board.tick(due)


def test_a_move_takes_its_time(board: Board) -> None:
    """100 mm at 50 mm/s and 3000 mm/s2: 2 s, a ramp of 1/60 s, 0.1 s until a lone move starts."""
    start = board.now
    ended = finished_at(board, b"G1 X100 F3000\nM400\n", 2)
    assert ended - start == pytest.approx(2.0 + 1 / 60 + 0.1 + 1 / 120, abs=0.02)


def test_axis_limits_hold_back_a_move(board: Board) -> None:
    """Z goes at 5 mm/s at most."""
    start = board.now
    ended = finished_at(board, b"G1 Z10 F6000\nM400\n", 2)
    assert ended - start == pytest.approx(2.0 + 0.05 + 0.1, abs=0.03)


def test_a_jump_in_time_keeps_the_order_of_events(board: Board) -> None:
    times: list[float] = []
    fresh = Board(on_execute=lambda _n, _line, now, _via: times.append(now))
    fresh.tick(1.0)
    fresh.receive(b"G4 S2\nG4 S3\nM105\n", 1.0)
    fresh.tick(100.0)
    assert times == pytest.approx([1.0, 3.0, 6.0])


def test_steps_of_time_do_not_matter() -> None:
    coarse, fine = Board(seed=3), Board(seed=3)
    for one in (coarse, fine):
        one.tick(1.0)
        one.receive(b"M155 S1\nM104 S60\nG28\nM109 S60\n", 1.0)
    coarse.tick(61.0)
    for step in range(1, 60_001):
        fine.tick(1.0 + step / 1000)
    fine.tick(61.0)
    assert coarse.data_to_send() == fine.data_to_send()


def test_an_idle_board_has_no_deadline(board: Board) -> None:
    assert board.next_deadline is None


def test_room_shrinks_while_the_board_does_not_read(board: Board) -> None:
    before = board.room
    board.receive(b"G4 S100\n" + b"M105\n" * 300, board.now)
    assert board.room < before


def test_execution_log_names_number_and_way() -> None:
    log: list[tuple[int | None, str, str | None]] = []
    board = Board(on_execute=lambda n, line, _now, via: log.append((n, line, via)))
    board.tick(1.0)
    ask(board, b"M105\nN0 M110 N5*120\n")
    ask(board, b"M108\n")
    assert log == [
        (None, "M105", None),
        (5, "M110 N5", None),
        (None, "M108", "emergency"),
        (None, "M108", None),
    ]


@pytest.mark.parametrize("name", sorted(VARIANTS))
@pytest.mark.parametrize("drop", [False, True])
def test_random_bytes_never_raise_or_pile_up(name: str, drop: bool) -> None:
    random_bytes = random.Random(f"{name} {drop}")
    alphabet = b'GMNTXYZEFSPQR0123456789.-+* ;"\\\n\n\r\x08\x00\xff'
    words = [
        b"M112",
        b"M110 N3",
        b"G1 X5 E2",
        b"G2 X1 I3",
        b"M109 S50",
        b"M600",
        b"G28",
        b"T1\n",
        b"M92 X0",
        b"G20",
        b"G1 X1e9",
        b"M204 P-5",
        b"G4 S1",
        b"M0",
        b"M876 S1",
        b"M205 B-1",
        b"M410\n",
        b"M81\n",
        b"M125\n",
        b"M701\n",
        b"M302 P1\n",
        b"M155 S1\n",
        b"M108\n",
    ]
    board = Board(VARIANTS[name], baud=115200 if drop else 0, rx_drop=drop)
    said = 0
    for step in range(400):
        data = b"".join(
            random_bytes.choice(words)
            if random_bytes.random() < 0.05
            else bytes([random_bytes.choice(alphabet)])
            for _ in range(random_bytes.randrange(200))
        )
        board.receive(data, board.now)
        board.tick(board.now + random_bytes.random() * 5)
        said += len(board.data_to_send())
        if board.halted and step % 5 == 0:
            board.inject(Reset())
    assert said > 1000
    assert 0 <= board.room <= 4096
    assert len(board.receiver._wire) <= 65536
    assert len(board.receiver._ring) <= VARIANTS[name].rx_size


@pytest.mark.parametrize("waiting", [b"M109 S60\n", b"M81\n", b"G28\n", b"G4 S3\n"])
def test_a_quick_stop_in_a_wait_comes_to_an_end(waiting: bytes) -> None:
    board = Board()
    board.tick(0.05)
    lines = ask(board, waiting + b"M410\n", 60.0)
    assert sum(line.startswith("ok") for line in lines) == 2
    assert "echo:No SD card" in lines


# --- faults ----------------------------------------------------------------------------


def test_lost_ok(board: Board) -> None:
    board.inject(LoseOks(2))
    assert ask(board, b"M110 N0\nM110 N0\nM110 N0\n") == ["ok P15 B3"]


def test_doubled_ok(board: Board) -> None:
    board.inject(DoubleOk())
    assert ask(board, b"M110 N0\n") == ["ok P15 B3"] * 2
    assert ask(board, b"M110 N0\n") == ["ok P15 B3"]


def test_false_ok(board: Board) -> None:
    board.inject(FalseOk())
    assert ask(board, b"") == ["ok"]


def test_held_oks_come_late_while_other_words_go_on(board: Board) -> None:
    board.inject(HoldOks(3.0))
    (position,) = ask(board, b"M110 N0\nM114\n", 2.0)
    assert position.startswith("X:")
    assert [line[:2] for line in ask(board, b"", 1.5)] == ["ok", "ok"]


def test_mute_and_speaking_again(board: Board) -> None:
    board.inject(Mute())
    assert ask(board, b"M114\n") == []
    board.inject(Mute(on=False))
    assert len(ask(board, b"M114\n")) == 2


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("drop", 'echo:Unknown command: "105"'),
        ("double", 'echo:Unknown command: "MM105"'),
        ("corrupt", 'echo:Unknown command: "L105"'),
    ],
)
def test_damaged_byte(board: Board, how: str, answer: str) -> None:
    board.inject(ByteFault(how))
    assert ask(board, b"M105\n")[0] == answer


def test_lost_and_inserted_newline(board: Board) -> None:
    board.inject(ByteFault("drop", only=10))
    assert ask(board, b"M114\nM114\n")[-1:] == ["ok P15 B3"]
    board.inject(ByteFault("newline", nth=2))
    assert ask(board, b"M114\n")[::2] == [
        'echo:Unknown command: "M"',
        'echo:Unknown command: "114"',
    ]


def test_noise_in_both_directions(board: Board) -> None:
    board.inject(Noise("host", 1.0, seed=1))
    start = board.now
    board.receive(b"M114\n", start)
    board.tick(start + 1)
    assert not board.data_to_send().startswith(b"X:")
    board.inject(Noise("host", 0.0))
    board.inject(Noise("board", 1.0, seed=1))
    ask(board, b"M114\n")
    board.inject(Noise("board", 0.0))
    ask(board, b"\n\n")
    assert ask(board, b"M114\n")[0].startswith("X:0.00")


def test_reset_with_and_without_banner(board: Board) -> None:
    board.inject(Reset())
    assert ask(board, b"", 1.0)[:2] == ["start", " External Reset"]
    board.inject(Reset(banner=False))
    assert ask(board, b"", 1.0) == []


def test_open_thermistor_matters_once_it_is_to_heat(board: Board) -> None:
    board.inject(SensorBroken("E1", SensorFault.OPEN))
    board.tick(board.now + 0.3)
    assert "T1:-15.00 /0.00" in ask(board, b"M105\n")[0]
    lines = ask(board, b"M104 T1 S50\n", 5.0)
    assert "Error:MINTEMP triggered, system stopped! Heater_ID: E1" in lines


def test_bed_that_does_not_heat(board: Board) -> None:
    board.inject(HeaterDisconnected("bed"))
    lines = ask(board, b"M140 S60\n", 70.0)
    assert "Error:Heating failed, system stopped! Heater_ID: bed" in lines
    assert board.halted


def test_a_fault_for_a_heater_that_is_not_there() -> None:
    board = Board(SINGLE)
    with pytest.raises(ValueError, match="no heater"):
        board.inject(HeaterDisconnected("E7"))


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_has_a_text(name: str, board: Board) -> None:
    needs = dict.fromkeys(("hold-oks", "noise-to-board", "noise-to-host", "speed"), "0.5")
    fault = parse_fault(f"{name} {(needs | {'heater-weak': 'bed 0.5'}).get(name, '')}")
    if not isinstance(fault, Outside):
        board.inject(fault)
    ask(board, b"M105\n", 5.0)


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "lose-ok x", "hold-oks", "noise-to-host nan", "speed", "speed 0", "speed nan"],
)
def test_bad_fault_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+\.$"):
        parse_fault(text)


@pytest.mark.parametrize("name", ["../OUT.GCO", "/OUT/X.GCO", "..", "A.GCODE", "LONGERNAME.G"])
def test_no_file_is_written_outside_of_the_folder_that_is_the_card(
    name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    board = Board(sd_card=FolderOfFiles(folder))
    board.tick(1.0)
    board.data_to_send()
    assert f"open failed, File: {name}." in ask(board, f"M28 {name}\n".encode())
    board.machine.binary.is_on = True
    data = opening(name, is_packed=False)
    assert "PFT:fail" in ask(board, packet(0, Kind.OPEN, data))
    assert list(tmp_path.rglob("*")) == [folder]
