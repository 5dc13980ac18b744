"""The console through a real sshd, whose connection is cut in mid-print."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.console.terminal import Terminal
from tests.endtoend.house import GBTERM, House, wait_until
from tests.endtoend.sshd import Sshd

Open = Callable[[], Terminal]
HERE = Path(__file__).parents[2]


@pytest.fixture
def sshd(house: House) -> Iterator[Sshd]:
    folder = house.root / "ssh"
    folder.mkdir()
    passed = {name: value for name, value in house.environment.items() if name.startswith("XDG_")}
    server = Sshd(folder, passed | {"PYTHONPATH": str(HERE), "LC_ALL": "C.UTF-8"})
    yield server
    server.close()


@pytest.fixture
def login(house: House, sshd: Sshd) -> Iterator[Open]:
    terminals: list[Terminal] = []

    def begin() -> Terminal:
        words = shlex.join([*GBTERM, "--port", str(house.tty)])
        terminals.append(Terminal(term="xterm-256color", command=sshd.command(words)))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def consoles(house: House) -> list[int]:
    """The process numbers of the consoles on the house's printer."""
    wanted = [*GBTERM, "--port", str(house.tty)]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if words[:-1] == wanted:
            found.append(int(process.name))
    return found


@pytest.mark.parametrize("cut", ["server", "client"])
def test_a_cut_connection_ends_the_console_and_not_the_print(
    house: House, sliced: dict[str, Path], sshd: Sshd, login: Open, cut: str
) -> None:
    house.board(speed=30)
    terminal = login()
    terminal.shows("READY")
    house.print_file(sliced["box.gcode"])
    terminal.shows("EXECUTING", "box.gcode")
    house.linger_at(100)
    (console,) = consoles(house)
    numbers = sshd.sessions() if cut == "server" else [terminal.program.pid]
    for number in numbers:
        os.kill(number, signal.SIGKILL)
    wait_until(lambda: console not in consoles(house), "the console's end")
    line = house.line()
    house.live(30)
    house.linger_at(line + 100)

    again = login()
    again.shows("EXECUTING", "box.gcode")
    house.finish()
    again.shows("READY", "Finished")
    house.assert_printed(sliced["box.gcode"])
    again.types(b"\x11")
    assert again.ends() == 0
