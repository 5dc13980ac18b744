"""What is printed: selecting, starting, pausing, cancelling, as an app does it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from gbterm import wire
from gbterm.errors import WrongState
from gbterm.files import GcodeFile
from gbterm.findings import FileCheck
from gbterm.model import Phase, PrinterState
from gbterm.server.octoprint import job as room
from tests.endtoend.house import House
from tests.server.octoprint.asking import Client

SHORT = "G90\nG28\nG1 X10 F6000\n"
LONG = "G90\nG28\n" + "G1 X10 F60\nG1 X20\n" * 2000


def test_nothing_is_started_where_nothing_is_selected(client: Client) -> None:
    client.upload("part.gcode", SHORT)
    client.done("/api/files/local/part.gcode", command="select")
    client.done("/api/files/local/part.gcode", command="unselect")
    for action in ("pause", "cancel", "restart"):
        answer = client.post("/api/job", command=action)
        assert (answer.status, bool(answer.error)) == (409, True)


def test_what_is_selected_is_told_and_started(client: Client) -> None:
    answer = client.upload("part.gcode", LONG, select="true")
    assert answer.json["effectiveSelect"] is True
    job = client.get("/api/job")
    assert (job["state"], job["job"]["file"]["path"]) == ("Operational", "part.gcode")
    assert job["job"]["file"]["size"] == len(LONG)
    client.done("/api/job", command="start")
    job = client.until("/api/job", lambda job: job["progress"]["completion"])
    assert (job["state"], job["job"]["file"]["name"]) == ("Printing", "part.gcode")
    flags = client.get("/api/printer")["state"]["flags"]
    assert (flags["printing"], flags["operational"], flags["ready"]) == (True, True, False)
    assert client.post("/api/job", command="start").status == 409
    assert client.post("/api/files/local/part.gcode", command="select").status == 409
    # Busy: the file is stored, and why it isn't printed is said.
    answer = client.upload("other.gcode", SHORT, print="true")
    assert (answer.status, answer.json["done"], answer.json["effectivePrint"]) == (409, True, False)
    assert client.ask("DELETE", "/api/files/local/part.gcode").status == 409
    client.done("/api/job", command="pause", action="pause")
    client.until("/api/job", lambda job: job["state"] == "Paused")
    client.done("/api/job", command="pause", action="resume")
    client.until("/api/job", lambda job: job["state"] == "Printing")
    client.done("/api/job", command="pause")
    client.until("/api/job", lambda job: job["state"] == "Paused")
    client.done("/api/job", command="cancel")
    job = client.until("/api/job", lambda job: job["state"] == "Operational")
    assert job["job"]["file"]["name"] == "part.gcode"
    # As with OctoPrint, nothing is left of how far it came.
    assert set(job["progress"].values()) == {None}


def test_a_paused_print_begins_anew(client: Client, house: House) -> None:
    client.upload("part.gcode", LONG, print="true")
    client.until("/api/job", lambda job: job["progress"]["completion"])
    assert client.post("/api/job", command="restart").status == 409
    client.done("/api/job", command="pause", action="pause")
    client.until("/api/job", lambda job: job["state"] == "Paused")
    before = house.ask("get_snapshot")["result"]["state"]["job"]["id"]
    client.done("/api/job", command="restart")
    client.until("/api/job", lambda job: job["state"] == "Printing")
    assert house.ask("get_snapshot")["result"]["state"]["job"]["id"] != before


def test_a_file_is_printed_by_its_path(client: Client, house: House) -> None:
    client.upload("dice.gcode", SHORT, path="toys")
    client.done("/api/files/local/toys/dice.gcode", command="select", print=True)
    house.finish()
    job = client.get("/api/job")
    assert (job["job"]["file"]["path"], job["progress"]["completion"]) == ("toys_dice.gcode", 100.0)
    # The last print's file is the selected one.
    client.done("/api/job", command="start")
    house.finish()


def test_what_makes_no_sense_is_said_in_a_sentence(client: Client) -> None:
    client.upload("part.gcode", SHORT)
    for path, body in (
        ("/api/job", {"command": "fly"}),
        ("/api/job", {"command": "pause", "action": "stop"}),
        ("/api/job", {}),
        ("/api/files/local/part.gcode", {"command": "copy", "destination": "x"}),
    ):
        answer = client.post(path, **body)
        assert (answer.status, bool(answer.error)) == (400, True), (path, body, answer)
    for data in (b"no json", b"[]", b"[" * 100_000):
        answer = client.ask("POST", "/api/job", data)
        assert (answer.status, bool(answer.error)) == (400, True)
    assert client.ask("POST", "/api/job", b" " * 200_000).status == 413
    for path in ("/api/files/local/missing.gcode", "/api/files/local/../../etc/passwd"):
        assert client.ask("GET", path).status == 404


def test_a_file_is_handed_out_also_in_parts(client: Client) -> None:
    content = "G28\n" + "; Würfel\n" * 100_000
    client.upload("part.gcode", content)
    (file,) = client.get("/api/files")["files"]
    path = "/downloads/files/local/part.gcode"
    assert file["refs"]["download"].endswith(path)
    whole = client.ask("GET", path)
    assert (whole.status, whole.data.decode()) == (200, content)
    part = client.ask("GET", path, Range="bytes=4-10")
    assert (part.status, part.data) == (206, content.encode()[4:11])
    assert part.headers["Content-Range"] == f"bytes 4-10/{len(content.encode())}"
    assert client.ask("GET", path, Range="bytes=99999999-").status == 416


def test_names_that_are_free(client: Client) -> None:
    client.upload("part.gcode", SHORT)
    asked = {"storage": "local", "path": "", "filename": "part.gcode"}
    told = client.post("/api/files/test", command="exists", **asked).json
    assert (told["exists"], told["suggestion"]) == (True, "part_1.gcode")
    asked["filename"] = "new.gcode"
    assert client.post("/api/files/test", command="exists", **asked).json == {"exists": False}


def test_a_print_that_could_not_begin_anew_is_not_cancelled_for_it(
    client: Client, house: House
) -> None:
    client.upload("part.gcode", "G90\nM502\n" + LONG)
    file = house.plain("print", "--yes", "part.gcode")
    assert file.returncode == 0, file.stderr
    client.until("/api/job", lambda job: job["progress"]["completion"])
    client.done("/api/job", command="pause", action="pause")
    client.until("/api/job", lambda job: job["state"] == "Paused")
    answer = client.post("/api/job", command="restart")
    assert (answer.status, "M502" in answer.error) == (409, True)
    assert client.get("/api/job")["state"] == "Paused"


class Desk:
    """What a restart draws on, with the phase that a test wants."""

    selected = GcodeFile(1, "part.gcode", 1, "")

    def __init__(self) -> None:
        self.state, self.asked = PrinterState(phase=Phase.PAUSED), asyncio.Event()
        self.printed = False

    async def call(self, _request: object, method: str, **_: object) -> Any:
        if method == "cancel_print":
            self.state = PrinterState(phase=Phase.CANCELLING)
            self.asked.set()
        return wire.to_json(FileCheck())

    async def print(self, *_: object) -> None:
        self.printed = True


async def test_a_print_that_was_stopped_while_it_was_cancelled_does_not_begin_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "LOOK_S", 0)
    desk = Desk()
    restart = asyncio.create_task(room._restart(cast("Any", desk), cast("Any", None)))
    await desk.asked.wait()
    for phase in (Phase.ERROR, Phase.READY):
        desk.state = PrinterState(phase=phase)
        for _ in range(10):
            await asyncio.sleep(0)
    with pytest.raises(WrongState, match="was not begun anew"):
        await restart
    assert not desk.printed
