"""The board stops for its own safety, restarts, or talks nonsense in the middle of a print."""

from __future__ import annotations

from pathlib import Path

import pytest

from gbterm.errors import LinkError
from gbterm.model import Phase
from gbterm.simulator import faults
from gbterm.simulator.thermal import SensorFault
from tests.backends.marlin.virtual import VirtualHouse

MOVES = [f"G1X{x}Y{x}F1200" for x in range(1, 181)]
HALTED = ("Error:Printer halted. kill() called!", "//action:poweroff")
STOPPED = (
    "Error:Printer stopped due to errors. Fix the error and use M999 to restart."
    " (Temperature is reset. Set it after restarting)"
)
REPETIER = (
    "Heater/sensor error - Printer stopped and heaters disabled due to this error."
    " Fix error and restart with M999."
)

# What the board says, and what the user must read; the first sentence is the cause.
SAID: dict[str, tuple[tuple[str, ...], str]] = {
    **{
        f"{what} of {heater}": (
            (f"Error:{what}, system stopped! Heater_ID: {heater}", "", *HALTED),
            f"{what}, system stopped! Heater_ID: {heater}",
        )
        for what in ("Thermal Runaway", "Heating failed", "MAXTEMP triggered", "MINTEMP triggered")
        for heater in ("E0", "bed")
    },
    "a hotend of a Prusa": (("Error: HOTEND THERMAL RUNAWAY",), "HOTEND THERMAL RUNAWAY"),
    "M112 from elsewhere": (("echo:M112 Shutdown", *HALTED), "Printer halted. kill() called!"),
    "the kill button": (
        ("Error:!! KILL caused by KILL button/pin", *HALTED),
        "!! KILL caused by KILL button/pin",
    ),
    "inactivity": (
        ("Error:!! KILL caused by too much inactive time - current command: G1 X1", *HALTED),
        "!! KILL caused by too much inactive time - current command: G1 X1",
    ),
    "a BLTouch": (
        ("Error:!! STOP called because of BLTouch error - restart with M999", STOPPED),
        "!! STOP called because of BLTouch error - restart with M999",
    ),
    "stopped": ((STOPPED,), STOPPED.removeprefix("Error:")),
    "probing": (("Error:Probing Failed",), "Probing Failed"),
    "a heater of a Repetier": (("fatal:" + REPETIER,), REPETIER),
    "a Klipper that lost a controller": (
        ("!! Lost communication with MCU 'mcu'",),
        "!! Lost communication with MCU 'mcu'",
    ),
    "a Klipper with a colon": (
        ("!! MCU 'mcu' shutdown: Timer too close",),
        "!! MCU 'mcu' shutdown: Timer too close",
    ),
    "the two lines of an older Marlin": (
        ("Error:0", ": Extruder switched off. MAXTEMP triggered !"),
        "Extruder switched off. MAXTEMP triggered !",
    ),
}


class Ended:
    """A print that ends in an error, and what of it goes to the board after that."""

    def __init__(self, house: VirtualHouse, path: Path, lines: int) -> None:
        self.house, self._path, self._lines = house, path, lines
        self.error_at = 0.0

    async def start(self, *commands: str, slowly: bool = False) -> None:
        """Begin to print `commands` and then the moves, with a second between them if `slowly`."""
        moves = [line for move in MOVES for line in (move, "G4 S1")] if slowly else MOVES
        self._path.write_text("\n".join([*commands, *moves]) + "\n")
        await self.house.backend.connect()
        await self.house.backend.start_job(self._path, self._path.name)
        self.house.backend.core.window.lines = self._lines

    async def under_way(self) -> None:
        """Until some moves were executed."""
        await self.house.until(lambda: len(self.moves()) > 5, 400)

    async def error(self, limit_s: float = 30.0) -> None:
        """Until the state is ERROR, and for a minute after that."""
        await self.house.until(lambda: self.house.backend.state.phase is Phase.ERROR, limit_s)
        self.error_at = self.house.loop.time()
        await self.house.until(lambda: self.house.loop.time() > self.error_at + 60, 70)

    def moves(self) -> list[str]:
        """What the board executed of MOVES."""
        return [text for _, text in self.house.executed if text in MOVES]

    def check(self, sentence: str) -> None:
        """ERROR, the firmware's own sentence, and not one line of the job more."""
        state = self.house.backend.state
        assert state.phase is Phase.ERROR
        assert state.reason == sentence
        assert state.last_error == sentence
        assert sentence in [message.text for message in state.messages if message.level == "error"]
        assert state.job is not None
        assert state.job.outcome == "failed"
        assert not [data for at, data in self.house.sent if at >= self.error_at and b"G1" in data]
        assert self.moves() == MOVES[: len(self.moves())]


