"""Whatever is waited for is said in words that a person can read, and has an end."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import serial

from gbterm.backends.marlin import link
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.waits import AT_MOST_S, Waits
from gbterm.errors import LinkError
from gbterm.model import Phase, PrinterState, Temperature
from gbterm.simulator import faults
from gbterm.simulator.commands import HANDLERS
from gbterm.simulator.commands.table import Handler
from gbterm.simulator.gcode import Command
from gbterm.simulator.machine import Machine, Steps, Wait
from tests.backends.marlin.virtual import VirtualHouse


class Told:
    """A virtual house, and each pair of a phase and a wait that its user was shown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variant: str, path: Path) -> None:
        self.house = VirtualHouse(monkeypatch, variant)
        self.backend: MarlinBackend = self.house.backend
        self.path = path
        self.shown: list[tuple[Phase, str]] = []
        self.backend.subscribe(lambda _, s: self.shown.append((s.phase, s.waiting_for)))

    async def start(self, *commands: str) -> None:
        self.path.write_text("\n".join(commands) + "\n")
        await self.backend.connect()
        await self.backend.start_job(self.path, self.path.name)

    async def reach(self, phase: Phase, limit_s: float = 600.0) -> None:
        await self.house.until(lambda: self.backend.state.phase is phase, limit_s)

    def said(self, phase: Phase, pattern: str) -> bool:
        return any(p is phase and re.fullmatch(pattern, words) for p, words in self.shown)


