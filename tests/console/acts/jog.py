"""What the Jog screen does."""

from __future__ import annotations

from gbterm import events
from gbterm.model import Position, Temperature
from tests.console.acts.act import Act, Look
from tests.console.conftest import Console
from tests.memory_backend import MemoryBackend


def place(console: Console) -> tuple[float | None, ...]:
    """Where the head is, as the console knows it."""
    position = console.app.state.position
    return position.x, position.y, position.z


async def amid(console: Console) -> None:
    """The head homed and then somewhere in the middle."""
    await console.app.backend.home()
    await console.app.backend.move(x=100.0, y=100.0, z=50.0, relative=False)
    await console.until(lambda: place(console) == (100, 100, 50))


async def stepped(console: Console) -> None:
    """A nozzle that babysteps lowered."""
    await amid(console)
    await console.app.backend.babystep(-0.05)
    await console.until(lambda: console.app.state.babystep_mm)


async def hot(console: Console) -> None:
    """A nozzle in which filament melts."""
    backend = console.app.backend
    if isinstance(backend, MemoryBackend):
        backend.report(events.TemperaturesReported({0: Temperature(200.0, 200.0)}))
        backend.report(events.PositionReported(Position(e=20.0)))
    else:
        await backend.set_temperature(nozzles={0: 200.0})
        await backend.send_gcode("G92 E20\nM114")
    await console.until(lambda: (console.app.state.nozzles[0].current or 0) > 180)
    await console.until(lambda: console.app.state.position.e == 20)


async def two_nozzles(console: Console) -> None:
    """A printer with a second nozzle."""
    if isinstance(console.app.backend, MemoryBackend):
        console.backend.report(events.TemperaturesReported({1: Temperature(20.0, 0.0)}))


def at(x: float, y: float, z: float) -> Look:
    """The head is there."""
    return lambda console: place(console) == (x, y, z)


def moved(e: float, line: str) -> Look:
    """The filament was, to `e`, or by `line` where E is called what it was before."""
    return lambda console: console.app.state.position.e == e or line in console.text


ACTS: tuple[Act, ...] = (
    Act("jog_left", at(99, 100, 50), before=amid),
    Act("jog_right", at(101, 100, 50), before=amid),
    Act("jog_back", at(100, 101, 50), before=amid),
    Act("jog_front", at(100, 99, 50), before=amid),
    Act("jog_up", at(100, 100, 51), before=amid),
    Act("jog_down", at(100, 100, 49), before=amid),
    Act("step_tenth", "[1 0.1]"),
    Act("step_one", "[2 1]", ("1", "2")),
    Act("step_ten", "[3 10]"),
    Act("step_hundred", "[4 100]"),
    Act("home", at(0, 0, 0), before=amid),
    Act("home_x", at(0, 100, 50), before=amid),
    Act("home_y", at(100, 0, 50), before=amid),
    Act("home_z", at(100, 100, 0), before=amid),
    Act("go_to", at(10, 100, 70), ("g", "z", "7", "0", "x", "1", "0", "enter"), amid),
    Act("set_feed_rate", "50 mm/s, Z 7 mm/s", ("f", "5", "0", "space", "7", "enter")),
    Act("extrude", moved(25, "G1 E5 "), ("e", "f7"), hot),
    Act("retract", moved(15, "G1 E-5 "), ("r", "f7"), hot),
    Act("set_filament_length", "Filament l 70 mm", ("l", "7", "0", "enter")),
    Act("next_tool", "2 of 2", before=two_nozzles),
    Act("bed", "levelling is off"),
    Act("board_settings", "M92 E"),
    Act("level", "Begin"),
    Act("e_steps", "at which temperature?"),
    Act("z_offset", "Store it", before=stepped),
    Act("motors_off", lambda c: c.app.state.steppers_enabled is False),
)
