"""How Home Assistant finds a printer on a broker, by itself. Without I/O.

https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery: a message for each thing to be
seen, all of them parts of one device.
"""

from __future__ import annotations

from typing import Any

import gbterm
from gbterm.config import HOOK_EVENTS
from gbterm.model import PrinterState, State
from gbterm.server.mqtt_topics import LONGEST, OFFLINE, ONLINE, Document, Topics, temperatures
from gbterm.text import scrub

PREFIX = "homeassistant"
_REACHED = "{{ 'offline' if value_json.state == 'DISCONNECTED' else 'online' }}"
_SECONDS: Document = {"device_class": "duration", "unit_of_measurement": "s"}
_CELSIUS: Document = {"device_class": "temperature", "unit_of_measurement": "°C"}
_SENSORS: dict[str, tuple[str, str, str, Document]] = {
    "state": (
        *("State", "state", "state"),
        {"device_class": "enum", "options": [state.value for state in State]},
    ),
    "job": ("Job", "job", "name", {"icon": "mdi:printer-3d"}),
    "progress": (
        *("Progress", "job", "progress"),
        {"unit_of_measurement": "%", "state_class": "measurement", "icon": "mdi:percent"},
    ),
    "elapsed": ("Time printed", "job", "elapsed_s", _SECONDS),
    "left": ("Time left", "job", "left_s", _SECONDS),
    "layer": ("Layer", "job", "layer", {"icon": "mdi:layers"}),
    "prompt": ("Question", "prompt", "text", {"icon": "mdi:chat-question"}),
}
"""By key: its name, its topic, the member of the document there, and more."""
_BINARY: dict[str, tuple[str, str, str]] = {
    "connected": ("Connected", "value_json.state != 'DISCONNECTED'", "connectivity"),
    "printing": ("Printing", "value_json.printing", "running"),
    "attention": ("Needs attention", "value_json.needs_attention", "problem"),
}
"""By key: its name, when it is on, and its class."""
_ALWAYS = ("state",)
"""What is also known of a printer that can't be reached."""


def discovery(state: PrinterState, topics: Topics, name: str) -> dict[str, Document]:
    """The messages for the printer called `name`, by their topics."""
    found = [("sensor", key, _sensor(key, topics, *about)) for key, about in _SENSORS.items()]
    for heater in temperatures(state):
        found += [
            ("sensor", *_heater(topics, heater, "current", "temperature")),
            ("sensor", *_heater(topics, heater, "target", "target")),
        ]
    found += [("binary_sensor", key, _binary(topics, *about)) for key, about in _BINARY.items()]
    found.append(("event", "event", _event(topics)))
    common = {"device": _device(state, topics, name), "origin": _ORIGIN}
    return {
        f"{PREFIX}/{component}/{topics.id}/{key}/config": {
            "unique_id": f"{topics.id}_{key}",
            **common,
            **document,
        }
        for component, key, document in found
    }


_ORIGIN = {"name": "gbterm", "sw_version": gbterm.__version__}


def _device(state: PrinterState, topics: Topics, name: str) -> Document:
    said = {"model": state.firmware.machine, "sw_version": state.firmware.name}
    told = {key: scrub(text, LONGEST) for key, text in said.items() if text}
    return {"identifiers": [topics.id], "name": scrub(name, LONGEST), **told}


def _sensor(
    key: str, topics: Topics, name: str, topic: str, member: str, more: Document
) -> Document:
    document = {
        "name": name,
        "state_topic": f"{topics.base}/{topic}",
        "value_template": f"{{{{ value_json.{member} }}}}",
        **_available(topics, also_away=key in _ALWAYS),
        **more,
    }
    if key in ("state", "job"):
        document["json_attributes_topic"] = f"{topics.base}/{topic}"
    return document


def _heater(topics: Topics, heater: str, which: str, word: str) -> tuple[str, Document]:
    label = f"Nozzle {heater[6:]}" if heater.startswith("nozzle") else heater.capitalize()
    document = {
        "name": f"{label} {word}",
        "state_topic": f"{topics.base}/temperatures",
        "value_template": f"{{{{ value_json.{heater}.{which} }}}}",
        "state_class": "measurement",
        **_CELSIUS,
        **_available(topics),
    }
    return f"{heater}_{word}", document


def _binary(topics: Topics, name: str, is_on: str, device_class: str) -> Document:
    return {
        "name": name,
        "state_topic": f"{topics.base}/state",
        "value_template": f"{{{{ 'ON' if {is_on} else 'OFF' }}}}",
        "device_class": device_class,
        **_available(topics, also_away=True),
    }


def _event(topics: Topics) -> Document:
    facts = "{'event_type': value_json.event, 'reason': value_json.reason, 'job': value_json.job}"
    return {
        "name": "Event",
        "state_topic": topics.event,
        "event_types": list(HOOK_EVENTS),
        "value_template": f"{{{{ {facts} | to_json }}}}",
        **_available(topics, also_away=True),
    }


def _available(topics: Topics, *, also_away: bool = False) -> dict[str, Any]:
    """While the server is connected to the broker, and the printer to the server."""
    words = {"payload_available": ONLINE, "payload_not_available": OFFLINE}
    server = {"topic": topics.status, **words}
    printer = {"topic": f"{topics.base}/state", "value_template": _REACHED, **words}
    return {
        "availability": [server] if also_away else [server, printer],
        "availability_mode": "all",
    }
