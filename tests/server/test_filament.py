"""A filament sensor: what it says on an injected clock, with real programs, and by GPIO.

No machine of the tests has a GPIO chip: a module stands in for the library that reads it.
"""

from __future__ import annotations

import enum
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gbterm import events
from gbterm.config import FilamentSensor
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState
from gbterm.server import filament_sensor
from gbterm.server.filament import Detection
from tests.server.running import Running, until
from tests.server.test_actions import is_alive, pid_in

JOB = Job("cube.gcode", id="j1")
PRINTING = PrinterState(phase=Phase.EXECUTING, job=JOB)
IN_SWAP = replace(PRINTING, phase=Phase.FILAMENT_SWAP)


class Seen:
    """A detection that is looked at every 0.1 s; when it found something."""

    def __init__(self) -> None:
        self.detection, self.now = Detection(0.25), 0.0
        self.found: list[float] = []

    def go(self, state: PrinterState, is_out: bool | None, until_s: float) -> list[float]:
        self.detection.tell(is_out, self.now)
        while self.now < until_s - 0.05:
            self.now = round(self.now + 0.1, 1)
            if self.detection.look(state, self.now):
                self.found.append(self.now)
        return self.found


@pytest.fixture
def seen() -> Seen:
    return Seen()


def test_it_is_found_once_for_a_print_until_there_is_filament_again(seen: Seen) -> None:
    assert seen.go(PRINTING, True, 60) == [0.3]
    assert seen.go(IN_SWAP, True, 90) == [0.3]
    assert seen.go(PRINTING, True, 120) == [0.3]
    assert seen.go(PRINTING, False, 121) == [0.3]
    assert seen.go(PRINTING, True, 180) == [0.3, 121.3]
    other = replace(PRINTING, job=replace(JOB, id="j2"))
    assert seen.go(other, True, 200) == [0.3, 121.3, 180.1]


def test_what_bounces_was_nothing(seen: Seen) -> None:
    for step in range(100):
        seen.go(PRINTING, step % 2 == 0, (step + 1) * 0.2)
    assert seen.found == []
    # Nor does it make a second time of the first.
    seen.go(PRINTING, True, 21)
    seen.go(PRINTING, False, 21.2)
    assert seen.go(PRINTING, True, 30) == [20.3]


def test_nothing_is_begun_but_while_a_print_executes(seen: Seen) -> None:
    for phase in set(Phase) - {Phase.EXECUTING, Phase.FILAMENT_SWAP}:
        assert seen.go(replace(PRINTING, phase=phase), True, seen.now + 2) == []
    began = seen.now
    assert seen.go(PRINTING, True, began + 2) == [pytest.approx(began + 0.1)]


def test_a_change_that_somebody_began_meanwhile_is_the_change(seen: Seen) -> None:
    seen.go(IN_SWAP, True, 5)
    assert seen.go(PRINTING, True, 60) == []


def test_a_sensor_that_can_say_nothing_says_nothing(seen: Seen) -> None:
    assert seen.go(PRINTING, None, 60) == []


def sensor(script: str) -> FilamentSensor:
    return FilamentSensor(("/bin/sh", "-c", script), debounce_ms=0)


def execute(running: Running) -> None:
    running.device.publish(events.JobChanged(JOB))
    running.device.publish(events.PhaseChanged(Phase.EXECUTING))


async def messages(running: Running) -> list[str]:
    """What the server has told everybody."""
    async with await running.unix() as caller:
        state = (await caller.result("get_snapshot"))["state"]
    return [message["text"] for message in state["messages"]]


async def test_a_program_that_says_out_begins_one_change(tmp_path: Path) -> None:
    pid, go = tmp_path / "pid", tmp_path / "go"
    script = (
        f"echo $$ > {pid}; echo in; echo nonsense; while ! test -e {go}; do sleep 0.02; done;"
        " while :; do echo OUT; sleep 0.02; done"
    )
    async with Running(filament_sensor=sensor(script)) as running:
        process = await pid_in(pid)
        execute(running)
        go.touch()
        await until(lambda: running.device.named("filament_swap_begin"))
        running.device.publish(events.PhaseChanged(Phase.FILAMENT_SWAP))
        running.device.publish(events.PhaseChanged(Phase.EXECUTING))
        assert await messages(running) == [
            "The filament has run out: the print waits for another one."
        ]
        assert running.device.named("filament_swap_begin") == [{"ran_out": True}]
        assert is_alive(process)
    assert not is_alive(process)


