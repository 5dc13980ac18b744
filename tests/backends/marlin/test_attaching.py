"""A port that is opened, left and opened again doesn't reset the board behind it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.backends.marlin.link import Link
from gbterm.errors import LinkError
from gbterm.model import Phase
from tests.backends.marlin.printing import board, printer
from tests.backends.marlin.servers import Pty, served
from tests.backends.marlin.virtual import VirtualHouse

CFLAG = 2
HOLDER = """
import asyncio, sys
from gbterm.backends.marlin.link import Link

async def hold():
    await Link.open(sys.argv[1], 115200, print, print)
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(hold())
"""


@pytest.fixture
def port() -> Iterator[tuple[int, str]]:
    """A port that drops DTR once it is closed, as the kernel has it, and its name."""
    master, slave = os.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[CFLAG] |= termios.HUPCL
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    assert drops_dtr(slave)
    yield slave, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def drops_dtr(port: int) -> bool:
    """Whether the kernel lets DTR go when the port is closed, and raises it at the next opening."""
    return bool(termios.tcgetattr(port)[CFLAG] & termios.HUPCL)


async def test_dtr_stays_up_when_the_port_is_closed(port: tuple[int, str]) -> None:
    link = await Link.open(port[1], 115200, lambda _: None, lambda _: None)
    assert not drops_dtr(port[0])
    link.close()
    await link.closed.wait()
    assert not drops_dtr(port[0])


def test_dtr_stays_up_when_the_process_is_killed(port: tuple[int, str]) -> None:
    holder = subprocess.Popen((sys.executable, "-c", HOLDER, port[1]), stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        holder.send_signal(signal.SIGKILL)
    assert not drops_dtr(port[0])


@pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\) is deprecated")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket")
async def test_a_port_on_the_network_is_told_to_hold_dtr_and_never_to_let_go(
    tmp_path: Path,
) -> None:
    async with board(tmp_path) as port:
        with served(port, "rfc2217") as (url, _):
            Pty.dtr_told.clear()
            for _ in range(2):
                async with printer(url, tmp_path / "executed") as printing:
                    assert printing.backend.state.phase is Phase.READY
    assert Pty.dtr_told
    assert all(Pty.dtr_told)


def test_a_board_that_halted_is_reset_by_who_reconnects(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")
    house.has_dtr = True

    async def tell() -> None:
        await house.backend.connect()
        assert (await house.backend.emergency_stop()).confirmed
        began = house.loop.time()
        await house.backend.reconnect()
        assert house.backend.state.phase is Phase.READY
        assert house.loop.time() - began < 10

    house.run(tell())


async def halted_unseen(house: VirtualHouse) -> None:
    """A board halts while nobody has its port open."""
    house.has_dtr = True
    await house.backend.connect()
    await house.backend.disconnect_printer()
    house.board.receive(b"M112\n", house.loop.time())
    house.board.tick(house.loop.time() + 1)
    assert house.board.halted


def test_a_board_that_halted_unseen_is_reset_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def tell() -> None:
        await halted_unseen(house)
        with pytest.raises(LinkError):
            await house.backend.connect()
        assert house.phases[-1][0] is Phase.DISCONNECTED
        await house.backend.reset_board()
        assert house.backend.state.phase is Phase.READY
        assert not house.board.halted

    house.run(tell())


def test_a_reset_while_the_port_is_looked_for_need_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def tell() -> None:
        await halted_unseen(house)
        with pytest.raises(LinkError) as error:
            await house.backend.connect()
        house.backend.unplugged.began(str(error.value))
        await house.until(lambda: house.backend.state.phase is Phase.CONNECTING, 60)
        await house.backend.reset_board()
        assert house.backend.state.phase is Phase.READY
        await asyncio.sleep(120)
        assert house.backend.state.phase is Phase.READY

    house.run(tell())


def test_a_board_that_lives_is_reset_on_request_though_its_port_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = VirtualHouse(monkeypatch, "default")
    house.has_dtr = True

    async def tell() -> None:
        await house.backend.connect()
        await house.backend.disconnect_printer()
        house.board.display("M140 S50")
        await house.backend.reset_board()
        assert house.backend.state.phase is Phase.READY
        assert house.heaters[-1].target == 0

    house.run(tell())


def test_a_board_that_lives_is_not_reset_by_who_reconnects(monkeypatch: pytest.MonkeyPatch) -> None:
    house = VirtualHouse(monkeypatch, "default")
    house.has_dtr = True

    async def tell() -> None:
        await house.backend.connect()
        await house.backend.emergency_stop()
        house.unplug()
        house.board.reset()  # by its button
        house.plug_in()
        await house.backend.reconnect()
        await house.backend.set_temperature(bed=50)
        for _ in range(2):
            await house.backend.reconnect()
        assert house.heaters[-1].target == 50

    house.run(tell())
