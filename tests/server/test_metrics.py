"""Numbers for Prometheus over real HTTP, read as Prometheus reads them."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import gbterm
from gbterm import events, wire
from gbterm.config import Metrics, Watching
from gbterm.jobs import Job
from gbterm.model import Phase, Prompt, StreamReport, StreamStatistics, Temperature
from gbterm.server import counters
from tests.ports import free_port
from tests.server.device import SILENCE
from tests.server.running import Running, until
from tests.server.test_frontend import Answer

STATISTICS = StreamStatistics(
    since=1.7e9,
    lines_sent=52114,
    bytes_sent=1614222,
    streamed_s=912.5,
    errors={"checksum": 2, "line_number": 1, "no_ok": 4},
    planner_dry_s=3.5,
    stream=StreamReport(window_lines=8, resends=3),
)
NAME = "secret-project.gcode"


class Page:
    """A server with metrics, and what it says."""

    def __init__(self, running: Running, port: int) -> None:
        self.running, self.port = running, port

    async def fetch(
        self, path: str = "/metrics", method: str = "GET", *, host: str = "", **headers: str
    ) -> Answer:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                break
            except OSError:
                await asyncio.sleep(0.01)  # it is still being loaded
        head = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.port}'}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        whole = await reader.read()
        writer.close()
        return Answer(whole)

    async def samples(self) -> dict[tuple[str, str], float]:
        """By name, and what its labels say."""
        answer = await self.fetch()
        assert answer.status == 200, answer.body
        return {
            (sample.name, ",".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.body.decode())
            for sample in family.samples
        }


@pytest.fixture
async def metrics() -> AsyncIterator[Page]:
    port, now = free_port(), iter(range(0, 1_000_000, 10))
    watching = Watching(metrics=Metrics(f"127.0.0.1:{port}"))
    async with Running(name="ender", watching=watching, now=lambda: float(next(now))) as running:
        running.device.answers["get_stream_statistics"] = wire.to_json(STATISTICS)
        yield Page(running, port)


async def shown(page: Page, name: str, label: str, value: float) -> dict[tuple[str, str], float]:
    """The samples once one of them has this value."""
    while (found := await page.samples()).get((name, label)) != value:
        pass
    return found


async def test_a_print_in_numbers(metrics: Page) -> None:
    device = metrics.running.device
    device.age_s = 0.0
    job = Job(NAME, byte=1, bytes=4, id="j1", elapsed_s=61.5, left_s=184.0, layer=2, layers=9)
    device.publish(events.TemperaturesReported({0: Temperature(209.8, 215.0)}))
    device.publish(events.FanChanged(0, 50.0))
    device.publish(events.SpeedChanged(120.0))
    device.publish(events.JobChanged(job))
    device.publish(events.PhaseChanged(Phase.EXECUTING))
    async with await metrics.running.tcp(), await metrics.running.unix():
        told = await shown(metrics, "gbterm_printer_state", "EXECUTING", 1)
    expected = {
        ("gbterm_build_info", gbterm.__version__): 1,
        ("gbterm_printer_process_up", ""): 1,
        ("gbterm_clients", "tcp"): 1,
        ("gbterm_clients", "unix"): 1,
        ("gbterm_printer_state", "READY"): 0,
        ("gbterm_heater_celsius", "nozzle1"): 209.8,
        ("gbterm_heater_target_celsius", "nozzle1"): 215,
        ("gbterm_heater_celsius", "bed"): 21.5,
        ("gbterm_fan_ratio", "0"): 0.5,
        ("gbterm_speed_ratio", ""): 1.2,
        ("gbterm_prompt_open", ""): 0,
        ("gbterm_job_progress_ratio", ""): 0.25,
        ("gbterm_job_elapsed_seconds", ""): 61.5,
        ("gbterm_job_remaining_seconds", ""): 184,
        ("gbterm_job_layer", ""): 2,
        ("gbterm_job_layers", ""): 9,
        ("gbterm_lines_total", ""): 52114,
        ("gbterm_sent_bytes_total", ""): 1614222,
        ("gbterm_resends_total", ""): 3,
        ("gbterm_damaged_lines_total", ""): 3,
        ("gbterm_line_errors_total", "no_ok"): 4,
        ("gbterm_planner_dry_seconds_total", ""): 3.5,
        ("gbterm_window_lines", ""): 8,
    }
    assert {key: told.get(key) for key in expected} == expected
    assert ("process_resident_memory_bytes", "") in told


async def test_what_nobody_knows_is_left_out_and_no_name_is_told(metrics: Page) -> None:
    device = metrics.running.device
    device.answers["get_stream_statistics"] = {"code": -32601, "message": "no such method"}
    device.publish(events.JobChanged(Job(NAME, id="j1", outcome="failed", reason=NAME)))
    device.publish(events.PromptShown(Prompt(f"Is {NAME} done?")))
    told = await shown(metrics, "gbterm_prompt_open", "", 1)
    assert "secret" not in str(told)
    device.publish(events.PhaseChanged(Phase.DISCONNECTED, NAME))
    told = await shown(metrics, "gbterm_printer_state", "DISCONNECTED", 1)
    names = {name for name, _ in told}
    assert not {name for name in names if "heater" in name or "job_" in name or "lines" in name}
    assert "secret" not in str(told)


async def test_prints_of_the_past_and_their_filament_are_counted(metrics: Page) -> None:
    device = metrics.running.device
    for number, outcome in enumerate(("finished", "finished", "failed")):
        job = Job(NAME, id=f"j{number}", byte=1, bytes=2, outcome=outcome)
        device.publish(events.JobChanged(job))
    told = await shown(metrics, "gbterm_prints", "finished", 2)
    told = await shown(metrics, "gbterm_prints", "failed", 1)
    assert told["gbterm_filament_meters", "finished"] == 0


async def test_a_printer_process_that_hangs_keeps_no_scrape_waiting(
    metrics: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, up = metrics.running.device, "gbterm_printer_process_up"
    before = await shown(metrics, "gbterm_lines_total", "", STATISTICS.lines_sent)
    monkeypatch.setattr(counters, "COLLECT_EVERY_S", 0.0)
    device.answers |= {"get_stream_statistics": SILENCE, "get_usage": SILENCE}
    metrics.running.stop.set()
    assert metrics.running.task is not None
    await metrics.running.task
    await metrics.running.serve()
    await until(lambda: device.named("get_usage"))
    # Prometheus waits for ten seconds.
    async with asyncio.timeout(9):
        told = await shown(metrics, up, "", 0)
    assert told["gbterm_heater_celsius", "bed"] == before["gbterm_heater_celsius", "bed"]


async def test_what_was_known_before_it_hung_is_told_until_it_answers_again(metrics: Page) -> None:
    device, up = metrics.running.device, "gbterm_printer_process_up"
    await shown(metrics, "gbterm_lines_total", "", STATISTICS.lines_sent)
    device.answers["get_stream_statistics"] = SILENCE
    told = await shown(metrics, up, "", 0)
    assert told["gbterm_lines_total", ""] == STATISTICS.lines_sent
    assert ("gbterm_window_lines", "") not in told
    asked = len(device.named("get_stream_statistics"))
    for _ in range(5):
        assert (await metrics.samples())[up, ""] == 0
    assert len(device.named("get_stream_statistics")) == asked
    device.answers["get_stream_statistics"] = wire.to_json(STATISTICS)
    await device.die()
    await device.start()
    told = await shown(metrics, up, "", 1)
    assert told["gbterm_lines_total", ""] == STATISTICS.lines_sent


async def test_counters_never_go_back_though_the_port_is_opened_anew(metrics: Page) -> None:
    device = metrics.running.device
    await shown(metrics, "gbterm_lines_total", "", STATISTICS.lines_sent)
    anew = StreamStatistics(since=1.7e9 + 60, lines_sent=5, bytes_sent=50, errors={"no_ok": 1})
    device.answers["get_stream_statistics"] = wire.to_json(anew)
    told = await shown(metrics, "gbterm_lines_total", "", STATISTICS.lines_sent + 5)
    longer = replace(anew, since=1.7e9 + 90, lines_sent=STATISTICS.lines_sent, streamed_s=1.0)
    device.answers["get_stream_statistics"] = wire.to_json(longer)
    told = await shown(metrics, "gbterm_lines_total", "", 2 * STATISTICS.lines_sent + 5)
    assert told["gbterm_sent_bytes_total", ""] == STATISTICS.bytes_sent + 100
    assert told["gbterm_line_errors_total", "no_ok"] == 6
    assert told["gbterm_line_errors_total", "checksum"] == 2
    assert told["gbterm_damaged_lines_total", ""] == 3
    assert told["gbterm_resends_total", ""] == 3
    assert told["gbterm_stream_seconds_total", ""] == 913.5
    assert told["gbterm_planner_dry_seconds_total", ""] == 3.5


async def test_a_printer_that_is_off_has_no_age_that_an_alert_could_take_for_silence(
    metrics: Page,
) -> None:
    device = metrics.running.device
    device.publish(events.TemperaturesReported({0: Temperature(25.0, 0.0)}))
    device.publish(events.PhaseChanged(Phase.ERROR))
    told = await shown(metrics, "gbterm_printer_state", "ERROR", 1)
    assert told["gbterm_reading_age_seconds", ""] >= 0
    device.publish(events.PhaseChanged(Phase.DISCONNECTED))
    told = await shown(metrics, "gbterm_printer_state", "DISCONNECTED", 1)
    assert ("gbterm_reading_age_seconds", "") not in told


async def test_what_may_go_down_is_no_counter(metrics: Page) -> None:
    device = metrics.running.device
    device.publish(events.JobChanged(Job(NAME, id="j", byte=1, bytes=2, outcome="failed")))
    await shown(metrics, "gbterm_prints", "failed", 1)
    text = (await metrics.fetch()).body.decode()
    families = {one.name: one.type for one in text_string_to_metric_families(text)}
    assert families["gbterm_prints"] == families["gbterm_filament_meters"] == "gauge"
    assert families["gbterm_lines"] == families["gbterm_use_seconds"] == "counter"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"path": "/metrics?name[]=x"}, 200),
        ({"method": "HEAD"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": f"{socket.gethostname()}.local"}, 200),
        ({"path": "/"}, 404),
        ({"path": "/ws"}, 404),
        ({"path": "/metrics/../server.json"}, 404),
        ({"method": "POST"}, 405),
        ({"host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
async def test_who_may_ask_for_what(metrics: Page, asked: dict[str, Any], status: int) -> None:
    answer = await metrics.fetch(**asked)
    assert answer.status == status
    assert (b"gbterm_build_info" in answer.body) is (status == 200 and asked != {"method": "HEAD"})


async def test_a_websocket_finds_nobody_there(metrics: Page) -> None:
    upgrade = {
        **{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert (await metrics.fetch("/ws", **upgrade)).status == 404


async def test_an_address_that_is_taken_is_said_and_ends_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        watching = Watching(metrics=Metrics(f"127.0.0.1:{port}"))
        async with Running(watching=watching) as running, await running.unix() as client:
            state = (await client.result("hello", {"version": "1"}))["state"]
            told = state["messages"] or [(await client.event("message_reported"))["message"]]
    assert told[0]["text"] == (
        f"Metrics can't be served on 127.0.0.1:{port}: Address already in use. Choose another"
        " address as metrics.listen."
    )


async def test_a_missing_package_is_said_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("metrics", "metrics_page"):
        monkeypatch.delitem(sys.modules, f"gbterm.server.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    watching = Watching(metrics=Metrics(f"127.0.0.1:{free_port()}"))
    async with Running(watching=watching) as running, await running.unix() as client:
        state = (await client.result("hello", {"version": "1"}))["state"]
        told = state["messages"] or [(await client.event("message_reported"))["message"]]
    assert told[0]["text"] == (
        "Metrics needs the package prometheus_client:"
        f' {sys.executable} -m pip install "gbterm[metrics]".'
    )


async def test_silent_connections_keep_nobody_out(metrics: Page) -> None:
    await metrics.samples()
    silent = [await asyncio.open_connection("127.0.0.1", metrics.port) for _ in range(64)]
    assert (await metrics.fetch()).status == 200
    for _, writer in silent:
        writer.close()