async def test_a_change_that_is_refused_is_begun_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filament_sensor, "AGAIN_S", 0.01)
    async with Running(filament_sensor=sensor("echo out; sleep 1000")) as running:
        busy = {"code": -32000, "message": "Server error", "data": {"message": "Wait a moment."}}
        running.device.answers["filament_swap_begin"] = busy
        execute(running)
        await until(lambda: len(running.device.named("filament_swap_begin")) > 1)
        running.device.answers["filament_swap_begin"] = True
        texts: list[str] = []
        while len(texts) < 2:
            texts = await messages(running)
        assert "waits for another one" in texts[1]
        assert texts[0].startswith("The filament has run out, and can't be changed now: ")


@pytest.mark.parametrize(
    ("sensor", "why"),
    [
        (sensor("exit 3"), "The filament sensor's program /bin/sh ended with code 3."),
        (
            FilamentSensor(("/no/sensor",)),
            "The filament sensor's program /no/sensor can't be started: No such file or directory.",
        ),
        (
            FilamentSensor(gpio="gpiochip0:17"),
            "The filament sensor on gpiochip0:17 needs a package:"
            f' {sys.executable} -m pip install "gbterm[gpio]".',
        ),
    ],
)
async def test_a_sensor_that_dies_is_begun_again_and_that_said_once(
    sensor: FilamentSensor, why: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(filament_sensor, "PAUSES_S", (0.01,))
    monkeypatch.setitem(sys.modules, "gpiod", None)
    async with Running(filament_sensor=sensor) as running:
        execute(running)
        await until(lambda: sum(why in record.message for record in caplog.records) >= 3)
        assert await messages(running) == [
            f"{why} Until it works again, nobody notices when the filament runs out; a print goes"
            " on."
        ]
        assert running.device.named("pause_print") == []


class _Value(enum.Enum):
    INACTIVE, ACTIVE = 0, 1


@dataclass
class Chip:
    """Stands in for the library: a line whose level the test sets."""

    value: _Value = _Value.INACTIVE
    failure: OSError | None = None
    asked: tuple[Any, ...] = ()
    released: int = 0

    def request_lines(self, path: str, config: dict[int, Any], consumer: str) -> Chip:
        self.asked = (path, config, consumer)
        return self

    def __enter__(self) -> Chip:
        return self

    def __exit__(self, *_: object) -> None:
        self.released += 1

    def get_value(self, line: int) -> _Value:
        if self.failure is not None:
            raise self.failure
        return self.value


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Chip:
    chip, library, line = Chip(), ModuleType("gpiod"), ModuleType("gpiod.line")
    vars(library).update(request_lines=chip.request_lines, LineSettings=SimpleNamespace)
    bias = enum.Enum("bias", ["AS_IS", "PULL_UP", "PULL_DOWN", "DISABLED"])
    direction = enum.Enum("direction", ["INPUT"])
    vars(line).update(Bias=bias, Direction=direction, Value=_Value)
    monkeypatch.setitem(sys.modules, "gpiod", library)
    monkeypatch.setitem(sys.modules, "gpiod.line", line)
    return chip


async def test_a_line_that_becomes_active_begins_a_change(chip: Chip) -> None:
    wanted = FilamentSensor(gpio="gpiochip2:17", active="low", bias="pull_up", debounce_ms=0)
    async with Running(filament_sensor=wanted) as running:
        execute(running)
        await until(lambda: chip.asked)
        path, config, consumer = chip.asked
        assert (path, consumer) == ("/dev/gpiochip2", "gbterm")
        assert config[17].active_low
        assert (config[17].bias.name, config[17].direction.name) == ("PULL_UP", "INPUT")
        assert running.device.named("filament_swap_begin") == []
        chip.value = _Value.ACTIVE
        await until(lambda: running.device.named("filament_swap_begin"))
    assert chip.released == 1


async def test_a_line_that_can_not_be_read_is_said_to(chip: Chip) -> None:
    chip.failure = OSError(19, "No such device")
    async with Running(filament_sensor=FilamentSensor(gpio="gpiochip0:4")) as running:
        await until(lambda: chip.released)
        async with await running.unix() as caller:
            state = (await caller.result("get_snapshot"))["state"]
        assert "on gpiochip0:4 can't be read: No such device." in (state["messages"][-1]["text"])
