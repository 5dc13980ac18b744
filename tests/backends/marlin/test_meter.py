"""The verdict on why a stream isn't quicker, on an injected clock."""

from __future__ import annotations

import pytest

from gbterm.backends.marlin.meter import Meter
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.protocol import Protocol

LINES = 100


def verdict(
    *,
    took_s: float,
    baud: int = 115200,
    round_trip_s: float = 0.01,
    planner_free: int | None = None,
    waiting: bool = True,
    streaming: bool = True,
    oldest_s: float = 0.0,
    low_latency: bool = True,
) -> str:
    """The verdict after 100 lines of about 30 bytes were answered in `took_s` seconds."""
    core = Protocol()
    core.restart(1000)
    core.streaming = streaming
    core.receive(b"", 0.0)
    meter = Meter(core, baud, low_latency=low_latency)
    meter.measure(0.0, 0, round_trip_s)
    for number in range(LINES):
        core.transmit(Outgoing(b"G1X12.345Y67.891E.123", command=number + 1), 0.0)
        core.flight.lines.popleft()
    if waiting:
        core.job.append(Outgoing(b"G1", command=LINES + 1))
    if oldest_s:
        core.transmit(Outgoing(b"G29", command=LINES + 2), took_s - oldest_s)
    core.window.planner_free = planner_free
    report = meter.measure(took_s, 0, round_trip_s)
    assert report.lines_s == pytest.approx(LINES / took_s, rel=0.02)
    return report.verdict.partition(":")[0]


def test_a_full_planner_means_that_motion_sets_the_pace() -> None:
    assert verdict(took_s=1.0, planner_free=1) == "motion"


def test_a_full_wire_is_named_with_its_rate() -> None:
    assert verdict(took_s=100 * 30 * 10 / 115200, planner_free=12) == "the wire"


def test_a_long_way_to_the_board_and_back_is_latency() -> None:
    assert verdict(took_s=1.7, round_trip_s=0.016, planner_free=15) == "latency"


def test_no_line_to_send_is_the_hosts_own_fault() -> None:
    assert verdict(took_s=1.0, waiting=False) == "the host"


def test_a_print_that_stands_still_has_no_verdict() -> None:
    assert verdict(took_s=5.0, streaming=False) == ""


def test_one_line_that_takes_long_is_the_board() -> None:
    assert verdict(took_s=5.0, oldest_s=3.0) == "the board"


def test_a_board_that_tells_of_a_free_planner_and_is_slow_is_the_board() -> None:
    assert verdict(took_s=5.0, planner_free=14) == "the board"


@pytest.mark.parametrize("round_trip_s", [0.0, float("inf")])
def test_where_no_round_trip_was_measured_latency_is_not_blamed(round_trip_s: float) -> None:
    assert verdict(took_s=5.0, round_trip_s=round_trip_s) == "motion"
