"""The demo's virtual board: one, detached, found again and ended."""

from __future__ import annotations

import os
import select
import tempfile
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm import lock
from gbterm.cli.board import Board
from gbterm.cli.exits import ExitCode
from gbterm.errors import LinkError, PrinterError, WrongState
from gbterm.host import hosts
from tests.cli.conftest import Shell, assert_refused
from tests.cli.printer_process import PrinterProcess

ANSWER_WITHIN_S = 90.0


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with tempfile.TemporaryDirectory(prefix="gb-") as folder:
        board = Board(Path(folder) / "demo")
        try:
            yield board
        finally:
            board.stop()
            assert not board.link.is_symlink()


def ask(board: Board, command: bytes, until: bytes) -> bytes:
    """Open the port, which resets the board, let it boot, and ask."""
    port = os.open(board.link, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(port)
        hear(port, b"SD card")
        os.write(port, command)
        return hear(port, until)
    finally:
        os.close(port)


def hear(port: int, until: bytes) -> bytes:
    said = b""
    while until not in said:
        assert select.select([port], [], [], ANSWER_WITHIN_S)[0], said
        said += os.read(port, 4096)
    return said


def test_the_board_is_a_marlin(board: Board) -> None:
    board.start()
    assert b"FIRMWARE_NAME:Marlin" in ask(board, b"M115\n", b"\nok")


def test_there_is_one_board_and_it_is_found_again(board: Board) -> None:
    board.start()
    port = board.link.readlink()
    again = Board(board.link.parent)
    again.start()
    assert again.link.readlink() == port
    again.stop()
    board.stop()
    assert not board.link.is_symlink()
    again.start()
    try:
        assert b"ok" in ask(again, b"M105\n", b" B:")
    finally:
        again.stop()


def test_a_board_that_does_not_run_is_stopped_already(board: Board) -> None:
    board.stop()
    board.start()
    board.stop()
    board.stop()


def test_a_board_that_cannot_start_names_its_log(
    board: Board, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gbterm").mkdir()
    (tmp_path / "gbterm" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LinkError, match=r"simulator\.log says why"):
        board.start()
    assert "gbterm" in (board.link.parent / "simulator.log").read_text()


def test_a_stop_that_had_to_halt_the_board_ends_the_board_as_well(gbterm: Shell) -> None:
    run_dir = gbterm.run_dir("demo")
    board = Board(run_dir)
    board.start()
    held = lock.take(run_dir / hosts.PRINTER_LOCK)
    assert held is not None
    said = PrinterError("demo was halted with M112, and its host ended.")

    def shutdown(_: object) -> None:
        held.release()
        raise said

    with PrinterProcess(run_dir / "printer.sock") as process:
        process.answers["shutdown"] = shutdown
        done = gbterm("stop", "--force")
    left = board.link.is_symlink()
    board.stop()
    assert_refused(done, ExitCode.PRINTER_ERROR, str(said))
    assert not left


def test_a_stop_that_is_refused_leaves_the_board_alone(gbterm: Shell) -> None:
    run_dir = gbterm.run_dir("demo")
    board = Board(run_dir)
    board.start()
    held = lock.take(run_dir / hosts.PRINTER_LOCK)
    assert held is not None
    try:
        with PrinterProcess(run_dir / "printer.sock") as process:
            process.refuse("shutdown", WrongState("box.gcode is being printed."))
            assert_refused(gbterm("stop"), ExitCode.WRONG_STATE, "being printed")
        assert b" B:" in ask(board, b"M105\n", b" B:")
    finally:
        held.release()
        board.stop()


def test_simulate_needs_a_link(gbterm: Shell) -> None:
    assert_refused(gbterm("simulate"), 2, "--link", "gbterm simulate --help")


def test_simulate_has_its_own_options(gbterm: Shell) -> None:
    done = gbterm("simulate", "--help")
    assert done.returncode == 0
    assert "--speed" in done.stdout
