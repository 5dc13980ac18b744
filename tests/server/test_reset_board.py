"""`reset_board`, and `gbterm reset` with it: by the DTR line of a board's port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from tests.backends.marlin.servers import Pty, served
from tests.endtoend.house import House, built


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A host of a board whose port, an RFC 2217 one, has the line."""
    with built() as house:
        house.board(speed=30)
        with served(house.tty, "rfc2217") as (url, _):
            house.start("serve", "--port", url, "--listen", "127.0.0.1:0")
            yield house


@pytest.mark.parametrize("way", ["here", "over a websocket"])
def test_a_board_is_reset_by_dtr_and_greeted_anew(house: House, way: str) -> None:
    which = () if way == "here" else ("--url", f"ws://{house.listen()}")
    assert house.plain("g", "M117 before", *which).returncode == 0
    Pty.dtr_told.clear()
    done = house.plain("reset", *which)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Pty.dtr_told[:2] == [False, True]
    assert house.plain("status", *which).stdout.startswith("READY\n")


def test_a_print_is_not_reset(house: House, tmp_path: Path) -> None:
    (file := tmp_path / "long.gcode").write_text("G28\n" + "G1 X10 F600\nG1 X100\n" * 500)
    assert house.plain("runfile", str(file)).returncode == 0
    Pty.dtr_told.clear()
    done = house.plain("reset")
    assert done.returncode == ExitCode.WRONG_STATE
    assert "during a print" in done.stderr
    assert "is printing: cancel that first" in house.ask("reset_board")["error"]["message"]
    assert Pty.dtr_told == []
    assert house.plain("cancel").returncode == 0


def test_a_port_without_the_line_says_so_in_a_sentence() -> None:
    with built() as house:
        house.board()
        house.serve()
        done = house.run("reset")
    assert done.returncode == ExitCode.WRONG_USAGE
    assert done.stderr.startswith("gbterm: ")
    assert "was not reset: press the button on its board. Its port has no DTR line" in done.stderr
    assert done.stderr.count("\n") == 1