@pytest.fixture(params=["default", "big", "plain", "single"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    return Told(monkeypatch, request.param, tmp_path / "j.gcode")


WAITS = {
    "G28": (r"the homing, \d+ s", "G28"),
    "M190": (r"the bed \(\d+ of 45 °C\)", "M190 S45"),
    "M109": (r"nozzle 1 \(\d+ of 90 °C\)", "M109 S90"),
    "G4": (r"the end of a pause in the file, 1\d s", "G4 S20"),
    "slow moves": (
        r"room for the next move, \d+ s",
        *(f"G1 X{x % 2 * 50} F100" for x in range(40)),
    ),
}


@pytest.mark.parametrize("command", WAITS)
def test_what_a_print_waits_for_is_said_and_no_longer_than_it_lasts(
    told: Told, command: str
) -> None:
    pattern, *lines = WAITS[command]

    async def story() -> None:
        await told.start(*lines, "M117 over", "G4 S1")
        await told.reach(Phase.READY, 3000)
        assert told.said(Phase.EXECUTING, pattern)
        assert told.backend.state.waiting_for == ""

    told.house.run(story())


def test_homing_that_a_person_asked_for_is_waited_for_in_words(told: Told) -> None:
    async def story() -> None:
        await told.backend.connect()
        await told.backend.home()
        await asyncio.sleep(60)
        assert told.said(Phase.READY, r"the homing, \d+ s")
        assert told.backend.state.waiting_for == ""

    told.house.run(story())


SLOW = "G1 X100 F120"
LONG = [f"G1 X{x % 2 * 100} F1200" for x in range(40)]
"""More moves of five seconds than a planner holds."""


def test_a_pause_a_cancel_and_the_end_say_that_they_wait_for_the_end_of_the_moves(
    told: Told,
) -> None:
    async def story() -> None:
        await told.start("G28", *LONG)
        await told.house.until(lambda: "G1X100F1200" in dict(told.house.executed).values(), 100)
        await told.backend.pause()
        await told.reach(Phase.PAUSED)
        assert told.said(Phase.PAUSING, r"the end of the moves, \d\d s")
        assert told.backend.state.waiting_for == ""
        await told.backend.resume()
        await told.reach(Phase.READY)
        assert told.said(Phase.FINISHING, r"the end of the moves, \d\d s")
        assert told.backend.state.waiting_for == ""

    told.house.run(story())


def test_a_cancel_says_what_of_the_board_it_waits_for(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_so_long(monkeypatch, "G29", 100)

    async def story() -> None:
        await told.start("G28", "G29", SLOW)
        await told.house.until(lambda: told.house.executed[-1][1] == "G29", 100)
        await told.backend.cancel()
        await told.reach(Phase.READY)
        assert told.said(Phase.CANCELLING, r"the probing, \d\d s")
        assert told.backend.state.waiting_for == ""

    told.house.run(story())


def test_a_board_that_says_nothing_is_waited_for_in_seconds_and_questions_and_then_given_up(
    told: Told,
) -> None:
    async def story() -> None:
        await told.start(*LONG)
        await asyncio.sleep(5)
        told.house.board.inject(faults.Mute())
        await told.reach(Phase.ERROR, 70)
        assert told.said(Phase.EXECUTING, r"the board, 12 s, asked again \d times")

    told.house.run(story())


def test_connecting_says_how_long_the_board_has_not_answered_and_ends(told: Told) -> None:
    told.house.board.inject(faults.Mute())

    async def story() -> None:
        began = told.house.loop.time()
        with pytest.raises(LinkError, match="does not answer at 115200 baud"):
            await told.backend.connect()
        assert told.house.loop.time() - began < 60
        assert told.said(Phase.CONNECTING, r"the board to answer at 115200 baud, 8 s")
        assert told.backend.state.phase is Phase.DISCONNECTED
        assert told.backend.state.reason
        assert told.backend.state.waiting_for == ""
        await told.backend.close()

    told.house.run(story())


@pytest.mark.parametrize("told", ["default"], indirect=True)
def test_a_board_that_is_silent_at_all_usual_rates_is_given_up_with_what_to_check(
    told: Told,
) -> None:
    told.house.board.inject(faults.Mute())
    told.backend.profile = replace(told.backend.profile, baud=None)

    async def story() -> None:
        with pytest.raises(LinkError) as refused:
            await told.backend.connect()
        assert str(refused.value) == (
            "The board on /dev/none does not answer at 115200 or 250000 baud: switch the printer"
            " on (USB alone may not do), press its reset button, try a cable that carries data, or"
            " name another --baud."
        )
        await told.backend.close()

    told.house.run(story())


@pytest.mark.parametrize("told", ["default"], indirect=True)
@pytest.mark.parametrize("rate", [250000, 1000000])
def test_a_board_at_another_rate_is_found_where_it_can_not_be_read_at_first(
    told: Told, rate: int
) -> None:
    told.backend.profile = replace(told.backend.profile, baud=None)
    told.house.tamper = lambda towards, data: (
        data
        if towards == "board" or told.backend.port.baud == rate
        else bytes(byte | 0x80 for byte in data)
    )

    async def story() -> None:
        await told.backend.connect()
        assert told.backend.state.phase is Phase.READY
        assert told.backend.meter.statistics(told.house.loop.time()).baud == rate
        await told.backend.close()

    told.house.run(story())


class Stray:
    """At any rate but `right`, each try hears some bytes that mean nothing, and then no more."""

    def __init__(self, told: Told, right: int, said: bytes) -> None:
        self._told, self._right, self._said = told, right, said
        self.heard_at: set[int] = set()

    def __call__(self, towards: str, data: bytes) -> bytes:
        rate = self._told.backend.port.baud
        if rate == self._right:
            return data
        if towards == "board" or rate in self.heard_at:
            return b""
        self.heard_at.add(rate)
        return self._said


STRAY = [b"\x00\xf8\x80", b"xx", b"~|\n"]


@pytest.mark.parametrize("told", ["default"], indirect=True)
@pytest.mark.parametrize("said", STRAY)
def test_a_few_stray_bytes_do_not_end_the_search_for_the_rate(told: Told, said: bytes) -> None:
    told.backend.profile = replace(told.backend.profile, baud=None)
    told.house.tamper = stray = Stray(told, 250000, said)

    async def story() -> None:
        began = told.house.loop.time()
        await told.backend.connect()
        assert stray.heard_at == {115200}
        assert told.backend.state.phase is Phase.READY
        assert told.house.loop.time() - began < 25
        await told.backend.close()

    told.house.run(story())


@pytest.mark.parametrize("told", ["default"], indirect=True)
def test_a_board_of_another_firmware_is_given_up_at_each_rate_however_much_it_says(
    told: Told,
) -> None:
    told.backend.profile = replace(told.backend.profile, baud=None)
    told.house.tamper = lambda towards, data: data if towards == "board" else b"[MSG: x]\n"

    async def story() -> None:
        began = told.house.loop.time()
        with pytest.raises(LinkError, match="does not answer at 115200 or 250000 baud"):
            await told.backend.connect()
        assert told.house.loop.time() - began < 120
        await told.backend.close()

    told.house.run(story())


@pytest.mark.parametrize("told", ["default"], indirect=True)
def test_a_reconnect_says_what_it_waits_for_and_comes_to_an_end(told: Told) -> None:
    async def story() -> None:
        await told.backend.connect()
        told.house.board.inject(faults.Mute(7))
        told.shown.clear()
        await told.backend.reconnect()
        assert told.said(Phase.CONNECTING, r"the board to answer at 115200 baud, 4 s")
        assert told.backend.state.phase is Phase.READY
        assert told.backend.state.waiting_for == ""

    told.house.run(story())


@pytest.mark.parametrize("told", ["default", "plain"], indirect=True)
def test_a_change_of_filament_waits_for_a_person_in_words_and_for_as_long_as_it_takes(
    told: Told,
) -> None:
    async def story() -> None:
        await told.start("M302 P1", "G28", "M600", SLOW)
        await told.house.until(lambda: told.backend.state.prompt is not None, 200)
        await asyncio.sleep(AT_MOST_S * 2)
        state = told.backend.state
        assert state.phase is Phase.FILAMENT_SWAP
        assert state.reason == "Another filament is wanted: answer the printer."
        assert state.waiting_for == "you, at the printer or here"

    told.house.run(story())


# The end of a wait.


async def test_a_port_that_does_not_open_is_given_up_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(link, "OPEN_WITHIN_S", 0.1)
    monkeypatch.setattr(link, "_open", lambda _port, _baud: let_go.wait())
    try:
        with pytest.raises(LinkError, match=r"/dev/x did not open within 0.1 s: unplug"):
            await link.Link.open("/dev/x", 115200, lambda _: None, lambda _: None)
    finally:
        let_go.set()


async def test_a_port_that_goes_while_it_is_opened_is_said_to_be_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, port = os.openpty()
    name, is_hasty = os.ttyname(port), link._hurry

    def pulled(device: serial.Serial) -> bool:
        os.close(board)
        return is_hasty(device)

    monkeypatch.setattr(link, "_hurry", pulled)
    os.close(port)
    with pytest.raises(LinkError, match=f"There is no port {name}: plug the printer in"):
        await link.Link.open(name, 115200, lambda _: None, lambda _: None)


def for_so_long(monkeypatch: pytest.MonkeyPatch, code: str, seconds: float) -> None:
    """Let the board be busy with `code`, and say so."""

    def run(machine: Machine, _command: Command) -> Steps:
        yield Wait(until=machine.now + seconds)

    monkeypatch.setitem(HANDLERS, code, Handler(run))


@pytest.mark.parametrize("command", ["G28", "G29", "M190 S50", "M400"])
def test_a_board_that_is_busy_for_ever_is_given_up_after_an_hour_and_says_with_what(
    told: Told, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for_so_long(monkeypatch, command.split()[0], 1e9)

    async def story() -> None:
        await told.start(command, SLOW)
        await told.reach(Phase.ERROR, AT_MOST_S + 60)
        assert told.house.loop.time() > AT_MOST_S
        assert f"has not come to the end of {command} for far too long" in told.backend.state.reason
        assert not [text for _, text in told.house.executed if text.startswith("G1")]

    told.house.run(story())


@pytest.mark.parametrize("told", ["default"], indirect=True)
def test_a_pause_in_the_file_may_take_as_long_as_it_says(told: Told) -> None:
    async def story() -> None:
        await told.start("G4 S9000", SLOW)
        await told.reach(Phase.READY, 10_000)

    told.house.run(story())


def bed(current: float) -> PrinterState:
    return PrinterState(bed=Temperature(current, 60.0))


def test_a_heater_that_gets_on_may_take_hours_and_one_that_does_not_may_not() -> None:
    waits, line = Waits(), Outgoing(b"M190 S60")
    for minute in range(300):
        waits.look(line, bed(20.0 + minute * 0.1), minute * 60.0)
        assert not waits.overdue(minute * 60.0)
    for minute in range(300, 380):
        waits.look(line, bed(50.0 + minute % 2), minute * 60.0)
    assert waits.overdue(380 * 60.0) == "M190 S60"
