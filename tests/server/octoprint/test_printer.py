"""What the board is told, by OctoPrint's requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.endtoend.house import House, built, wait_until
from tests.server.octoprint.asking import Client
from tests.server.octoprint.conftest import keyed, phase

TOOL, BED, CHAMBER = "/api/printer/tool", "/api/printer/bed", "/api/printer/chamber"
HEAD, COMMAND = "/api/printer/printhead", "/api/printer/command"
PROMPT = "/api/plugin/action_command_prompt"


def lines(house: House) -> list[str]:
    """What the board executed so far."""
    text = house.executed_log.read_text()
    return text[: text.rfind("\n") + 1].splitlines()


@pytest.mark.parametrize(
    ("path", "body", "line"),
    [
        (TOOL, {"command": "target", "targets": {"tool0": 51}}, "M104 T0 S51"),
        (TOOL, {"command": "select", "tool": "tool0"}, "T0"),
        (TOOL, {"command": "flowrate", "factor": 95}, "M221 S95"),
        (TOOL, {"command": "flowrate", "factor": 0.96}, "M221 S96"),
        (BED, {"command": "target", "target": 41}, "M140 S41"),
        (HEAD, {"command": "home", "axes": ["x", "y"]}, "G28 X Y"),
        (HEAD, {"command": "jog", "x": 12.5, "y": 0, "speed": 1200}, "X12.5"),
        (HEAD, {"command": "jog", "x": 3, "absolute": True, "speed": 1200}, "X3"),
        (HEAD, {"command": "feedrate", "factor": 110}, "M220 S110"),
        (COMMAND, {"command": "M117 Hello you"}, "M117 Hello you"),
        (COMMAND, {"commands": ["M117 one", "M117 two"]}, "M117 two"),
    ],
)
def test_what_is_asked_for_is_done(
    client: Client, house: House, path: str, body: dict[str, Any], line: str
) -> None:
    before = len(lines(house))
    client.done(path, **body)
    wait_until(lambda: any(line in one for one in lines(house)[before:]), line)


@pytest.mark.parametrize("yes", ["true", "Yes", "y", "1", 1])
def test_a_place_is_one_by_whichever_yes_it_is_named(
    client: Client, house: House, yes: object
) -> None:
    for absolute in (True, yes):
        client.done(HEAD, command="jog", x=7, absolute=absolute)
    said = house.ask("send_gcode", {"commands": "M114", "wait": True})["result"]
    assert "X:7.00" in str(said)


def test_an_emergency_stop_is_one_on_whichever_line_of_the_commands() -> None:
    with built() as own:
        own.board()
        own.serve("--octoprint-listen", "127.0.0.1:0")
        client = Client(str(own.notice()["octoprint"]))
        client.done(COMMAND, command="G28\nM112\n")
        assert phase(own) == "ERROR"
        assert "G28" not in lines(own)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (TOOL, {"command": "target", "targets": {"tool5": 51}}, 400),
        (TOOL, {"command": "target", "targets": {"tool0": "51"}}, 400),
        (TOOL, {"command": "target", "targets": {"tool0": -5}}, 400),
        (TOOL, {"command": "target", "targets": {"tool0": 999}}, 400),
        (TOOL, {"command": "target", "targets": {}}, 400),
        (TOOL, {"command": "target", "targets": {"nozzle": 1}}, 400),
        (TOOL, {"command": "select", "tool": "tool9"}, 400),
        (TOOL, {"command": "offset", "offsets": {"tool0": 5}}, 409),
        (TOOL, {"command": "extrude"}, 400),
        (TOOL, {"command": "melt"}, 400),
        (BED, {"command": "target", "target": True}, 400),
        (BED, {"command": "offset", "offset": 5}, 409),
        (CHAMBER, {"command": "target", "target": 40}, 400),
        (HEAD, {"command": "jog"}, 400),
        (HEAD, {"command": "jog", "x": "1"}, 400),
        (HEAD, {"command": "home", "axes": "x"}, 400),
        (HEAD, {"command": "feedrate", "factor": None}, 400),
        (COMMAND, {"command": 5}, 400),
        (COMMAND, {"commands": ["M105"] * 2000}, 400),
        (COMMAND, {"command": "M502"}, 409),
        (COMMAND, {"command": "M105", "commands": ["M105"]}, 400),
        (COMMAND, {"script": "x"}, 400),
    ],
)
def test_what_can_not_be_done_is_refused_and_not_sent(
    client: Client, path: str, body: dict[str, Any], status: int
) -> None:
    answer = client.post(path, **body)
    assert (answer.status, bool(answer.error)) == (status, True)


def test_temperatures_are_told_and_remembered(client: Client) -> None:
    client.done(BED, command="target", target=40)
    told = client.until("/api/printer", lambda told: told["temperature"]["bed"]["target"] == 40)
    assert {"tool0", "bed"} <= told["temperature"].keys()
    assert told["state"]["text"] == "Operational"
    assert client.get(TOOL)["tool0"]["actual"] > 0
    assert client.get(BED)["bed"]["target"] == 40
    assert client.ask("GET", CHAMBER).status == 409
    past = client.until(
        "/api/printer?history=true&limit=2&exclude=state,sd",
        lambda told: len(told["temperature"]["history"]) == 2,
    )
    assert past.keys() == {"temperature"}
    assert {"time", "tool0", "bed"} <= past["temperature"]["history"][-1].keys()
    for path, names in ((TOOL, {"time", *client.get(TOOL)}), (BED, {"time", "bed"})):
        told = client.get(f"{path}?history=true&limit=1")
        assert [sample.keys() for sample in told["history"]] == [names]
    client.done(BED, command="target", target=0)


def test_it_is_disconnected_and_connected(client: Client) -> None:
    assert client.get("/api/connection")["current"]["state"] == "Operational"
    client.done("/api/connection", command="connect")  # it is already
    client.done("/api/connection", command="disconnect")
    assert client.get("/api/connection")["current"]["state"] == "Closed"
    assert client.ask("GET", "/api/printer").status == 409
    assert client.post(BED, command="target", target=40).status == 409
    assert client.get("/api/job")["state"] == "Closed"
    assert client.post("/api/connection", command="connect", port="/dev/x").status == 400
    client.done("/api/connection", command="connect", port="AUTO", baudrate=0)
    client.until("/api/connection", lambda told: told["current"]["state"] == "Operational")


def test_a_stop_among_the_commands_is_a_stop_and_connecting_ends_it(
    client: Client, house: House
) -> None:
    client.done(COMMAND, command="m112")
    client.until("/api/connection", lambda told: told["current"]["state"] != "Operational")
    told = client.get("/api/job")
    assert (told["state"], bool(told["error"])) == ("Offline after error", True)
    house.fault("reset")

    def is_back() -> bool:
        client.post("/api/connection", command="connect")
        return bool(client.get("/api/connection")["current"]["state"] == "Operational")

    wait_until(is_back, "it is connected again")


def test_who_asks_is_told_what_he_may_and_how_it_is_set_up(client: Client) -> None:
    user = client.get("/api/currentuser")
    assert user["name"]
    assert {"STATUS", "CONTROL", "PRINT", "FILES_UPLOAD"} <= set(user["permissions"])
    login = client.post("/api/login", passive=True).json
    assert (login["name"], bool(login["session"])) == (user["name"], True)
    assert client.post("/api/login", user="a", **{"pass": "b"}).status == 403
    assert client.post("/api/logout").status == 204
    settings = client.get("/api/settings")
    assert settings["webcam"]["webcamEnabled"] is False
    assert {"name": "PLA", "extruder": 210.0, "bed": 60.0, "chamber": None} in settings[
        "temperature"
    ]["profiles"]
    (profile,) = client.get("/api/printerprofiles")["profiles"].values()
    assert (profile["current"], profile["extruder"]["count"]) == (True, len(client.get(TOOL)))
    assert client.get("/api/server")["version"]
    assert client.get("/api/system/commands") == {"core": [], "custom": [], "plugin": []}
    assert client.get(f"{COMMAND}/custom") == {"controls": []}


def test_what_the_printer_asks_is_told_and_answered(client: Client, house: House) -> None:
    assert client.get(PROMPT) == {}
    assert client.post(PROMPT, command="select", choice=0).status == 409
    for line in ("begin Filament in?", "choice Yes", "choice No", "show"):
        client.done(COMMAND, command=f"M118 A1 action:prompt_{line}")
    asked = client.until(PROMPT, lambda told: told)
    assert asked == {"text": "Filament in?", "choices": ["Yes", "No"]}
    for choice in (2, -1, True, "0", None):
        assert client.post(PROMPT, command="select", choice=choice).status == 400
    before = len(lines(house))
    client.done(PROMPT, command="select", choice=1)
    wait_until(lambda: any("M876 S1" in one for one in lines(house)[before:]), "the answer")
    client.done(COMMAND, command="M118 A1 action:prompt_end")
    client.until(PROMPT, lambda told: not told)


def test_the_size_of_the_machine_is_told_as_far_as_it_is_configured(
    locked: House, client: Client
) -> None:
    sending = keyed(locked, "watch")
    (profile,) = sending.get("/api/printerprofiles")["profiles"].values()
    assert profile == sending.get("/api/printerprofiles/_default")
    sizes = {name: profile["volume"][name] for name in ("width", "depth", "height")}
    assert sizes == {"width": 235, "depth": 210, "height": 250}
    (unknown,) = client.get("/api/printerprofiles")["profiles"].values()
    assert "width" not in unknown["volume"]
