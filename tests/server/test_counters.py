"""The counters of OpenGB, added up over every restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gbterm.server.counters import Totals
from tests.server.running import Running

DOCUMENTED = {
    *("nozzle_1_up_mins", "nozzle_2_up_mins", "bed_up_mins", "printer_up_mins"),
    *("motor_x1_up_mins", "motor_x2_up_mins", "motor_y1_up_mins", "motor_y2_up_mins"),
    *("motor_z1_up_mins", "motor_z2_up_mins", "printer_print_mins", "printer_up_mins_session"),
}


def usage(instance: str, **minutes: float) -> dict[str, Any]:
    return {"instance": instance, "seconds": {name: 60 * m for name, m in minutes.items()}}


async def counters(running: Running) -> dict[str, int]:
    async with await running.tcp() as caller:
        answer = await caller.ask("get_counters", {})
    read: dict[str, int] = answer["result"]["counters"]
    return read


async def test_all_twelve_are_there_in_whole_minutes(running: Running) -> None:
    running.device.answers["get_usage"] = usage("a", printer_up=2.99, nozzle_1_up=1)
    read = await counters(running)
    assert set(read) == DOCUMENTED
    assert {name: value for name, value in read.items() if value} == {
        "printer_up_mins": 2,
        "nozzle_1_up_mins": 1,
        "printer_up_mins_session": 2,
    }


async def test_each_second_counts_once_however_often_they_are_asked_for(running: Running) -> None:
    for minutes in (5, 5, 7):
        running.device.answers["get_usage"] = usage("a", bed_up=minutes)
        read = await counters(running)
    assert read["bed_up_mins"] == 7


async def test_a_new_printer_process_adds_to_what_the_one_before_counted(running: Running) -> None:
    running.device.answers["get_usage"] = usage("a", printer_up=50, printer_print=40)
    await counters(running)
    running.device.answers["get_usage"] = usage("b", printer_up=3)
    read = await counters(running)
    assert read["printer_up_mins"] == 53
    assert read["printer_print_mins"] == 40
    assert read["printer_up_mins_session"] == 3


async def test_a_new_server_goes_on_where_the_one_before_was(running: Running) -> None:
    running.device.answers["get_usage"] = usage("a", printer_up=50)
    await counters(running)
    running.stop.set()
    assert running.task is not None
    await running.task
    running.device.answers["get_usage"] = usage("a", printer_up=52)
    await running.serve()
    assert (await counters(running))["printer_up_mins"] == 52


async def test_without_a_printer_process_the_last_totals_are_given(running: Running) -> None:
    running.device.answers["get_usage"] = usage("a", printer_up=50)
    await counters(running)
    await running.device.die()
    assert (await counters(running))["printer_up_mins"] == 50


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"seconds": 5, "collected": 3}', b"\xff\x00", b'{"a": 1}']
)
def test_a_damaged_file_is_set_aside_and_they_begin_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "counters/p.json"
    path.parent.mkdir()
    path.write_bytes(content)
    totals = Totals(path)
    totals.add("a", {"printer_up": 120.0})
    assert totals.minutes()["printer_up_mins"] == 2
    assert (tmp_path / "counters/p.damaged").read_bytes() == content
    assert Totals(path).minutes()["printer_up_mins"] == 2


def test_what_is_stored_is_whole_at_any_moment(tmp_path: Path) -> None:
    """Whoever looks while they are being stored sees the old ones or the new ones."""
    path = tmp_path / "p.json"
    totals = Totals(path)
    for seconds in range(1, 50):
        totals.add("a", {"bed_up": float(seconds)})
        assert json.loads(path.read_text())["seconds"]["bed_up"] == seconds
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.json"]
