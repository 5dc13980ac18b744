"""What is told of a host in numbers, as Prometheus wants them named.

https://prometheus.io/docs/practices/naming/: base units, and counters that end in `_total`. Labels
have few values, which no file and no printer can make more: no names of files, no texts. What
nobody knows is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

import gbterm
from gbterm.host.usage import PRINTER, PRINTING
from gbterm.jobs import Job
from gbterm.model import PrinterState, State, StreamStatistics, Temperature

CONTENT_TYPE = CONTENT_TYPE_LATEST
_DAMAGED = ("checksum", "no_checksum", "line_number")
"""What a board says of lines that did not arrive as they were sent."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known at one moment; None where nobody knows."""

    state: PrinterState
    is_driven: bool = False
    """Whether the printer process answers."""
    heard_s: float | None = None
    """How long ago the board told its last reading."""
    statistics: StreamStatistics | None = None
    used_s: Mapping[str, float] = field(default_factory=dict)
    """By the names of `host.usage`, over all time."""
    prints: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """By outcome, how many are remembered, and how many mm of filament they took."""
    clients: Mapping[str, int] = field(default_factory=dict)
    """By the way on which they came."""


def text_of(reading: Reading) -> bytes:
    """What Prometheus reads. Blocks for a moment."""
    registry = CollectorRegistry()
    registry.register(_Given(reading))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        reading = self._reading
        yield from _of_the_host(reading)
        yield from _of_the_printer(reading.state)
        job = reading.state.print_job
        if job is not None and not job.outcome:
            yield from _of_the_job(job)
        if reading.statistics is not None:
            yield from _of_the_line(reading.statistics)
            if reading.is_driven:
                about, lines = "How many lines may be under way.", reading.statistics.stream
                yield _gauge("window_lines", about, lines.window_lines)
        yield from _over_all_time(reading)


def _of_the_host(reading: Reading) -> Iterator[Metric]:
    yield _gauge("build_info", "The version of gbterm.", {gbterm.__version__: 1.0}, "version")
    driven = 1.0 if reading.is_driven else 0.0
    yield _gauge("printer_process_up", "Whether the printer process answers.", driven)
    if reading.heard_s is not None and reading.state.state is not State.DISCONNECTED:
        about = "How long ago the board told its last reading."
        yield _gauge("reading_age_seconds", about, reading.heard_s)
    clients = {way: float(count) for way, count in reading.clients.items()}
    yield _gauge("clients", "Those who are connected to the server.", clients, "transport")


def _of_the_printer(state: PrinterState) -> Iterator[Metric]:
    states = {one.value: float(one is state.state) for one in State}
    yield _gauge("printer_state", "1 for the state that the printer is in.", states, "state")
    heaters = {f"nozzle{number}": one for number, one in enumerate(state.nozzles, 1)}
    heaters |= {"bed": state.bed} | ({"chamber": state.chamber} if state.chamber else {})
    if state.state is not State.DISCONNECTED:
        yield _heaters("heater_celsius", "How hot it is.", heaters, "current")
        yield _heaters("heater_target_celsius", "How hot it is to be, 0: off.", heaters, "target")
        fans = {str(fan): percent / 100 for fan, percent in state.fans.items()}
        yield _gauge("fan_ratio", "How fast a fan is told to turn.", fans, "fan")
        yield _gauge("speed_ratio", "The feed rate override.", state.speed_percent / 100)
        yield _gauge("flow_ratio", "That of the active nozzle.", state.flow_percent / 100)
    asks = 1.0 if state.prompt is not None else 0.0
    yield _gauge("prompt_open", "Whether the printer asks a question that nobody answered.", asks)


def _of_the_job(job: Job) -> Iterator[Metric]:
    yield _gauge("job_progress_ratio", "How much of the file is done.", job.fraction)
    yield _gauge("job_elapsed_seconds", "How long it has printed, without pauses.", job.elapsed_s)
    if job.left_s is not None:
        yield _gauge("job_remaining_seconds", "How long it will take yet.", job.left_s)
    bounds = {"low": job.left_low_s, "high": job.left_high_s}
    known = {bound: left_s for bound, left_s in bounds.items() if left_s is not None}
    if known:
        about = "Between which it will most likely take yet."
        yield _gauge("job_remaining_bound_seconds", about, known, "bound")
    for name, layer in (("job_layer", job.layer), ("job_layers", job.layers)):
        if layer is not None:
            yield _gauge(name, "The layer that is printed, from 1; how many there are.", layer)


def _of_the_line(line: StreamStatistics) -> Iterator[Metric]:
    damaged = sum(line.errors.get(kind, 0) for kind in _DAMAGED)
    kinds = {kind: float(count) for kind, count in line.errors.items()}
    yield _counter("lines_total", "Lines sent to the board.", line.lines_sent)
    yield _counter("sent_bytes_total", "Bytes sent to the board.", line.bytes_sent)
    about = "How often the board asked for a line again."
    yield _counter("resends_total", about, line.stream.resends)
    yield _counter("damaged_lines_total", "Lines that did not arrive as sent.", damaged)
    yield _counter("line_errors_total", "What went wrong on the line.", kinds, "kind")
    yield _counter("stream_seconds_total", "How long a file was streamed.", line.streamed_s)
    if line.planner_dry_s is not None:
        about = "How long of it the planner had no move ahead."
        yield _counter("planner_dry_seconds_total", about, line.planner_dry_s)


def _over_all_time(reading: Reading) -> Iterator[Metric]:
    used = dict(reading.used_s)
    if used:
        connected, printed = used.pop(PRINTER, 0.0), used.pop(PRINTING, 0.0)
        yield _counter("connected_seconds_total", "How long a board was connected.", connected)
        yield _counter("print_seconds_total", "How long was printed, without pauses.", printed)
        parts = {name.removesuffix("_up"): seconds for name, seconds in used.items()}
        yield _counter("use_seconds_total", "How long a heater or motor was on.", parts, "part")
    counts = {outcome: float(count) for outcome, (count, _) in reading.prints.items()}
    metres = {outcome: mm / 1000 for outcome, (_, mm) in reading.prints.items()}
    # No counters: what is remembered may be forgotten.
    yield _gauge("prints", "Prints that are remembered, by how they ended.", counts, "outcome")
    yield _gauge("filament_meters", "What these took of it.", metres, "outcome")


def _heaters(name: str, about: str, heaters: Mapping[str, Temperature], which: str) -> Metric:
    values = {heater: getattr(one, which) for heater, one in heaters.items()}
    known = {heater: value for heater, value in values.items() if value is not None}
    return _gauge(name, about, known, "heater")


def _gauge(
    name: str, about: str, value: float | Mapping[str, float], label: str = ""
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"gbterm_{name}", about, labels=[label] if label else None)
    for labels, number in _samples(value):
        family.add_metric(labels, number)
    return family


def _counter(
    name: str, about: str, value: float | Mapping[str, float], label: str = ""
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"gbterm_{name}", about, labels=[label] if label else None)
    for labels, number in _samples(value):
        family.add_metric(labels, number)
    return family


def _samples(value: float | Mapping[str, float]) -> Iterator[tuple[list[str], float]]:
    if not isinstance(value, Mapping):
        yield [], value
        return
    for label, number in value.items():
        yield [label], number
