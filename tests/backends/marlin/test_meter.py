"""The verdict on why a stream isn't quicker, on an injected clock."""

from __future__ import annotations

import pytest

from gbterm.backends.marlin.meter import Meter
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.protocol import Protocol
from gbterm.backends.marlin.window import Window
from gbterm.model import StreamStatistics
from gbterm.simulator import faults
from gbterm.simulator.variants import VARIANTS
from tests.backends.marlin.pair import Pair

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
    core.recovery.patience.quickest_s = round_trip_s
    meter = Meter(core, baud, low_latency=low_latency)
    meter.measure(0.0)
    for number in range(LINES):
        core.transmit(Outgoing(b"G1X12.345Y67.891E.123", command=number + 1), 0.0)
        core.flight.lines.popleft()
    if waiting:
        core.job.append(Outgoing(b"G1", command=LINES + 1))
    if oldest_s:
        core.transmit(Outgoing(b"G29", command=LINES + 2), took_s - oldest_s)
    core.window.planner_free = planner_free
    meter.measure(took_s)
    report = meter.report(took_s)
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


def greeted(variant: str = "default") -> Pair:
    """A board that took its numbering and a question, three lines in all."""
    pair = Pair(VARIANTS[variant])
    pair.core.send(Outgoing(b"M115"))
    pair.run(lambda: pair.core.is_drained and not pair.core.own)
    return pair


def go_on(pair: Pair, seconds: float) -> None:
    """Let time pass."""
    end = pair.now + seconds
    pair.run(lambda: pair.now >= end, limit_s=seconds)


def watch(meter: Meter, pair: Pair, seconds: float) -> StreamStatistics:
    """Look twice a second while `pair` goes on."""
    end = pair.now + seconds
    while pair.now < end:
        meter.measure(pair.now)
        go_on(pair, 0.5)
    meter.measure(pair.now)
    return meter.statistics(pair.now)


def test_what_went_over_the_cable_is_counted() -> None:
    pair = greeted()
    meter = Meter(pair.core, 115200, low_latency=True, since=1.7e9)
    pair.feed([f"G1 X{n % 2 * 10} F6000" for n in range(40)])
    found = watch(meter, pair, 10)
    assert (found.since, found.stream.resends, found.errors) == (1.7e9, 0, {})
    assert found.lines_sent == found.oks == 3 + 40
    assert found.bytes_sent > 40 * len("N1000G1X0F6000*99\n")
    assert (found.stream.lines_under_way, found.stream.bytes_under_way) == (0, 0)
    assert (found.planner_slots, found.queue_slots) == (15, 4)
    assert (found.window_bytes, found.window_lines_most) == (127, 8)
    assert "queue of 4" in found.window_why
    assert found.stream.lines_s == 0


def test_errors_are_counted_by_their_kind() -> None:
    pair = greeted()
    for text in (
        b"Error:checksum mismatch, Last Line: 1002",
        b"Error:No Checksum with line number, Last Line: 1002",
        b"Error:Line Number is not Last Line Number+1, Last Line: 1002",
        b"Error:Line Number is not Last Line Number+1, Last Line: 1002",
        b"Error:Out of memory, Last Line: 1002",
        b"Error:Unknown sensor",
        b"Resend: 1003",
        b"start",
    ):
        pair.core.receive(text + b"\n", pair.now)
    found = Meter(pair.core, 115200, low_latency=True).statistics(pair.now)
    assert found.stream.resends == 1
    assert found.errors == {
        **{"checksum": 1, "no_checksum": 1, "line_number": 2, "refused": 1},
        **{"reported": 1, "reset": 1},
    }


@pytest.mark.parametrize(
    ("fault", "kind"), [(faults.LoseOks(1), "no_ok"), (faults.FalseOk(), "unasked_ok")]
)
def test_oks_that_are_lost_or_false_are_counted(fault: faults.Fault, kind: str) -> None:
    pair = greeted()
    pair.board.inject(fault)
    pair.feed(["G1 X1", "G1 X2", "G1 X3"])
    pair.run(lambda: pair.core.is_drained and not pair.core.job)
    found = Meter(pair.core, 115200, low_latency=True).statistics(pair.now)
    assert found.errors == {kind: 1}


def test_a_planner_without_a_move_ahead_counts_as_dry() -> None:
    pair = greeted()
    meter = Meter(pair.core, 115200, low_latency=True)
    found = watch(meter, pair, 3)
    assert (found.streamed_s, found.planner_dry_s) == (0, 0)
    for number in range(1, 5):
        # A second of travel, and four until the next one comes.
        pair.feed([f"G1 X{number % 2 * 50} F3000"])
        found = watch(meter, pair, 4)
    assert found.streamed_s == found.planner_dry_s == pytest.approx(16, abs=1)


@pytest.mark.parametrize(("variant", "dry_s"), [("default", 0.0), ("plain", None)])
def test_a_full_planner_is_not_dry_and_one_that_nobody_knows_is_neither(
    variant: str, dry_s: float | None
) -> None:
    pair = greeted(variant)
    meter = Meter(pair.core, 115200, low_latency=True)
    pair.feed([f"G1 X{n % 2 * 10} F1200" for n in range(200)])
    found = watch(meter, pair, 20)
    assert found.streamed_s > 10
    assert found.planner_dry_s == dry_s


@pytest.mark.parametrize(
    ("variant", "configured", "most", "why"),
    [
        ("default", 0, 8, "tells of a queue of 4"),
        ("default", 6, 6, "configured"),
        ("plain", 0, 4, "does not tell"),
        ("plain", 3, 3, "configured"),
    ],
)
def test_how_the_window_was_found_is_told(
    variant: str, configured: int, most: int, why: str
) -> None:
    pair = Pair(VARIANTS[variant], window=Window(configured))
    pair.feed([f"G1 X{n % 2} F6000" for n in range(20)])
    pair.run(lambda: not pair.core.job)
    found = Meter(pair.core, 115200, low_latency=True).statistics(pair.now)
    assert found.window_lines_most == most
    assert why in found.window_why
