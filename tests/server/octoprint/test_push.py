"""The push socket in its raw form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.endtoend.house import GENEROUS_S, House
from tests.server.octoprint.asking import Client
from tests.server.octoprint.test_job import SHORT


@contextmanager
def pushed(client: Client, **headers: str) -> Iterator[ClientConnection]:
    """A socket, on which nothing was said yet."""
    url = f"ws://{client.address}/sockjs/websocket"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(url, proxy=None, additional_headers=named) as socket:
        yield socket


def heard(socket: ClientConnection, kind: str) -> Any:
    """What the next message of this kind holds."""
    while True:
        message = json.loads(socket.recv(GENEROUS_S))
        if kind in message:
            return message[kind]


def log_in(client: Client, socket: ClientConnection) -> None:
    login = client.post("/api/login", passive=True).json
    socket.send(json.dumps({"auth": f"{login['name']}:{login['session']}"}))


def test_a_print_is_told_from_its_start_to_its_end(client: Client) -> None:
    with pushed(client) as socket:
        assert heard(socket, "connected")["version"]
        log_in(client, socket)
        history = heard(socket, "history")
        assert history["state"]["flags"]["operational"] is True
        assert {"job", "progress", "temps", "logs", "currentZ", "serverTime"} <= history.keys()
        client.upload("part.gcode", SHORT, print="true")
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["type"] != "PrintDone":
            seen.append(heard(socket, "event"))
        started = next(event for event in seen if event["type"] == "PrintStarted")
        assert started["payload"]["path"] == "part.gcode"
        while (current := heard(socket, "current"))["progress"]["completion"] != 100.0:
            pass
        assert current["job"]["file"]["name"] == "part.gcode"


def test_lines_and_events_come_as_they_are_asked_for(client: Client) -> None:
    with pushed(client) as socket:
        wanted = {"state": {"logs": True, "messages": False}, "events": ["PrintDone"]}
        socket.send(json.dumps({"subscribe": wanted}))
        socket.send(json.dumps({"throttle": 1}))
        log_in(client, socket)
        heard(socket, "history")
        client.done("/api/printer/command", command="M117 over there")
        lines: list[str] = []
        while not any("M117 over there" in line for line in lines):
            lines = heard(socket, "current")["logs"]
        assert all(line.startswith(("Send: ", "Recv: ")) for line in lines)
        client.upload("part.gcode", SHORT, print="true")
        assert heard(socket, "event")["type"] == "PrintDone"


def test_a_stranger_hears_nothing_before_he_says_who_he_is(client: Client, house: House) -> None:
    proxied = {"X_Forwarded_For": "10.0.0.9"}
    with pushed(client, **proxied) as socket:
        assert heard(socket, "connected")
        with pytest.raises(TimeoutError):
            socket.recv(1.5)
        socket.send(json.dumps({"auth": "loopback:guessed"}))
        assert "reauthRequired" in json.loads(socket.recv(GENEROUS_S))
        with pytest.raises(ConnectionClosed):
            socket.recv(GENEROUS_S)
    key = house.plain("key", "create", "phone", "--scope", "watch").stdout.strip()
    with pushed(client, **proxied) as socket:
        log_in(Client(client.address, key), socket)
        assert heard(socket, "history")["state"]["text"] == "Operational"
        house.plain("key", "revoke", "phone")
        for _ in socket:
            pass  # until it is closed


def test_what_makes_no_sense_changes_nothing(client: Client) -> None:
    with pushed(client) as socket:
        for said in ("no json", "[]", '{"throttle": "x", "subscribe": 5}', '{"nothing": 1}'):
            socket.send(said)
        log_in(client, socket)
        assert heard(socket, "history")
    assert client.get("/sockjs/info")["websocket"] is True


def test_what_the_printer_asks_and_says_is_told_as_its_plugins_do(client: Client) -> None:
    with pushed(client) as socket:
        socket.send(json.dumps({"subscribe": {"plugins": ["action_command_prompt"]}}))
        log_in(client, socket)
        heard(socket, "history")
        for line in ("begin Filament in?", "choice Yes", "show"):
            client.done("/api/printer/command", command=f"M118 A1 action:prompt_{line}")
        shown = heard(socket, "plugin")
        assert shown["plugin"] == "action_command_prompt"
        assert shown["data"] == {"action": "show", "text": "Filament in?", "choices": ["Yes"]}
        # Nobody asked for what that plugin tells.
        client.done("/api/printer/command", command="M118 A1 action:notification Hello")
        client.done("/api/printer/command", command="M118 A1 action:prompt_end")
        assert heard(socket, "plugin")["data"] == {"action": "close"}
        socket.send(json.dumps({"subscribe": {"plugins": True}}))
        heard(socket, "history")
        client.done("/api/printer/command", command="M118 A1 action:notification Bye")
        told = heard(socket, "plugin")
        assert told == {"plugin": "action_command_notification", "data": {"message": "Bye"}}


def test_where_the_head_is_is_told_to_who_comes(client: Client) -> None:
    client.done("/api/printer/command", commands=["G28", "G90", "G0 X33", "M114"])
    with pushed(client) as socket:
        while (event := heard(socket, "event"))["type"] != "PositionUpdate" or (
            event["payload"]["x"] != 33.0
        ):
            pass
    with pushed(client) as socket:
        event = heard(socket, "event")
        assert (event["type"], event["payload"]["x"]) == ("PositionUpdate", 33.0)
