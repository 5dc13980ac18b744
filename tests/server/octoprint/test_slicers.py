"""What slicers ask of an OctoPrint, as their sources have it."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.endtoend.house import House
from tests.server.octoprint.asking import Client, fields_of, file_of

SHORT = "G90\nG28\nG1 X10 F6000\n"


def test_prusaslicer_and_its_kin_take_the_server_for_an_octoprint(client: Client) -> None:
    # OctoPrint::test of PrusaSlicer, SuperSlicer and OrcaSlicer alike: it wants an `api`, and a
    # `text` that begins so.
    version = client.get("/api/version")
    assert version["api"]
    assert version["text"].startswith("OctoPrint")
    assert "gbterm" in version["text"]


def test_prusaslicer_sends_a_file(client: Client) -> None:
    answer = client.upload("part.gcode", SHORT, print="false", path="")
    assert answer.status == 201, answer
    assert answer.json["done"] is True
    assert (answer.json["effectiveSelect"], answer.json["effectivePrint"]) == (False, False)
    assert answer.json["files"]["local"]["path"] == "part.gcode"
    (file,) = client.get("/api/files/local")["files"]
    assert (file["name"], file["size"]) == ("part.gcode", len(SHORT))


def test_prusaslicer_sends_a_file_and_prints_it(client: Client, house: House) -> None:
    answer = client.upload("part.gcode", SHORT, print="true", path="")
    assert answer.status == 201, answer
    assert (answer.json["effectiveSelect"], answer.json["effectivePrint"]) == (False, True)
    house.finish()
    assert "part.gcode" in house.run("status").stdout


def test_the_same_file_again_replaces_the_first(client: Client) -> None:
    for content in (SHORT, SHORT + "G1 X20\n"):
        assert client.upload("part.gcode", content, print="false", path="").status == 201
    (file,) = client.get("/api/files/local")["files"]
    assert file["size"] == len(SHORT) + 7
    answer = client.upload("part.gcode", SHORT, noOverwrite="true")
    assert answer.status == 409
    assert "part.gcode" in answer.error


def test_a_name_of_another_script_and_a_folder_become_a_name(client: Client) -> None:
    answer = client.upload("Würfel 2.gcode", SHORT, print="false", path="toys/dice")
    assert answer.json["files"]["local"]["path"] == "toys_dice_Würfel 2.gcode"


def test_a_file_that_somebody_has_to_agree_to_is_kept_and_not_printed(client: Client) -> None:
    answer = client.upload("part.gcode", "G90\nM502\n" + SHORT, print="true")
    assert answer.status == 409
    assert "M502" in answer.error
    assert (answer.json["done"], answer.json["effectivePrint"]) == (True, False)
    assert [file["name"] for file in client.get("/api/files")["files"]] == ["part.gcode"]
    assert client.get("/api/version")


def test_what_is_no_gcode_is_refused(client: Client) -> None:
    answer = client.upload("part.gcode", b"\x00\x01\x02" * 100, print="false")
    assert answer.status == 415, answer
    assert client.get("/api/files")["files"] == []


def test_cura_looks_at_the_printer_and_sends_a_print(client: Client, house: House) -> None:
    # OctoPrintOutputDevicePlugin: what it reads of each before and while it prints.
    settings = client.get("/api/settings")
    assert (settings["feature"]["sdSupport"], settings["webcam"]["streamUrl"]) == (False, "")
    printer = client.get("/api/printer")
    assert printer["state"]["flags"]["operational"] is True
    assert {"actual", "target"} <= printer["temperature"]["tool0"].keys()
    answer = client.send(
        fields_of(path="cura")
        + file_of("part.gcode", SHORT)
        + fields_of(select="true", print="true")
    )
    assert (answer.status, answer.json["effectivePrint"]) == (201, True)
    assert answer.headers["Location"].endswith("/api/files/local/cura_part.gcode")
    house.finish()
    job = client.get("/api/job")
    assert job["job"]["file"]["name"] == "cura_part.gcode"
    assert (job["progress"]["completion"], job["state"]) == (100.0, "Operational")


def test_cura_queues_a_file_and_prints_it_by_a_request_of_its_own(
    client: Client, house: House
) -> None:
    answer = client.send(fields_of(path="") + file_of("part.gcode", SHORT))
    assert (answer.status, answer.json["effectiveSelect"]) == (201, False)
    at = urlsplit(answer.headers["Location"]).path
    assert client.get(at)["name"] == "part.gcode"
    client.done(at, command="select", print=True)
    house.finish()


def test_what_slicers_show_where_they_are_refused_is_a_sentence(client: Client) -> None:
    # format_error of PrusaSlicer and its kin shows the body as it is.
    answer = client.upload("part.gcode", b"\x00" * 10, print="true", path="")
    assert (answer.status, answer.headers["Content-Type"]) == (
        415,
        "application/json; charset=utf-8",
    )
    assert answer.error.endswith(".")


def test_cura_connects_a_printer_and_asks_for_its_profile(client: Client) -> None:
    login = client.post("/api/login", passive=True)
    assert (login.status, bool(login.json["name"])) == (200, True)
    (profile,) = client.get("/api/printerprofiles")["profiles"].values()
    assert (profile["current"], profile["axes"].keys()) == (True, set("xyze"))
    client.done("/api/connection", command="connect")
    client.done("/api/printer/command", commands=["M117 from Cura", "M105"])
    job = client.get("/api/job")
    assert {"estimatedPrintTime", "file"} <= job["job"].keys()
    assert {"completion", "printTime", "printTimeLeft"} <= job["progress"].keys()
