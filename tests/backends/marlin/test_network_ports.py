"""Ports on the network, behind real servers: RFC 2217 and bare TCP."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from gbterm.backends.marlin.link import Link
from gbterm.backends.marlin.thread_link import ThreadLink
from gbterm.errors import LinkError
from gbterm.model import Phase
from tests.backends.marlin.printing import board, inject, printer
from tests.backends.marlin.servers import NO_SUCH_RATE, Pty, served

pytestmark = [
    # pyserial 3.5 starts its RFC 2217 thread in a way of old,
    pytest.mark.filterwarnings("ignore:set(Daemon|Name)\\(\\) is deprecated"),
    # and leaves a socket to the garbage collector where the other side was first to end it.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket.socket"),
]
schemes = pytest.mark.parametrize("scheme", ["rfc2217", "socket"])
MOVES = [f"G1X{i % 50}Y{i % 40 + 1}.5F6000" for i in range(300)]


@schemes
async def test_a_file_is_printed_line_by_line(tmp_path: Path, scheme: str) -> None:
    async with board(tmp_path, "--speed", "100") as port:
        with served(port, scheme) as (url, _):
            async with printer(url, tmp_path / "executed") as printing:
                await printing.start("\n".join(MOVES))
                await printing.reach(Phase.READY)
                lines = await printing.executed(lambda lines: "M400" in lines)
    assert [line for line in lines if line.startswith("G1")] == MOVES


@schemes
async def test_the_emergency_stop_passes_a_print(tmp_path: Path, scheme: str) -> None:
    async with board(tmp_path) as port:
        with served(port, scheme) as (url, _):
            async with printer(url, tmp_path / "executed") as printing:
                await printing.start("G28\n" + "\n".join(MOVES))
                await printing.until(lambda state: state.job and state.phase is Phase.EXECUTING)
                report = await printing.backend.emergency_stop()
    assert report.confirmed


async def test_a_stop_that_is_not_confirmed_resets_the_board_by_dtr_where_it_may(
    tmp_path: Path,
) -> None:
    control = tmp_path / "control"
    async with board(tmp_path, "--control", str(control)) as port:
        with served(port, "rfc2217") as (url, _):
            async with printer(url, tmp_path / "executed", estop_reset="dtr") as printing:
                inject(control, "mute")
                Pty.dtr_told.clear()
                report = await printing.backend.emergency_stop()
                assert not report.confirmed
                assert "CUT THE POWER" in report.text
                assert "reset by its DTR line" in report.text
                assert printing.backend.state.phase is Phase.ERROR
    assert Pty.dtr_told[:2] == [False, True]


async def test_a_port_without_dtr_is_said_to_have_none(tmp_path: Path) -> None:
    control = tmp_path / "control"
    async with (
        board(tmp_path, "--control", str(control)) as port,
        printer(str(port), tmp_path / "executed", estop_reset="dtr") as printing,
    ):
        inject(control, "mute")
        report = await printing.backend.emergency_stop()
    assert not report.confirmed
    assert "CUT THE POWER. Its port has no DTR line to reset it by." in report.text


@schemes
async def test_a_print_outlasts_a_server_that_hangs_up(tmp_path: Path, scheme: str) -> None:
    async with board(tmp_path) as port:
        with served(port, scheme) as (url, server):
            async with printer(url, tmp_path / "executed") as printing:
                await printing.start("G28\n" + "\n".join(MOVES))
                await printing.until(lambda state: state.job and state.phase is Phase.EXECUTING)
                server.hang_up()
                await printing.reach(Phase.DISCONNECTED)
                assert f"{url} went away" in printing.backend.state.reason
                await printing.reach(Phase.PAUSED)
                await printing.backend.cancel()
                await printing.reach(Phase.READY)


async def open_link(url: str, baud: int = 115200) -> None:
    await Link.open(url, baud, lambda _: None, lambda _: None)


@schemes
async def test_where_nobody_listens_a_sentence_says_so(scheme: str) -> None:
    refused = pytest.raises(LinkError, match=r"can't be reached \(Connection refused\): start its")
    with socket.socket() as silent, refused:
        silent.bind(("127.0.0.1", 0))  # and listens not: nobody else gets the port meanwhile
        await open_link(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}")


@pytest.mark.parametrize("rest", ["", "localhost", "localhost:x", "localhost:1?x=1", "["])
@pytest.mark.parametrize("scheme", ["rfc2217", "socket", "carrier"])
async def test_an_address_that_is_none_is_refused_in_a_sentence(scheme: str, rest: str) -> None:
    with pytest.raises(LinkError, match=r"is no address of a port: write rfc2217://HOST:PORT or"):
        await open_link(f"{scheme}://{rest}")


async def test_a_baud_rate_that_the_server_refuses(tmp_path: Path) -> None:
    async with board(tmp_path) as port:
        refused = pytest.raises(LinkError, match="can't run at 123456 baud")
        with served(port, "rfc2217") as (url, _), refused:
            await open_link(url, NO_SUCH_RATE)


class Stuck:
    """A device whose first write waits until it is let go."""

    in_waiting = 0
    dtr = True

    def __init__(self) -> None:
        self.did: list[bytes] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.stopped, self.gone = threading.Event(), threading.Event()

    def read(self, size: int = 1, /) -> bytes:
        self.gone.wait()
        return b""

    def write(self, data: bytes, /) -> int:
        self.begun.set()
        self.go.wait()
        self.did.append(data)
        if data == b"M112":
            self.stopped.set()
        return len(data)

    def purge(self) -> None:
        self.did.append(b"purge")

    def close(self) -> None:
        self.go.set()
        self.gone.set()


async def test_what_is_written_now_passes_all_that_is_unsent() -> None:
    device = Stuck()
    link = ThreadLink(device, device.purge, lambda _: None, lambda _: None)
    link.write(b"one")
    await asyncio.to_thread(device.begun.wait)
    link.write(b"two")
    link.write_now(b"M112")
    device.go.set()
    await asyncio.to_thread(device.stopped.wait)
    link.close()
    await link.closed.wait()
    assert device.did == [b"one", b"purge", b"M112"]


async def test_a_port_that_was_closed_says_nothing_more() -> None:
    device = Stuck()
    said: list[object] = []
    link = ThreadLink(device, device.purge, said.append, said.append)
    link.write(b"one")
    link.close()
    link.write(b"two")
    await link.closed.wait()
    await asyncio.sleep(0)
    assert said == []
