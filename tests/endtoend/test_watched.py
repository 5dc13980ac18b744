"""A print that others watch: Prometheus, a real broker, the network; and what nobody pays for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbterm.app import GbtermApp
from gbterm.backends.absent import NoPrinter
from gbterm.cli.elsewhere import Elsewhere
from tests.console.behind import Memory
from tests.console.conftest import Console
from tests.endtoend.house import GENEROUS_S, House, built, wait_until
from tests.endtoend.scrape import samples
from tests.ports import free_port
from tests.server.broker import Broker, listening

LONG = "G28\n" + "G1 X10 F600\nG1 X100\n" * 3000
BASE = "gbterm/shelf/bench"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def printing(house: House, *tables: str) -> None:
    """In the middle of a print, configured with these tables."""
    house.configure(*tables)
    house.board(speed=30)
    house.serve()
    file = house.root / "vase.gcode"
    file.write_text(LONG)
    house.print_file(file)
    house.wait_for_line(10)


def scraped(port: int) -> dict[str, float]:
    """The samples without labels, and the state that is 1."""
    return {
        sample.labels.get("state", sample.name): sample.value
        for sample in samples(port)
        if sample.value and set(sample.labels) <= {"state"}
    }


def test_a_print_is_scraped_and_the_server_may_die_meanwhile(house: House) -> None:
    port = free_port()
    printing(house, "[metrics]", f'listen = "127.0.0.1:{port}"')
    wait_until(lambda: "gbterm_lines_total" in scraped(port), "the stream in numbers")
    found = scraped(port)
    assert found["EXECUTING"] == 1
    assert 0 < found["gbterm_job_progress_ratio"] < 1
    house.kill("server")
    lines = found["gbterm_lines_total"]
    wait_until(lambda: scraped(port).get("gbterm_lines_total", 0) > lines, "it goes on to count")
    assert house.state() == "EXECUTING"


async def test_the_broker_hears_of_a_server_that_was_killed_and_of_the_next_one(
    house: House, broker: Broker
) -> None:
    tables = ("[mqtt]", 'host = "127.0.0.1"', f"port = {broker.port}", 'machine = "shelf"')
    async with listening(broker) as heard:
        await asyncio.to_thread(printing, house, *tables)
        async with asyncio.timeout(GENEROUS_S):
            await heard.until(lambda: heard.document(f"{BASE}/job").get("progress"))
            assert heard.document(f"{BASE}/job")["name"] == "vase.gcode"
            assert heard.document(f"{BASE}/state")["printing"] is True
            house.kill("server")
            await heard.until(lambda: heard.text(f"{BASE}/status") == "offline")
            await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
            # It never said that the printer was away: it was not.
            states = [text for topic, text in heard.heard if topic == f"{BASE}/state"]
            after = states[next(i for i, text in enumerate(states) if "EXECUTING" in text) :]
            assert not [text for text in after if "DISCONNECTED" in text]
            assert (await asyncio.to_thread(house.run, "cancel")).returncode == 0
            await heard.until(lambda: heard.document(f"{BASE}/event").get("event") == "cancelled")


async def test_the_console_of_another_machine_finds_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(
        house.configure, "[mdns]", "announce = true", 'interfaces = ["127.0.0.1"]'
    )
    with built() as other:
        for name in ("STATE", "DATA", "CONFIG"):
            monkeypatch.setenv(f"XDG_{name}_HOME", other.environment[f"XDG_{name}_HOME"])
        other.configure('baud = 115200\n[mdns]\ninterfaces = ["127.0.0.1"]')
        await asyncio.to_thread(house.board)
        await asyncio.to_thread(house.serve)
        app = GbtermApp(NoPrinter("None is chosen yet."), elsewhere=Elsewhere(Namespace()))
        async with app.run_test(size=(80, 24)) as pilot:
            console = Console(app, pilot, None, Memory())
            await console.press("f8")
            async with asyncio.timeout(GENEROUS_S):
                while "bench on " not in console.words:
                    await pilot.pause(0.05)
            await app.others.close()
            await app.backend.close()


LOADED = """
import asyncio, sys
from tests.server.running import Running

async def main():
    async with Running() as running:
        async with await running.unix() as client:
            await client.result("get_status")
        print(*sys.modules)

asyncio.run(main())
"""
OF_WATCHERS = {"zeroconf", "ifaddr", "aiomqtt", "paho", "prometheus_client", "aiohttp"}
OWN = {f"gbterm.server.{name}" for name in ("mqtt", "home_assistant", "metrics", "metrics_page")}


def test_a_server_that_nobody_watches_loads_nothing_for_it() -> None:

    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & (OF_WATCHERS | OWN) == set()
