"""The tuning of a heater by `gbterm pid` and the methods under it, over a real host."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest

from gbterm.cli.exits import ExitCode
from tests.endtoend.house import GENEROUS_S, House, built


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A host of a board that drives its bed by a PID, too."""
    with built() as house:
        house.board("--bed-pid", speed=100)
        house.serve()
        yield house


def state(house: House) -> str:
    return str(house.ask("get_pid_tuning")["result"]["state"])


def done(house: House, code: str) -> list[str]:
    """The commands of a code that the board has carried out."""
    lines = map(json.loads, house.executed_log.read_text().splitlines())
    return [line["line"] for line in lines if line["line"].startswith(code)]


def until_it_runs(house: House) -> None:
    deadline = time.monotonic() + GENEROUS_S
    while state(house) != "running":
        assert time.monotonic() < deadline, "nothing is tuned"
        time.sleep(0.05)


def test_a_heater_is_tuned_by_one_command_and_set_by_the_next(house: House) -> None:
    assert house.plain("pid").stdout.startswith("No heater was tuned")
    asked = house.plain("pid", "tool0", "210")
    assert asked.returncode == ExitCode.WRONG_USAGE
    assert "swings about that 5 times" in asked.stderr
    tuned = house.plain("pid", "tool0", "210", "--swings", "3", "--yes")
    assert (tuned.returncode, tuned.stderr) == (0, "")
    head, p, *_, below = tuned.stdout.splitlines()
    assert head == "Nozzle 1 at 210 °C is tuned; nothing was changed by that."
    assert p.startswith("M301 P  now 22.20  found ")
    assert below == "gbterm pid apply sets them, gbterm eeprom store keeps them."
    told = json.loads(house.plain("pid", "--json").stdout)
    assert (told["state"], told["heater"], told["swings"]) == ("done", "nozzle1", 3)
    assert not done(house, "M301")
    applied = house.plain("pid", "apply", "--yes")
    assert applied.stdout.endswith("it is not stored: gbterm eeprom store does that.\n")
    found = [f"{gain['setting'][-1]}{gain['found']}" for gain in told["gains"]]
    assert done(house, "M301") == [" ".join(["M301", *found])]
    assert not done(house, "M500")


def test_over_a_network_a_bed_is_tuned(house: House) -> None:
    url = ("--url", f"ws://{house.listen()}")
    tuned = house.plain("pid", "bed", "60", "--swings", "3", "--yes", "--json", *url)
    assert (tuned.returncode, tuned.stderr) == (0, "")
    told = json.loads(tuned.stdout)
    assert [gain["setting"] for gain in told["gains"]] == ["M304 P", "M304 I", "M304 D"]
    assert house.ask("get_pid_tuning")["result"] == told


@pytest.mark.parametrize("way", ["stop", "Ctrl+C"])
def test_it_is_left_at_any_point(house: House, way: str) -> None:
    house.live(5)  # or it may be done before it is left
    running = house.start_quietly("pid", "tool0", "250", "--swings", "12", "--yes")
    until_it_runs(house)
    refused = house.plain("settemp", "200")
    assert refused.returncode == ExitCode.WRONG_STATE
    assert "it tunes nozzle 1" in refused.stderr
    if way == "stop":
        assert house.plain("pid", "stop").stdout.startswith("The tuning of nozzle 1 was stopped")
        assert "was stopped; nothing was changed" in running.communicate()[0]
    else:
        running.send_signal(signal.SIGINT)
        assert running.wait(GENEROUS_S) == ExitCode.INTERRUPTED
    assert state(house) == "stopped"
    assert house.plain("settemp", "0").returncode == 0
    house.live(100)


def test_each_method_is_refused_in_a_sentence(house: House) -> None:
    asked = house.ask("tune_pid", {"heater": "bed", "target": 60})["error"]
    assert asked["data"]["type"] == "NeedsConfirmation"
    hot = house.ask("tune_pid", {"heater": "bed", "target": 140, "confirmed": True})["error"]
    assert hot["data"]["type"] == "OutOfRange"
    none = house.ask("tune_pid", {"heater": "chamber", "target": 60})["error"]
    assert "can't be tuned" in none["message"]
