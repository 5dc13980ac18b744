"""Every number that Prometheus is told, of a real print, against what is known of that print."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import gbterm
from tests.endtoend.house import HURRYING, House, wait_until
from tests.endtoend.scrape import samples
from tests.ports import free_port

MOVES = [f"G1 X{10 + 50 * (n % 2)} E{(n + 1) / 10:.1f} F1500" for n in range(200)]
FILE = "\n".join(
    (
        *("M302 P1", "M140 S40", "M104 S50", "M106 S128", "M220 S120", "M221 S95", "G28"),
        *(";LAYER_COUNT:2", ";LAYER:0", "M82", "G92 E0", *MOVES[:10], ";LAYER:1", *MOVES[10:], ""),
    )
)
FILAMENT_M = 0.020
SLOWLY = 5.0
"""Seconds of the board in one: what is left then takes a minute."""
DOCUMENT = Path(__file__).parents[2] / "docs/watching.md"
Told = dict[tuple[str, str], float]


def scraped(port: int) -> Told:
    """By name, and what its labels say."""
    return {(one.name, ",".join(one.labels.values())): one.value for one in samples(port)}


def once(port: int, name: str, label: str, value: float) -> Told:
    wait_until(lambda: scraped(port).get((name, label)) == value, f"{name} {label} {value}")
    return scraped(port)


def result(house: House, method: str) -> dict[str, Any]:
    answer: dict[str, Any] = house.ask(method)["result"]
    return answer


def documented() -> set[str]:
    table = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `gbterm_")]
    return {name for line in table for name in re.findall(r"`(gbterm_[a-z_0-9]+)", line)}


def test_each_number_is_that_of_the_print(house: House) -> None:
    port = free_port()
    house.configure("[metrics]", f'listen = "127.0.0.1:{port}"')
    house.board(speed=20)
    house.serve()
    file = house.root / "vase.gcode"
    file.write_text(FILE)
    house.print_file(file)
    house.wait_for_line(40)
    # Else it may be over before it is paused.
    house.live(SLOWLY)
    house.fault("corrupt-byte")
    wait_until(lambda: result(house, "get_stream_statistics")["stream"]["resends"], "a resend")
    assert house.run("pause").returncode == 0
    house.wait_for_state("PAUSED")
    paused = in_the_pause(house, port)
    house.live(HURRYING)
    assert house.run("resume").returncode == 0
    house.wait_for_state("READY")
    ended = at_the_end(house, port)
    assert {name for name, _ in {**paused, **ended} if name.startswith("gbterm")} == documented()


def in_the_pause(house: House, port: int) -> Told:
    before = result(house, "get_stream_statistics")
    told = once(port, "gbterm_printer_state", "PAUSED", 1)
    after, state = result(house, "get_stream_statistics"), result(house, "get_snapshot")["state"]
    assert sum(value for (name, _), value in told.items() if name == "gbterm_printer_state") == 1
    job, bed, nozzle = state["job"], state["bed"], state["nozzles"][0]
    expected = {
        ("gbterm_build_info", gbterm.__version__): 1,
        ("gbterm_printer_process_up", ""): 1,
        ("gbterm_prompt_open", ""): 0,
        ("gbterm_clients", "unix"): 0,
        ("gbterm_clients", "tcp"): 0,
        ("gbterm_heater_target_celsius", "nozzle1"): 50,
        ("gbterm_heater_target_celsius", "bed"): 40,
        ("gbterm_heater_celsius", "nozzle1"): pytest.approx(nozzle["current"], abs=15),
        ("gbterm_heater_celsius", "bed"): pytest.approx(bed["current"], abs=15),
        ("gbterm_fan_ratio", "0"): pytest.approx(128 / 255, abs=0.005),
        ("gbterm_speed_ratio", ""): 1.2,
        ("gbterm_flow_ratio", ""): 0.95,
        ("gbterm_job_progress_ratio", ""): pytest.approx(job["byte"] / job["bytes"]),
        ("gbterm_job_elapsed_seconds", ""): pytest.approx(job["elapsed_s"]),
        ("gbterm_job_remaining_seconds", ""): pytest.approx(job["left_s"]),
        ("gbterm_job_layer", ""): 2,
        ("gbterm_job_layers", ""): 2,
        ("gbterm_window_lines", ""): after["stream"]["window_lines"],
        ("gbterm_resends_total", ""): after["stream"]["resends"],
        ("gbterm_damaged_lines_total", ""): sum(
            after["errors"].get(kind, 0) for kind in ("checksum", "no_checksum", "line_number")
        ),
    }
    assert {key: told.get(key) for key in expected} == expected
    kinds = {label: n for (name, label), n in told.items() if name == "gbterm_line_errors_total"}
    assert kinds == after["errors"]
    assert told["gbterm_damaged_lines_total", ""] > 0
    for name, member in {
        "lines_total": "lines_sent",
        "sent_bytes_total": "bytes_sent",
        "stream_seconds_total": "streamed_s",
        "planner_dry_seconds_total": "planner_dry_s",
    }.items():
        assert before[member] <= told[f"gbterm_{name}", ""] <= after[member], name
    assert told["gbterm_lines_total", ""] > 40
    assert 0 <= told["gbterm_reading_age_seconds", ""] < 60
    return told


def at_the_end(house: House, port: int) -> Told:
    minutes = json.loads(house.run("counters", "--json").stdout)
    told = once(port, "gbterm_prints", "finished", 1)
    assert told["gbterm_filament_meters", "finished"] == pytest.approx(FILAMENT_M, rel=0.05)
    assert told["gbterm_printer_state", "READY"] == 1
    assert not [name for name, _ in told if name.startswith("gbterm_job_")]
    # Whoever asks for the counters has them collected; they are told in minutes.
    printed = told["gbterm_print_seconds_total", ""]
    connected = told["gbterm_connected_seconds_total", ""]
    assert 0 < printed < connected
    for part, name in (("bed", "bed_up_mins"), ("nozzle_1", "nozzle_1_up_mins")):
        used = told["gbterm_use_seconds_total", part]
        assert 0 < used <= connected
        assert int(used / 60) >= minutes[name]
    return told
