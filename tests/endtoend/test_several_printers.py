"""Several printers at once in one console: hosts with boards, of which one ends and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from gbterm import config_edit
from gbterm.app import GbtermApp
from gbterm.backends.absent import NoPrinter
from gbterm.cli.elsewhere import Elsewhere
from gbterm.plain.session import Session
from tests.console.behind import Memory
from tests.console.conftest import Console
from tests.endtoend.house import GENEROUS_S, House, built

LONG = "G28\n" + "G1 X10 F600\nG1 X100\n" * 3000
CONFIG = """
[printer.{first}]
url = "ws://{one}/ws"
[printer.{second}]
url = "unix:{two}"
[printer.attic]
url = "ws://127.0.0.1:1/ws"
[mdns]
search = false
"""


@pytest.fixture
def houses(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[House, House]]:
    """Two that print, each with a server on TCP, and a console of a third place."""
    with built() as one, built() as two, built() as here:
        for name in ("STATE", "DATA", "CONFIG"):
            variable = f"XDG_{name}_HOME"
            monkeypatch.setenv(variable, here.environment[variable])
        for house in (one, two):
            house.board(speed=30)
            house.serve()
            file = house.root / "vase.gcode"
            file.write_text(LONG)
            house.print_file(file)
        file = config_edit.user_file()
        file.parent.mkdir(parents=True)
        file.write_text(
            CONFIG.format(
                first="ender", second="prusa", one=one.listen(), two=two.run_dir / "server.sock"
            )
        )
        yield one, two


@asynccontextmanager
async def at_the_printers() -> AsyncIterator[Console]:
    app = GbtermApp(NoPrinter("None is chosen yet."), elsewhere=Elsewhere(Namespace()))
    async with app.run_test(size=(80, 24)) as pilot:
        yield Console(app, pilot, None, Memory())
        await app.others.close()
        await app.backend.close()


async def until(console: Console, *texts: str) -> None:
    """Wait for what other processes do."""
    async with asyncio.timeout(GENEROUS_S):
        while not all(text in console.words for text in texts):
            await console.pilot.pause(0.05)


async def select(console: Console, name: str) -> None:
    """With the arrow keys."""
    await console.press("home")
    async with asyncio.timeout(GENEROUS_S):
        while f"STOP {name} " not in console.words:
            await console.press("down")


async def test_two_that_print_are_seen_and_one_of_them_is_stopped(
    houses: tuple[House, House],
) -> None:
    one, two = houses
    async with at_the_printers() as console:
        await until(console, "ender EXECUTING", "prusa EXECUTING", "attic no answer")
        assert console.words.count(" %") >= 2
        await select(console, "attic")
        await until(console, "No server answers at ws://127.0.0.1:1/ws. Next try at")
        await select(console, "prusa")
        await console.press("ctrl+u")
        await until(console, "prusa", "STOPPED: the printer confirmed that it halted")
        assert "ender" not in console.words
        await console.press("enter")
        await until(console, "prusa ERROR", "ender EXECUTING")
    assert (two.state(), one.state()) == ("ERROR", "EXECUTING")


async def test_one_that_goes_and_comes_back_is_seen_and_stopped_in_between(
    houses: tuple[House, House],
) -> None:
    one, two = houses
    async with at_the_printers() as console:
        await until(console, "ender EXECUTING", "prusa EXECUTING")
        await select(console, "prusa")
        printer = two.pid("printer")
        os.kill(printer, signal.SIGSTOP)  # so that nobody starts the server again
        two.kill("server")
        await until(console, "prusa DISCONNECTED", "ttempt")
        await console.press("ctrl+u")
        await until(console, "prusa", "NOT CONFIRMED: CUT THE POWER")
        os.kill(printer, signal.SIGCONT)
        await until(console, "Ctrl+U tries the stop once more")
        await console.press("ctrl+u")
        await until(console, "prusa", "STOPPED")
        await console.press("enter")
        await until(console, "prusa ERROR", "ender EXECUTING")
    assert one.state() == "EXECUTING"


async def test_the_one_that_is_left_stays_watched(houses: tuple[House, House]) -> None:
    async with at_the_printers() as console:
        await until(console, "ender EXECUTING", "prusa EXECUTING")
        await select(console, "ender")
        await console.press("enter")
        await until(console, "ender EXECUTING", "[F2 Dash]")
        shown = console.app.backend
        await console.press("f8")
        await until(console, "* ender EXECUTING", "prusa EXECUTING", "STOP ender")
        await select(console, "prusa")
        await console.press("enter")
        await until(console, "prusa EXECUTING", "[F2 Dash]")
        await console.press("f8")
        await until(console, "* prusa EXECUTING", "ender EXECUTING")
        await select(console, "ender")
        watched = console.app.others.of(console.app.screen.selected)  # type: ignore[attr-defined]
        assert watched is not None
        assert watched.backend is shown  # connected all the time
        await console.press("ctrl+backslash")
        await until(console, "prusa", "STOPPED")
        assert "ender" not in console.words
    one, two = houses
    assert (one.state(), two.state()) == ("EXECUTING", "ERROR")


async def test_the_plain_mode_tells_of_all_and_stops_one(houses: tuple[House, House]) -> None:
    one, two = houses
    told: list[str] = []
    elsewhere = Elsewhere(Namespace())
    opened = elsewhere.open("printer", "ender")
    session = Session(
        opened, told.append, opens=elsewhere.open, watches=elsewhere.backend_of, at_terminal=True
    )
    running = asyncio.create_task(session.run())

    async def tells(text: str) -> str:
        async with asyncio.timeout(GENEROUS_S):
            while not (found := [line for line in told if text in line]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return found[0]

    session.heard("printers")
    assert "nozzle" in await tells("prusa: EXECUTING")
    assert "this conversation is about it" in await tells("ender: EXECUTING")
    assert "Next try at" in await tells("attic: no answer")
    session.heard("stop_printer prusa")
    await tells("STOPPED: prusa confirmed that it halted.")
    session.heard("connect prusa")
    await tells("gbterm on prusa")
    session.heard("stop_printer prusa")
    await tells("EMERGENCY STOP: halting the printer.")
    session.leave()
    await running
    assert (one.state(), two.state()) == ("EXECUTING", "ERROR")
