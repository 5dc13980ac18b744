"""A printer on a real Mosquitto; the printer process is scripted."""

from __future__ import annotations

import gc
import json
import logging
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiomqtt import TLSParameters

from gbterm import events
from gbterm.config import HOOK_EVENTS, Mqtt, Watching
from gbterm.jobs import Job
from gbterm.model import Firmware, Phase, Prompt, State, Temperature
from gbterm.server import mqtt_login, mqtt_troubles
from gbterm.server.mqtt_topics import Topics
from tests.server.broker import PASSWORD, USER, Broker, Listener, listening
from tests.server.running import Running, until
from tests.server.test_tls import make_certificate

JOB = replace(
    Job("cube \x1b[31m.gcode", byte=1, bytes=4, id="j1", elapsed_s=61.4, left_s=184.6),
    left_low_s=170.0,
    left_high_s=209.8,
    left_from="moves",
)
BASE = "gbterm/bench/ender"
IDENTITY = Topics(Mqtt(machine="bench"), "ender", "").id


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
        **{"left_s": 185, "left_low_s": 170, "left_high_s": 210, "left_from": "moves"},
        **{"layer": None, "layers": None, "outcome": "", "reason": ""},
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
        await heard.until(lambda: "Marlin" in heard.text(f"/{IDENTITY}/state/config"))
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
        assert identity == IDENTITY
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
    ("mqtt", "printer", "base", "words"),
    [
        (Mqtt(machine="pi"), "ender", "gbterm/pi/ender", "pi_ender"),
        (Mqtt(machine="pi"), "/dev/ttyUSB0", "gbterm/pi/ttyUSB0", "pi_ttyUSB0"),
        (Mqtt(machine="a/+/#"), "v1.5", "gbterm/a/v1.5", "a_v1_5"),
        (Mqtt(prefix="home/3d", machine="\x00$"), "+", "home/3d/printer/printer", None),
        (Mqtt(machine="x" * 500), "ä" * 500, f"gbterm/{'x' * 64}/printer", None),
    ],
)
def test_a_name_is_one_level_of_a_topic(
    mqtt: Mqtt, printer: str, base: str, words: str | None
) -> None:
    topics = Topics(mqtt, printer, "")
    assert topics.base == base
    assert topics.id.startswith(f"gbterm_{words or ''}")
    assert topics.id.isascii()


def test_no_two_names_are_one_for_home_assistant() -> None:
    names = [("a", "b_c"), ("a_b", "c"), ("a", "v1.5"), ("a", "v1_5"), ("a", "b-c")]
    topics = [Topics(Mqtt(machine=machine), printer, "") for machine, printer in names]
    topics.append(Topics(Mqtt(machine="a", prefix="other"), "b-c", ""))
    assert len({one.id for one in topics}) == len(topics)


def of_machines(monkeypatch: pytest.MonkeyPatch, *identities: str) -> None:
    """Let each server that begins be on the next of these machines."""
    following = iter(identities)
    monkeypatch.setattr(mqtt_login, "identity", lambda: next(following))


