"""A printer on a real Mosquitto; the printer process is scripted."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiomqtt import TLSParameters

from gbterm import events
from gbterm.config import HOOK_EVENTS, Mqtt, Watching
from gbterm.jobs import Job
from gbterm.model import Firmware, Phase, Prompt, State, Temperature
from gbterm.server.mqtt_topics import Topics
from tests.server.broker import PASSWORD, USER, Broker, Listener, listening
from tests.server.running import Running
from tests.server.test_tls import make_certificate

JOB = Job("cube \x1b[31m.gcode", byte=1, bytes=4, id="j1", elapsed_s=61.4, left_s=184.6)
BASE = "gbterm/bench/ender"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def serving(mqtt: Mqtt, **options: Any) -> Running:
    return Running(name="ender", watching=Watching(mqtt=mqtt), **options)


@asynccontextmanager
async def told(broker: Broker, **more: Any) -> AsyncIterator[tuple[Running, Listener]]:
    """A server that told the broker of its printer, and who listens there."""
    async with listening(broker) as heard, serving(broker.config(**more)) as running:
        await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
        yield running, heard


async def test_the_state_is_retained_and_follows_the_printer(broker: Broker) -> None:
    async with told(broker) as (running, heard):
        device = running.device
        device.publish(events.TemperaturesReported({0: Temperature(209.84, 215.0)}))
        device.publish(events.JobChanged(JOB))
        device.publish(events.PhaseChanged(Phase.EXECUTING))
        device.publish(events.PromptShown(Prompt("Go \x07on?", ("Yes", "No"))))
        await heard.until(lambda: heard.document(f"{BASE}/prompt").get("text"))
        await heard.until(lambda: heard.document(f"{BASE}/job")["name"])
        # Somebody who comes later finds the same.
        async with listening(broker) as later:
            await later.until(lambda: later.text(f"{BASE}/status") and later.text(f"{BASE}/state"))
            await later.until(lambda: later.document(f"{BASE}/prompt"))
            await later.until(lambda: later.document(f"{BASE}/temperatures"))
            await later.until(lambda: later.document(f"{BASE}/job"))
    assert later.document(f"{BASE}/state") == {
        **{"state": "EXECUTING", "phase": "EXECUTING", "reason": "", "waiting_for": ""},
        **{"error": "", "printing": True, "needs_attention": True},
    }
    assert later.document(f"{BASE}/temperatures") == {
        "nozzle1": {"current": 209.8, "target": 215},
        "bed": {"current": 21.5, "target": 0},
    }
    assert later.document(f"{BASE}/job") == {
        **{"name": "cube ?[31m.gcode", "id": "j1", "progress": 25, "elapsed_s": 61},
        **{"left_s": 185, "layer": None, "layers": None, "outcome": "", "reason": ""},
    }
    assert later.document(f"{BASE}/prompt") == {"text": "Go ?on?", "choices": ["Yes", "No"]}


async def test_events_are_told_once_and_not_retained(broker: Broker) -> None:
    async with told(broker) as (running, heard):
        running.device.publish(events.JobChanged(JOB))
        running.device.publish(
            events.JobChanged(replace(JOB, outcome="failed", reason="it came off"))
        )
        await heard.until(lambda: heard.text("/event"))
        await heard.until(lambda: heard.document(f"{BASE}/job").get("outcome") == "failed")
        async with listening(broker) as later:
            await later.until(lambda: later.text(f"{BASE}/status"))
            await later.until(lambda: later.text(f"{BASE}/job"))
    assert heard.document("/event") == {
        **{"printer": "ender", "event": "failed", "reason": "it came off"},
        **{"job": "cube ?[31m.gcode", "job_id": "j1", "progress": 25.0, "elapsed_s": 61.4},
    }
    assert [topic for topic, _ in heard.heard].count(f"{BASE}/event") == 1
    assert later.text("/event") == ""


async def test_readings_are_told_once_a_second_at_most(broker: Broker) -> None:
    async with told(broker) as (running, heard):
        begun = time.monotonic()
        for tenth in range(1, 300):
            running.device.publish(events.TemperaturesReported({}, bed=Temperature(tenth / 10)))
        await heard.until(lambda: heard.document(f"{BASE}/temperatures")["bed"]["current"] == 29.9)
        seconds = time.monotonic() - begun
    times = [topic for topic, _ in heard.heard].count(f"{BASE}/temperatures")
    assert times <= 2 + seconds  # with the one before


async def test_a_server_that_ends_says_so(broker: Broker) -> None:
    async with told(broker) as (running, heard):
        running.stop.set()
        await heard.until(lambda: heard.text(f"{BASE}/status") == "offline")


async def test_a_broker_that_was_away_is_told_everything_anew(broker: Broker) -> None:
    async with told(broker) as (running, _), await running.unix() as client:
        await client.result("hello", {"version": "1", "role": "console"})
        broker.stop()
        # Nobody who prints or watches waits for it.
        running.device.publish(events.JobChanged(JOB))
        running.device.publish(events.JobChanged(replace(JOB, outcome="finished")))
        assert await client.result("get_status")
        broker.start()
        async with listening(broker) as anew:
            await anew.until(lambda: anew.text(f"{BASE}/status") == "online")
            await anew.until(lambda: anew.document("/event").get("event") == "done")
        assert anew.document(f"{BASE}/job")["outcome"] == "finished"
        assert not [one for one in client.events if one["event"] == "message_reported"]


async def test_a_wrong_password_is_said_once_until_it_is_right(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("wr0ng-secret\n")
    broker = Broker(tmp_path, asks_password=True)
    broker.start()
    mqtt = broker.config(user=USER, password_file=str(password))
    try:
        async with (
            listening(broker, username=USER, password=PASSWORD) as heard,
            serving(mqtt) as running,
            await running.unix() as client,
        ):
            await client.result("hello", {"version": "1", "role": "console"})
            state = (await client.result("get_snapshot"))["state"]
            said = state["messages"][-1:] or [(await client.event("message_reported"))["message"]]
            password.write_text(f"{PASSWORD}\n")
            await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
            state = (await client.result("get_snapshot"))["state"]
    finally:
        broker.stop()
    assert said[0]["text"] == (
        f"The MQTT broker 127.0.0.1:{broker.port} refuses this user or password: correct mqtt.user"
        " and mqtt.password_file. Prints go on; only the server's log tells of it again."
    )
    texts = [message["text"] for message in state["messages"]]
    assert texts == [said[0]["text"]]
    assert "wr0ng-secret" not in str(state)


@pytest.mark.parametrize("is_trusted", [True, False])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_is_believed_by_its_certificate_alone(
    tmp_path: Path, is_trusted: bool
) -> None:
    make_certificate(tmp_path)
    other, _ = make_certificate(tmp_path, "other")
    certificate, key = make_certificate(tmp_path, "broker")
    (tmp_path / "tls.pem").write_bytes(certificate.read_bytes())
    (tmp_path / "tls.key").write_bytes(key.read_bytes())
    broker = Broker(tmp_path, tls=str(tmp_path / "tls"))
    broker.start()
    mqtt = broker.config(tls_ca=str(certificate if is_trusted else other))
    params = {"tls_params": TLSParameters(ca_certs=str(certificate))}
    try:
        async with listening(broker, **params) as heard, serving(mqtt) as running:
            if is_trusted:
                await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
                return
            async with await running.unix() as client:
                await client.result("hello", {"version": "1", "role": "console"})
                told = (await client.result("get_snapshot"))["state"]["messages"]
                text = (told or [(await client.event("message_reported"))["message"]])[0]["text"]
    finally:
        broker.stop()
    gc.collect()  # paho leaves a socket behind, whose warning belongs here
    assert "has a certificate that can't be trusted: name who vouches for it" in text
    assert heard.heard == []


async def test_home_assistant_finds_all_of_a_printer(broker: Broker) -> None:
    async with told(broker) as (running, heard):
        device = running.device
        device.publish(events.FirmwareIdentified(Firmware("Marlin 2.1.2", "Ender\x1b-3")))
        device.publish(events.TemperaturesReported({1: Temperature(20.0)}, None, Temperature(30.0)))
        await heard.until(lambda: heard.text("/chamber_target/config"))
        await heard.until(lambda: "Marlin" in heard.text("/gbterm_bench_ender/state/config"))
    found = {topic: json.loads(text) for topic, text in heard.heard if topic.endswith("/config")}
    keys = {tuple(topic.split("/")[1::2]) for topic in found}
    heaters = ("nozzle1", "nozzle2", "bed", "chamber")
    words = ("temperature", "target")
    sensors = ("state", "job", "progress", "elapsed", "left", "layer", "prompt")
    assert keys == {
        *(("sensor", f"{heater}_{word}") for heater in heaters for word in words),
        *(("sensor", key) for key in sensors),
        *(("binary_sensor", key) for key in ("connected", "printing", "attention")),
        ("event", "event"),
    }
    retained = {topic for topic, _ in heard.heard if topic.startswith(f"{BASE}/")}
    for topic, document in found.items():
        component, identity, key = topic.split("/")[1:4]
        assert identity == "gbterm_bench_ender"
        assert document["unique_id"] == f"{identity}_{key}"
        assert document["device"]["identifiers"] == [identity]
        assert document["device"]["name"] == "ender"
        assert document["origin"]["name"] == "gbterm"
        assert document["availability"][0] == {
            **{"topic": f"{BASE}/status", "payload_available": "online"},
            "payload_not_available": "offline",
        }
        assert document["state_topic"] in {*retained, f"{BASE}/event"}
        assert "command_topic" not in document
        assert component != "sensor" or "value_template" in document
    state = heard.document("/state/config")
    assert state["options"] == [one.value for one in State]
    assert state["device"] | {"identifiers": []} == {
        **{"identifiers": [], "name": "ender", "model": "Ender?-3", "sw_version": "Marlin 2.1.2"},
    }
    bed = heard.document("/bed_temperature/config")
    assert (bed["device_class"], bed["unit_of_measurement"]) == ("temperature", "°C")
    assert bed["value_template"] == "{{ value_json.bed.current }}"
    assert len(bed["availability"]) == 2
    assert heard.document("/event/config")["event_types"] == list(HOOK_EVENTS)


async def test_without_discovery_there_are_the_printers_own_topics_alone(broker: Broker) -> None:
    base = "home/gbterm/bench/ender"
    mqtt = broker.config(discovery=False, prefix="home/gbterm")
    async with listening(broker) as heard, serving(mqtt):
        await heard.until(lambda: heard.text(f"{base}/status") == "online")
    assert {topic for topic, _ in heard.heard} == {
        f"{base}/{name}" for name in ("status", "state", "temperatures", "job", "prompt")
    }


@pytest.mark.parametrize(
    ("mqtt", "printer", "base", "identity"),
    [
        (Mqtt(machine="pi"), "ender", "gbterm/pi/ender", "gbterm_pi_ender"),
        (Mqtt(machine="pi"), "/dev/ttyUSB0", "gbterm/pi/ttyUSB0", "gbterm_pi_ttyUSB0"),
        (Mqtt(machine="a/+/#"), "v1.5", "gbterm/a/v1.5", "gbterm_a_v1_5"),
        (Mqtt(prefix="home/3d", machine="\x00$"), "+", "home/3d/printer/printer", None),
        (Mqtt(machine="x" * 500), "ä" * 500, f"gbterm/{'x' * 64}/printer", None),
    ],
)
def test_a_name_is_one_level_of_a_topic(
    mqtt: Mqtt, printer: str, base: str, identity: str | None
) -> None:
    topics = Topics(mqtt, printer)
    assert topics.base == base
    assert topics.id == (identity or topics.id)
    assert topics.id.isascii()


async def test_of_many_events_the_last_wait_for_the_broker(broker: Broker) -> None:
    async with told(broker) as (running, _):
        broker.stop()
        for number in range(20):
            running.device.publish(
                events.JobChanged(replace(JOB, id=f"j{number}", outcome="finished"))
            )
        async with await running.unix() as client:
            while True:
                job = (await client.result("get_job"))["job"]
                if job and job["id"] == "j19":
                    break
        broker.start()
        async with listening(broker) as anew:
            await anew.until(lambda: anew.document("/event").get("job_id") == "j19")
    ids = [json.loads(text)["job_id"] for topic, text in anew.heard if topic.endswith("/event")]
    assert ids == [f"j{number}" for number in range(4, 20)]
