"""Real sliced files, from `gbterm runfile` to the board: every command once, in order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.endtoend.house import HURRYING, LINGERING, OF_THE_HOST, House, wait_until


@pytest.mark.parametrize("name", ["box.gcode", "cone-cura.gcode"])
def test_a_sliced_file_is_executed_command_by_command(
    house: House, sliced: dict[str, Path], name: str
) -> None:
    house.board(speed=HURRYING)
    house.serve()
    started = house.run("runfile", str(sliced[name]))
    assert started.returncode == 0, started.stderr
    house.finish()
    house.assert_printed(sliced[name])
    assert "outcome: finished" in house.status()


def test_pause_parks_and_resume_goes_on_to_the_same_end_whatever_was_done_by_hand(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 200, speed=30)
    assert house.run("pause").returncode == 0
    house.wait_for_state("PAUSED")
    assert house.run("pause").returncode == 0
    house.live(HURRYING)
    stopped_at = house.line()
    assert "G27" in [line["line"] for line in house.executed()], "the head stayed over the part"
    for by_hand in (("jog", "40", "-30", "-5"), ("home", "x", "y"), ("ex", "3"), ("g", "T1")):
        done = house.run(*by_hand)
        assert done.returncode == 0, (by_hand, done.stderr)
    assert house.run("home").returncode != 0, "Z was homed over the part"
    assert house.line() == stopped_at
    house.live(LINGERING)
    assert house.run("resume").returncode == 0
    assert house.run("resume").returncode == 0
    house.finish()
    house.assert_printed(sliced["box.gcode"])


def test_cancel_ends_the_print_and_turns_the_heaters_off(
    house: House, sliced: dict[str, Path]
) -> None:
    house.start_print(sliced["box.gcode"], 200, speed=30)
    assert house.run("cancel").returncode == 0
    house.wait_for_state("READY")
    assert "outcome: cancelled" in house.status()
    # It is told by the next reading.
    wait_until(lambda: "target" not in house.status(), "cold heaters")
    executed = [str(line["line"]) for line in house.executed()]
    last = [line for line in executed if line.split()[0] not in OF_THE_HOST][-4:]
    assert set(last) == {"M104 T0 S0", "M104 T1 S0", "M140 S0", "M107"}


def test_cancel_breaks_off_a_wait_for_a_heater(house: House) -> None:
    house.board(speed=1)
    house.serve()
    file = house.root / "hot.gcode"
    file.write_text("M109 S250\nG1 X10 F3000\n")
    house.print_file(file)
    house.wait_for_state("EXECUTING")
    assert house.run("cancel").returncode == 0
    house.wait_for_state("READY")
    assert not any("G1X10" in str(line["line"]) for line in house.executed())


def test_a_held_command_waits_for_the_user_and_is_never_sent(house: House) -> None:
    house.board()
    house.serve()
    file = house.root / "hold.gcode"
    file.write_text("G28\nG1 X10 F3000\nM0 change the nozzle\nG1 X20\nM84\n")
    house.print_file(file)
    house.wait_for_state("PAUSED")
    assert "change the nozzle" in house.status()
    assert house.run("resume").returncode == 0
    assert house.run("waitend").returncode == 0
    executed = [str(line["line"]) for line in house.executed()]
    assert not any(line.startswith("M0") for line in executed)
    assert "G1X20" in executed


def test_a_comment_only_file_is_finished_at_once(house: House) -> None:
    house.board()
    house.serve()
    file = house.root / "nothing.gcode"
    file.write_text("; nothing to do\n\n")
    house.print_file(file)
    assert house.run("waitend").returncode == 0


def test_stored_settings_are_changed_only_after_a_yes(house: House) -> None:
    house.board()
    house.serve()
    file = house.root / "settings.gcode"
    file.write_text("M92 E93\nM500\n")
    refused = house.run("runfile", str(file))
    assert refused.returncode != 0
    assert "line 2" in refused.stderr
    assert not any("M500" in str(line["line"]) for line in house.executed())
    assert house.run("runfile", "--yes", str(file)).returncode == 0
    assert house.run("waitend").returncode == 0
    assert any("M500" in str(line["line"]) for line in house.executed())


def test_a_file_cut_short_in_mid_print_is_a_failure_and_leaves_nothing_hot(house: House) -> None:
    house.board("--heat-speed", "4", speed=30)
    house.serve()
    file = house.root / "long.gcode"
    moves = "".join(f"G1 X{number % 100} F600\n" for number in range(10_000))
    file.write_text("M104 S200\n" + moves)
    answer = house.ask("start_job", {"path": str(file)})
    assert answer.get("result") is True, answer
    house.linger_at(200)
    with file.open("r+") as opened:
        opened.truncate(100_000)
    house.live(HURRYING)
    ended = house.run("waitend")
    assert ended.returncode == 7
    assert "was changed" in house.status()
    wait_until(lambda: "target" not in house.status(), "cold heaters")


def test_a_pipe_is_no_file_and_blocks_nothing(house: House) -> None:
    house.board()
    house.serve()
    pipe = house.root / "pipe.gcode"
    os.mkfifo(pipe)
    answer = house.ask("start_job", {"path": str(pipe)})
    assert answer["error"]["code"] == -32002
    assert house.state() == "READY"
