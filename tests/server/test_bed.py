"""The bed of a board with a probe, by `gbterm mesh` and the methods under it, over a real host."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gbterm.cli.exits import ExitCode
from tests.endtoend.house import House, built


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A host of a board that levels its bed by four points each way."""
    with built() as house:
        house.board("--levelling", "bilinear", "--mesh-points", "4", speed=100)
        house.start("serve", "--port", str(house.tty), "--listen", "127.0.0.1:0")
        yield house


@pytest.mark.parametrize("way", ["here", "over a websocket"])
def test_a_bed_is_probed_shown_and_levelled_by(house: House, way: str) -> None:
    which = () if way == "here" else ("--url", f"ws://{house.listen()}")
    asked = house.plain("mesh", "probe", *which)
    assert asked.returncode == ExitCode.WRONG_USAGE
    assert "--yes" in asked.stderr
    probed = house.plain("mesh", "probe", "--yes", *which)
    assert (probed.returncode, probed.stderr) == (0, "")
    advice, kind, heights, tilt, *rows, below = probed.stdout.splitlines()
    assert len(rows) == 4
    assert rows[-1].startswith("front")
    assert rows[-1].endswith("#")
    assert below.startswith("left ... right, in mm")
    assert kind == "Bilinear mesh, 4 x 4 points; levelling is on, up to 10 mm."
    assert heights.startswith("From -0.133 to +0.191: 0.324 mm; mean")
    assert tilt.startswith("Tilt 0.32 mm: left front")
    assert advice == "The right front corner is 0.16 mm high: lower it by its screw."
    off = house.plain("mesh", "off", "--json", *which)
    told = json.loads(off.stdout)
    assert (told["is_active"], told["kind"], len(told["points"])) == (False, "bilinear", 4)
    assert told["shape"]["highest"] == 0.191
    assert "levelling is off" in house.plain("mesh", *which).stdout
    assert "levelling is on" in house.plain("mesh", "on", *which).stdout


def test_each_method_is_answered_as_documented(house: House) -> None:
    told = house.ask("get_bed_mesh")["result"]
    assert set(told) == {
        *("kind", "points", "x_mm", "y_mm", "is_active", "fade_mm", "is_refused"),
    }
    refused = house.ask("probe_bed")["error"]
    assert refused["data"]["type"] == "NeedsConfirmation"
    assert "touches the bed" in refused["message"]
    assert house.ask("set_levelling", {"enabled": False})["result"]["is_active"] is False
    assert "enabled" in house.ask("set_levelling")["error"]["message"]


def test_babysteps_stay_once_they_are_saved(house: House) -> None:
    assert house.plain("home").returncode == 0
    assert house.ask("babystep", {"z": -0.05})["result"] is True
    told = house.plain("zoffset").stdout
    assert told == (
        "The probe's offset (M851 Z) is -1.50 mm; babysteps since Z was homed: -0.05 mm.\n"
    )
    refused = house.plain("zoffset", "save")
    assert refused.returncode == ExitCode.WRONG_USAGE
    assert "Store M851 Z-1.55, which was -1.50?" in refused.stderr
    saved = house.plain("zoffset", "save", "--yes")
    assert (saved.stdout, saved.stderr) == ("Stored: M851 Z-1.55.\n", "")
    assert house.ask("get_z_offset")["result"] == {
        **{"now_mm": -1.55, "babystep_mm": 0.0, "of_probe": True, "follows": False},
    }
    again = house.plain("zoffset", "save", "--yes")
    assert (again.returncode, again.stdout) == (ExitCode.WRONG_STATE, "")
    assert house.ask("save_z_offset")["error"]["data"]["type"] == "WrongState"


def test_a_mesh_is_stored(house: House) -> None:
    assert house.plain("mesh", "probe", "--yes").returncode == 0
    asked = house.ask("store_mesh")["error"]
    assert asked["data"]["type"] == "NeedsConfirmation"
    assert "all settings that were changed (M500)" in asked["message"]
    assert "levelling is on" in house.plain("mesh", "store", "--yes").stdout


def test_the_corners_are_gone_to_one_by_one(house: House) -> None:
    asked = house.plain("level", "1")
    assert (asked.returncode, asked.stdout) == (ExitCode.WRONG_USAGE, "")
    assert "brings the nozzle down onto a sheet of paper" in asked.stderr
    for corner, place in (("1", "X:30.00 Y:30.00 Z:0.10"), ("3", "X:170.00 Y:170.00 Z:0.10")):
        done = house.plain("level", corner, "--yes")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert house.plain("getpos").stdout.startswith(place)
    assert house.ask("visit_corner", {"corner": 4})["result"] is True
    assert house.plain("level", "off").returncode == 0
    assert house.plain("getpos").stdout.startswith("X:100.00 Y:100.00 Z:10.10")