async def test_two_machines_of_one_host_name_tell_of_two_printers(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_machines(monkeypatch, "8d1b", "c0ff")
    mqtt = Mqtt("127.0.0.1", broker.port)
    async with listening(broker) as heard, serving(mqtt) as one, serving(mqtt) as other:
        one.device.publish(events.TemperaturesReported({}, bed=Temperature(31.5)))
        other.device.publish(events.TemperaturesReported({}, bed=Temperature(61.5)))

        def told() -> set[float]:
            found = [json.loads(text) for topic, text in heard.heard if "temperatures" in topic]
            return {document["bed"]["current"] for document in found}

        await heard.until(lambda: told() >= {31.5, 61.5})
        await heard.until(
            lambda: len(heard.ends("/status")) == len(heard.ends("state/config")) == 2
        )
    for topic in heard.ends("/status"):
        assert re.fullmatch(rf"gbterm/{socket.gethostname()}-[0-9a-f]{{6}}/ender/status", topic)
    assert "8d1b" not in str(heard.heard)


async def test_two_machines_that_were_given_one_name_do_not_throw_each_other_off(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_machines(monkeypatch, "8d1b", "c0ff")
    mqtt = broker.config()
    async with listening(broker) as heard, serving(mqtt) as one, serving(mqtt) as other:
        for number, running in enumerate((one, other, one, other)):
            running.device.publish(events.TemperaturesReported({}, bed=Temperature(30.5 + number)))
            await heard.until(partial(heard.has_heard, f'"current":{30.5 + number}'))
    assert "already connected" not in (broker.root / "mosquitto.log").read_text()


TOLD, CLOSED = r"told the MQTT broker", r"The MQTT broker \S+ closed the connection"


def logged(caplog: pytest.LogCaptureFixture, words: str) -> int:
    return sum(bool(re.match(words, message)) for message in caplog.messages)


async def test_a_copy_of_a_machine_is_told_of_once(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A card that was copied has the same machine-id."""
    caplog.set_level(logging.INFO, "gbterm.server")
    monkeypatch.setattr(mqtt_troubles, "PAUSES_S", (0.1,))
    of_machines(monkeypatch, "8d1b", "8d1b")
    async with (
        serving(broker.config()) as one,
        serving(broker.config()),
        await one.unix() as client,
    ):
        await client.result("hello", {"version": "1", "role": "console"})
        messages = (await client.result("get_snapshot"))["state"]["messages"]
        said = (messages or [(await client.event("message_reported"))["message"]])[0]["text"]
        log = broker.root / "mosquitto.log"
        await until(lambda: log.read_text().count("already connected") > 12)
    assert "give each its own" in said
    # By each of the two.
    assert logged(caplog, ".*give each its own") <= 2
    assert logged(caplog, CLOSED) <= 2
    assert logged(caplog, TOLD) <= 2
    assert not logged(caplog, ".*password")


async def test_a_failure_is_over_once_a_connection_held(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt_troubles, "PAUSES_S", (0.1,))
    caplog.set_level(logging.INFO, "gbterm.server")
    clock = [0.0]
    async with serving(broker.config(), now=lambda: clock[0]):
        await until(lambda: logged(caplog, TOLD) == 1)
        clock[0] += 3600
        for _ in range(3):
            broker.stop()
            broker.start()
            async with listening(broker) as heard:
                await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
            clock[0] += mqtt_troubles.HELD_S / 2
        assert (logged(caplog, TOLD), logged(caplog, CLOSED)) == (1, 1)
        clock[0] += mqtt_troubles.HELD_S / 2
        await until(lambda: logged(caplog, TOLD) == 2)
        broker.stop()
        await until(lambda: logged(caplog, CLOSED) == 2)


async def test_what_is_told_no_more_is_cleared_at_the_broker(broker: Broker) -> None:
    async with listening(broker) as heard, serving(broker.config()) as running:
        chamber = events.TemperaturesReported({1: Temperature(20.0)}, None, Temperature(30.0))
        running.device.publish(chamber)
        await heard.until(lambda: heard.text("/chamber_target/config"))
        await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
        before = heard.retained()
        for mqtt in (
            broker.config(discovery=False),
            replace(broker.config(), machine="shelf"),
            replace(broker.config(), machine="shelf", prefix="home"),
        ):
            running.stop.set()
            assert running.task is not None
            await running.task
            running.options = replace(running.options, watching=Watching(mqtt=mqtt))
            base = f"{mqtt.prefix}/{mqtt.machine}/ender"
            await heard.until(lambda: heard.text("/status") == "offline")
            await running.serve()
            await heard.until(partial(heard.is_online, base))
            now = heard.retained()
            found = {topic for topic in now if topic.endswith("/config")}
            assert now == found | {topic for topic in now if topic.startswith(f"{base}/")}
            assert bool(found) is mqtt.discovery
    assert len(found) == len({topic for topic in before if topic.endswith("/config")})
    assert not found & before


async def test_a_heater_that_is_not_there_yet_is_not_cleared(broker: Broker) -> None:
    """Home Assistant forgets what its user made of a thing that is cleared."""
    async with listening(broker) as heard, serving(broker.config()) as running:
        empty = running.device.state
        running.device.publish(events.TemperaturesReported({}, None, Temperature(30.0)))
        await heard.until(lambda: heard.text("/chamber_target/config"))
        running.stop.set()
        assert running.task is not None
        await running.task
        running.device.state = empty
        await heard.until(lambda: heard.text(f"{BASE}/status") == "offline")
        await running.serve()
        await heard.until(lambda: heard.text(f"{BASE}/status") == "online")
        assert heard.text("/chamber_target/config")


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
