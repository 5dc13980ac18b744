"""The emergency stop on a real port: first, alone and at once, whatever is in its way."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from gbterm.backends.marlin import opening
from gbterm.backends.marlin.backend import STOP_EVERY_S, STOP_TIMES
from gbterm.backends.marlin.link import Link
from gbterm.backends.marlin.thread_link import ThreadLink
from gbterm.model import Phase, StopReport
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS
from tests.backends.marlin.printing import GENEROUS_S, Printing, board, printer
from tests.backends.marlin.relay import Relay, relayed
from tests.backends.marlin.virtual import VirtualHouse

STOP = b"\nM112\n"
QUIET_S = 0.3
MOVES = "".join(f"G1 X{i % 50} Y{i % 40 + 1}.5 F6000\n" for i in range(3000))

variants = pytest.mark.parametrize("variant", VARIANTS)


# What is on the wire.


@contextmanager
def unread_port() -> Iterator[tuple[str, int]]:
    """A port whose other end reads nothing by itself, and that end."""
    end, port = os.openpty()
    tty.setraw(end)
    try:
        yield os.ttyname(port), end
    finally:
        os.close(port)
        os.close(end)


def read_out(end: int) -> bytes:
    """What comes out of a port until nothing more does."""
    said = b""
    while select.select([end], [], [], QUIET_S)[0]:
        said += os.read(end, 65536)
    return said


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Link | ThreadLink]:
    link = await Link.open(name, 115200, lambda _: None, lambda _: None)
    try:
        yield link
    finally:
        link.close()
        await link.closed.wait()


LINES = b"".join(b"N%d G1 X%d.5 F600*99\n" % (i, i % 200) for i in range(20_000))
"""Far more than a port holds."""


def what_a_port_holds() -> int:
    with unread_port() as (name, end):
        port = os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        with suppress(BlockingIOError):
            while os.write(port, LINES):
                pass
        held = len(read_out(end))
        os.close(port)
    return held


async def test_with_a_full_buffer_and_a_half_sent_line_nothing_but_the_stop_goes_out() -> None:
    held = await asyncio.to_thread(what_a_port_holds)
    with unread_port() as (name, end):
        async with opened(name) as link:
            link.write(LINES)
            async with asyncio.timeout(GENEROUS_S):
                for _ in range(STOP_TIMES):
                    link.write_now(STOP)
                    await asyncio.sleep(STOP_EVERY_S)
            heard = await asyncio.to_thread(read_out, end)
    before, first, after = heard.partition(STOP)
    assert LINES.startswith(before)
    assert len(before) < held / 2, "the port's own buffer was not thrown away"
    assert first
    assert not after.replace(STOP, b"")


# What the board does.


@asynccontextmanager
async def on_a_relay(tmp_path: Path, *options: str) -> AsyncIterator[tuple[Printing, Relay]]:
    async with (
        board(tmp_path, *options) as port,
        relayed(port) as relay,
        printer(relay.name, tmp_path / "executed") as printing,
    ):
        yield printing, relay


async def stop(printing: Printing) -> StopReport:
    async with asyncio.timeout(GENEROUS_S):
        return await printing.backend.emergency_stop()


async def assert_halted(printing: Printing) -> None:
    assert printing.backend.state.phase is Phase.ERROR
    await printing.executed(lambda lines: "M112" in lines)


@variants
async def test_while_a_nozzle_heats_the_stop_is_confirmed(tmp_path: Path, variant: str) -> None:
    async with (
        board(tmp_path, "--speed", "1", "--variant", variant) as port,
        printer(str(port), tmp_path / "executed") as printing,
    ):
        await printing.start("M109 S250\n" + MOVES)
        await printing.until(lambda state: "nozzle" in state.waiting_for)
        assert (await stop(printing)).confirmed
        await assert_halted(printing)
        lines = await printing.executed(lambda _: True)
        assert not [line for line in lines if line.startswith("G1")]


@variants
async def test_after_a_line_that_was_sent_by_half_the_stop_is_confirmed(
    tmp_path: Path, variant: str
) -> None:
    async with on_a_relay(tmp_path, "--speed", "20", "--variant", variant) as (printing, relay):
        relay.cut_after(b"X30Y")
        await printing.start(MOVES.replace(" ", ""))
        async with asyncio.timeout(GENEROUS_S):
            await relay.is_cut.wait()
        assert (await stop(printing)).confirmed
        await assert_halted(printing)


async def test_with_a_full_port_the_stop_ends_unconfirmed_and_goes_first_once_there_is_room(
    tmp_path: Path,
) -> None:
    async with on_a_relay(tmp_path) as (printing, relay):
        await printing.start("G28\n" + MOVES)
        await printing.until(lambda state: state.phase is Phase.EXECUTING)
        relay.clog()
        report = await stop(printing)
        assert not report.confirmed
        assert "CUT THE POWER" in report.text
        lines = await printing.executed(lambda _: True)
        relay.flow()
        await printing.until(lambda state: "halted" in state.reason.lower())
        await assert_halted(printing)
        assert (await printing.executed(lambda _: True))[: len(lines)] == lines


def test_to_a_board_that_stays_silent_the_stop_goes_three_times_a_quarter_of_a_second_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        path = tmp_path / "j.gcode"
        path.write_text(MOVES)
        await house.backend.connect()
        await house.backend.start_job(path, path.name)
        await asyncio.sleep(2)
        house.board.inject(faults.Mute())
        before = len(house.sent)
        assert not (await house.backend.emergency_stop()).confirmed
        stops = house.sent[before:]
        assert [data for _, data in stops] == [b"\nM112\n"] * 3
        (first, _), (second, _), (third, _) = stops
        assert second - first == pytest.approx(0.25, abs=0.01)
        assert third - second == pytest.approx(0.25, abs=0.01)

    house.run(story())


# After it.


@pytest.mark.parametrize("is_heard", [True, False], ids=["confirmed", "unconfirmed"])
def test_neither_time_nor_a_reset_leads_from_the_stop_to_ready_but_a_person_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_heard: bool
) -> None:
    house = VirtualHouse(monkeypatch, "default")

    async def story() -> None:
        path = tmp_path / "j.gcode"
        path.write_text("M104 S200\n" + MOVES)
        await house.backend.connect()
        await house.backend.start_job(path, path.name)
        await asyncio.sleep(5)
        if not is_heard:
            house.board.inject(faults.Mute(30))
        assert (await house.backend.emergency_stop()).confirmed is is_heard
        before = len(house.phases)
        await asyncio.sleep(60)
        house.board.inject(faults.Reset())
        await asyncio.sleep(3600)
        assert {phase for phase, _ in house.phases[before - 1 :]} == {Phase.ERROR}
        await house.backend.reconnect()
        assert house.phases[-1][0] is Phase.READY
        job = house.backend.state.job
        assert job is not None
        assert job.outcome == "failed"

    house.run(story())


# Resetting by DTR, where the board did not answer.


class Wedged:
    """A device whose far side reads nothing more: each call to it waits."""

    in_waiting = 0

    def __init__(self) -> None:
        self.gone = threading.Event()

    def read(self, size: int = 1, /) -> bytes:
        self.gone.wait()
        return b""

    def write(self, data: bytes, /) -> int:
        self.gone.wait()
        return len(data)

    @property
    def dtr(self) -> bool:
        return True

    @dtr.setter
    def dtr(self, _high: bool) -> None:
        self.gone.wait()

    def close(self) -> None:
        self.gone.set()


async def test_a_port_that_takes_no_reset_either_holds_up_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "RESET_WITHIN_S", 0.3)
    async with (
        board(tmp_path) as port,
        printer(str(port), tmp_path / "executed", estop_reset="dtr") as printing,
    ):
        device = Wedged()
        wedged = ThreadLink(device, lambda: None, lambda _: None, lambda _: None)
        monkeypatch.setattr(printing.backend.port._link, "pulse_dtr", wedged.pulse_dtr)
        monkeypatch.setattr(printing.backend.port, "write_now", wedged.write_now)
        report = await stop(printing)
        wedged.close()
    assert not report.confirmed
    assert "CUT THE POWER. Its port did not take the reset" in report.text