@pytest.fixture(params=["default", "big", "plain", "single"])
def house(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> VirtualHouse:
    return VirtualHouse(monkeypatch, request.param, heat_speed=10.0)


@pytest.fixture(params=[1, 4], ids=["one line", "four lines"])
def ended(request: pytest.FixtureRequest, house: VirtualHouse, tmp_path: Path) -> Ended:
    return Ended(house, tmp_path / "j.gcode", request.param)


@pytest.mark.parametrize(("said", "sentence"), SAID.values(), ids=list(SAID))
def test_after_a_fatal_error_nothing_of_the_job_goes_and_its_sentence_is_shown(
    ended: Ended, said: tuple[str, ...], sentence: str
) -> None:
    async def story() -> None:
        await ended.start()
        await ended.under_way()
        for text in said:
            ended.house.board.out.line(text)
        ended.house.board.machine.halted = HALTED[0] in said
        await ended.error()

    ended.house.run(story())
    ended.check(sentence)


@pytest.mark.parametrize("said", ["Error:Probing Failed", "Error: HOTEND THERMAL RUNAWAY"], ids=str)
def test_a_fatal_error_after_which_the_board_lives_on_turns_the_heaters_off(
    ended: Ended, said: str
) -> None:
    async def story() -> None:
        await ended.start("M140 S50", "M104 S100")
        await ended.under_way()
        ended.house.board.out.line(said)
        await ended.error()

    ended.house.run(story())
    ended.check(said.removeprefix("Error:").strip())
    assert not any(heater.target for heater in ended.house.heaters)


def test_a_locked_printer_ends_the_print_and_tells_to_unlock_it_or_to_cut_the_power(
    ended: Ended,
) -> None:
    house = ended.house

    async def story() -> None:
        await ended.start("M140 S50", "M104 S100")
        await ended.under_way()
        house.board.machine.locked = True
        await ended.error()
        assert any(heater.target for heater in house.heaters)
        house.board.machine.locked = False
        await house.until(lambda: not any(heater.target for heater in house.heaters), 120)

    house.run(story())
    ended.check(
        "Printer locked! (Unlock with M511 or LCD) Its heaters may be on and it refuses to turn"
        " them off: unlock it at its display, or cut the power."
    )


def test_a_printer_that_is_locked_from_the_start_is_not_connected_and_says_what_to_do(
    house: VirtualHouse,
) -> None:
    house.board.machine.locked = True

    async def story() -> None:
        with pytest.raises(LinkError, match="is locked: unlock it at its display"):
            await house.backend.connect()
        assert house.loop.time() < 115
        house.board.machine.locked = False
        await house.backend.connect()

    house.run(story())
    assert house.backend.state.phase is Phase.READY


def test_a_bed_leveling_that_can_not_be_enabled_is_shown_and_the_print_goes_on(
    house: VirtualHouse, tmp_path: Path
) -> None:
    path = tmp_path / "j.gcode"
    path.write_text("\n".join(["M420 S1", *MOVES]) + "\n")

    async def story() -> None:
        await house.backend.connect()
        await house.backend.start_job(path, path.name)
        await house.until(lambda: house.backend.state.phase is Phase.READY, 400)

    house.run(story())
    if house.board.variant.name != "single":
        assert house.backend.state.last_error == "Failed to enable Bed Leveling"
    assert [text for _, text in house.executed if text in MOVES] == MOVES


FAULTS = {
    "Heating failed": ("M104 S100", faults.HeaterDisconnected("E0"), "Heating failed"),
    "Thermal Runaway": ("M109 S100", faults.HeaterDisconnected("E0"), "Thermal Runaway"),
    "MAXTEMP": ("M109 S100", faults.SensorBroken("E0", SensorFault.SHORT), "MAXTEMP triggered"),
    "MINTEMP": ("M109 S100", faults.SensorBroken("E0", SensorFault.OPEN), "MINTEMP triggered"),
}


@pytest.mark.parametrize(("heat", "fault", "text"), FAULTS.values(), ids=list(FAULTS))
def test_a_broken_heater_in_mid_print_ends_it_with_the_firmwares_sentence_and_cold_heaters(
    ended: Ended, heat: str, fault: faults.Fault, text: str
) -> None:
    async def story() -> None:
        if text == "Heating failed":
            ended.house.board.inject(fault)
        await ended.start(heat, slowly=True)
        await ended.under_way()
        ended.house.board.inject(fault)
        await ended.error(200)

    ended.house.run(story())
    ended.check(f"{text}, system stopped! Heater_ID: E0")
    assert not any(heater.target for heater in ended.house.heaters)
    assert ended.house.backend.has_halted


def test_a_reset_of_an_idle_board_is_said_to_have_lost_no_print(house: VirtualHouse) -> None:
    async def story() -> None:
        await house.backend.connect()
        house.board.inject(faults.Reset())
        await house.until(lambda: house.backend.state.phase is Phase.ERROR, 60)
        assert "what it was printing" not in house.backend.state.reason
        assert house.backend.state.reason.startswith("The board restarted by itself")

    house.run(story())


@pytest.mark.parametrize("banner", [True, False], ids=["with a banner", "without a banner"])
def test_a_reset_in_mid_print_ends_it_never_goes_on_blindly_and_says_so(
    ended: Ended, banner: bool
) -> None:
    async def story() -> None:
        await ended.start("M140 S50", "M104 S100")
        await ended.under_way()
        ended.house.board.inject(faults.Reset(banner))
        await ended.error()

    ended.house.run(story())
    ended.check("The board restarted by itself: what it was printing is lost to it.")
    assert not any(heater.target for heater in ended.house.heaters)


# Text that means harm, or nothing.

HOSTILE = {
    "10 kB without a line end": b"x" * 10_000,
    "10 kB of oks without a line end": b"ok " * 3_400,
    "NULs": b"\0" * 50 + b"\n",
    "bytes of 0xFF": b"\xff" * 50 + b"\n",
    "escape sequences": b"\x1b]52;c;aGVsbG8=\x07\x1b[2J\x1b]0;gone\x07echo:\x9b31mred\n",
    "invalid UTF-8": b"echo:\xc3\x28 \xe2\x82 \xf0\x9f\x98\n",
    "a bidirectional override": "echo:\u202egnp.exe\u2066\n".encode(),
    "an unknown command": b'echo:Unknown command: "M9999"\n',
    "an unknown command with escapes": b'echo:Unknown command: "\x1b[31mM9\xff"\n',
    "empty lines": b"\n" * 500,
    "carriage returns": b"\r\r\r\n\r",
    "a prompt": b"//action:prompt_begin \x1b[31m[b]x[/b]\n//action:notification \x1b]0;x\x07\n",
    "a huge number": b"ok N" + b"9" * 400 + b"\nResend: " + b"9" * 400 + b"\n",
    "the text of an overrun": b"Error:RX BUF overflow, increase RX_BUFFER_SIZE: 3\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_in_mid_print_costs_no_line_and_reaches_no_screen(
    ended: Ended, text: bytes
) -> None:
    house = ended.house
    times = 3

    def insert(towards: str, data: bytes) -> bytes:
        nonlocal times
        if towards == "board" or not times or not ended.moves():
            return data
        times -= 1
        return text + data

    async def story() -> None:
        await ended.start()
        house.tamper = insert
        await house.until(lambda: house.backend.state.phase is Phase.READY, 400)

    house.run(story())
    assert ended.moves() == MOVES
    shown = [message.text for message in house.backend.state.messages]
    assert all(line.isprintable() for line in shown)
    assert not any("\u202e" in line or len(line) > 5000 for line in shown)
