"""Names as slicers and people write them, beside what a real OctoPrint makes of them.

Where the two differ, the row says how; `docs/octoprint.md` lists it.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from tests.endtoend.house import House
from tests.server.octoprint.asking import Client, form_of
from tests.server.octoprint.test_job import LONG
from tests.server.octoprint.test_uploads import KIND, drafts

UPLOAD = "G28\nG1 X1\n"
LONGEST = 200
AT = "/api/files/local/"

KEPT = [
    ("part.g", "", "part.g"),
    ("PART.GCODE", "", "PART.GCODE"),
    ("a.gcode ", "", "a.gcode"),
    ("~a.gcode", "", "~a.gcode"),
    ("Würfel ☃ 立方体.gcode", "", "Würfel ☃ 立方体.gcode"),
    ("a..b.gcode", "", "a..b.gcode"),
    ("x" * (LONGEST - 6) + ".gcode", "", "x" * (LONGEST - 6) + ".gcode"),
    # OctoPrint leaves these characters out, and has folders.
    ("a b;c'd&e%20#?.gcode", "", "a b;c'd&e%20#?.gcode"),
    (".hidden.gcode", "", ".hidden.gcode"),
    ("dice.gcode", "toys/dice", "toys_dice_dice.gcode"),
    ("dice.gcode", "/abs/", "abs_dice.gcode"),
    # What a file is called is not what it is: OctoPrint goes by its name alone.
    ("part", "", "part"),
    ("part.txt", "", "part.txt"),
]
REFUSED = [
    ("..", "", 400),
    (".", "", 400),
    ("../../etc/part.gcode", "", 400),
    ("part.gcode", "../..", 400),
    ("part.gcode", "toys/../..", 400),
    ("x" * LONGEST + ".gcode", "", 415),
    ("part.gcode", "x" * LONGEST, 415),
]


@pytest.mark.parametrize(("name", "path", "stored"), KEPT)
def test_a_file_is_found_by_the_name_it_was_sent_by(
    client: Client, name: str, path: str, stored: str
) -> None:
    answer = client.upload(name, UPLOAD, path=path)
    assert answer.status == 201, answer
    assert answer.json["files"]["local"]["path"] == stored
    asked = AT + quote(f"{path}/{name}".strip(" /"))
    assert client.get(asked)["path"] == stored
    assert [one["path"] for one in client.get("/api/files")["files"]] == [stored]
    client.done(asked, command="select")
    assert client.get("/api/job")["job"]["file"]["path"] == stored
    client.done(asked, command="unselect")
    assert client.ask("DELETE", asked).status == 204
    assert client.ask("GET", asked).status == 404


@pytest.mark.parametrize(("name", "path", "status"), REFUSED)
def test_a_name_that_leads_elsewhere_or_is_too_long_is_refused(
    client: Client, house: House, name: str, path: str, status: int
) -> None:
    known = set(drafts(house))
    answer = client.upload(name, UPLOAD, path=path)
    assert (answer.status, bool(answer.error)) == (status, True)
    assert client.get("/api/files")["files"] == []
    assert set(drafts(house)) == known


@pytest.mark.parametrize("path", ["../x", "%2e%2e/%2e%2e/etc/passwd", "a%00b", "x" * 3000, "%ff"])
def test_what_leads_elsewhere_is_no_file(client: Client, path: str) -> None:
    for answer in (
        client.ask("GET", AT + path),
        client.post(AT + path, command="select"),
        client.ask("DELETE", AT + path),
        client.ask("GET", f"/downloads/files/local/{path}"),
    ):
        assert (answer.status, answer.error.count("\n")) == (404, 0)


def test_a_file_gets_another_name(client: Client) -> None:
    for name in ("a.gcode", "b.gcode"):
        client.upload(name, UPLOAD)
    for destination, status in (
        ("b.gcode", 409),
        ("", 400),
        (None, 400),
        ("../c.gcode", 400),
        ("x" * 300, 415),
        ("toys/c.gcode", 201),
    ):
        answer = client.post(f"{AT}a.gcode", command="move", destination=destination)
        assert answer.status == status, (destination, answer)
    assert answer.headers["Location"].endswith("/api/files/local/toys_c.gcode")
    names = {one["name"] for one in client.get("/api/files")["files"]}
    assert names == {"b.gcode", "toys_c.gcode"}


@pytest.mark.parametrize("content", [b"", b"\x00\x01" * 100, b"hello\nthis is a letter\n"])
def test_what_is_no_gcode_is_refused_whatever_it_is_called(client: Client, content: bytes) -> None:
    answer = client.upload("part.gcode", content)
    assert (answer.status, "part.gcode" in answer.error) == (415, True)
    assert client.get("/api/files")["files"] == []


def test_a_file_that_is_printed_stays_and_the_next_of_its_name_is_found(client: Client) -> None:
    assert client.upload("part.gcode", LONG, print="true").status == 201
    client.until("/api/job", lambda job: job["progress"]["completion"])
    for more in ("", "G1 X2\n"):
        assert client.upload("part.gcode", UPLOAD + more).status == 201
        assert client.get(f"{AT}part.gcode")["size"] == len(UPLOAD + more)
    # The one that is printed, and the last of those that came since.
    assert len(client.get("/api/files")["files"]) == 1
    assert client.get("/api/job")["job"]["file"]["size"] == len(LONG)
    assert client.ask("DELETE", f"{AT}part.gcode").status == 204
    assert client.ask("DELETE", f"{AT}part.gcode").status == 409
    assert client.get(f"{AT}part.gcode")["size"] == len(LONG)
    assert client.get("/api/job")["state"] == "Printing"


@contextmanager
def full(pid: int, most: int) -> Iterator[None]:
    """For a while the process can write no file of more bytes, as on a disk that is full."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_is_said_and_nothing_is_left(client: Client, house: House) -> None:
    known = set(drafts(house))
    with full(house.pid("server"), 1 << 16):
        answer = client.ask(
            "POST", "/api/files/local", form_of("a.gcode", "G1 X1\n" * 50_000), Content_Type=KIND
        )
    assert (answer.status, "disk" in answer.error) == (409, True), answer
    assert set(drafts(house)) == known
    assert client.upload("a.gcode", UPLOAD).status == 201
