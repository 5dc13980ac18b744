"""`gbterm eject -t`, which heats: nothing ends it with the heater on, and no print gets cold."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.house import GBTERM, GENEROUS_S, House, built, host_processes, wait_until

SCRIPT = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
"""A shell has its background jobs ignore Ctrl+C."""
NOHUP = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")


@pytest.fixture
def house() -> Iterator[House]:
    """A nozzle that takes minutes to be hot, as quickly as its board demands."""
    with built() as house:
        house.board("--heat-speed", "0.1", speed=5)
        house.serve()
        yield house


def ejecting(house: House, *before: str) -> subprocess.Popen[str]:
    """It has begun to heat."""
    process = subprocess.Popen(
        [*before, *GBTERM, "--port", str(house.tty), "eject", "-t", "250"],
        env=house.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    house.processes.append(process)
    wait_until(lambda: target(house) == 250, "it heats")
    return process


def target(house: House, heater: str = "nozzle") -> float:
    state = house.ask("get_snapshot")["result"]["state"]
    return float((state["bed"] if heater == "bed" else state["nozzles"][0])["target"])


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_ends_it_finds_the_heater_off(house: House, ending: signal.Signals) -> None:
    process = ejecting(house, *(() if ending is signal.SIGINT else SCRIPT))
    for _ in range(2):
        process.send_signal(ending)
    assert process.wait(GENEROUS_S) == 130
    wait_until(lambda: target(house) == 0, "it is off")


def test_it_outlives_its_terminal_where_it_is_told_to(house: House) -> None:
    process = ejecting(house, *NOHUP)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.wait(GENEROUS_S) == 130
    wait_until(lambda: target(house) == 0, "it is off")


def test_a_heater_that_can_t_be_turned_off_is_told_of(house: House) -> None:
    process = ejecting(house)
    for pid in host_processes(house.root, "server"):
        os.kill(pid, signal.SIGKILL)
    _, said = process.communicate(timeout=GENEROUS_S)
    assert process.returncode == 4
    assert "The nozzle may still be heated: turn it off with gbterm settemp 0" in said
    assert said.count("\n") == 1


def test_a_print_that_begins_meanwhile_stays_hot(house: House, tmp_path: Path) -> None:
    process = ejecting(house)
    (file := tmp_path / "box.gcode").write_text("M104 S200\n" + "G1 X10 F60\nG1 X100\n" * 1000)
    house.print_file(file)
    _, said = process.communicate(timeout=GENEROUS_S)
    assert process.returncode == 5
    assert "print" in said
    wait_until(lambda: target(house) == 200, "the print's own target")
    assert house.run("setbed", "40").returncode == 0
    wait_until(lambda: target(house, "bed") == 40, "what was sent before has come")
    assert target(house) == 200
