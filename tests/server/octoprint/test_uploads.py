"""Files on their way: bounded in memory, of any size, and left by nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.endtoend.house import GENEROUS_S, House, wait_until
from tests.server.octoprint.asking import EDGE, Client, form_of

KIND = f"multipart/form-data; boundary={EDGE}"
MIB = 1 << 20


def held_kib(pid: int) -> int:
    """The most that a process ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def drafts(house: House) -> list[Path]:
    return list(Path(house.environment["XDG_DATA_HOME"], "gbterm/gcode").iterdir())


def test_a_large_file_is_not_held_in_memory(client: Client, house: House) -> None:
    # Of long lines, since reading a file for its layers takes its time by lines.
    line = b"; " + b"x" * 60_000 + b"\n"
    pieces = 200 * MIB // len(line)
    head, tail = form_of("big.gcode", b"G28\n", print="false").split(b"G28\n")
    size = len(head) + 4 + pieces * len(line) + len(tail)

    def body() -> Iterator[bytes]:
        yield head + b"G28\n"
        for _ in range(pieces):
            yield line
        yield tail

    before = held_kib(house.pid("server"))
    connection = HTTPConnection(client.address, timeout=GENEROUS_S)
    headers = {"Content-Type": KIND, "Content-Length": str(size)}
    connection.request("POST", "/api/files/local", body(), headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()
    assert held_kib(house.pid("server")) - before < 24 * 1024
    (file,) = client.get("/api/files")["files"]
    assert file["size"] == 4 + pieces * len(line)


def test_of_an_upload_that_breaks_nothing_is_left(client: Client, house: House) -> None:
    known = set(drafts(house))
    host, _, port = client.address.rpartition(":")
    with socket.create_connection((host, int(port)), GENEROUS_S) as broken:
        head = f"POST /api/files/local HTTP/1.1\r\nHost: {client.address}\r\n"
        head += f"Content-Type: {KIND}\r\nContent-Length: 900000\r\n\r\n"
        broken.sendall(head.encode() + form_of("a.gcode", "G28\n" * 10_000)[:-10])
        wait_until(lambda: set(drafts(house)) - known, "the upload is under way")
    wait_until(lambda: set(drafts(house)) == known, "nothing is left")


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(client: Client) -> None:
    form = form_of("part.gcode", "G28\n", print="false")
    host, _, port = client.address.rpartition(":")
    head = f"POST /api/files/local HTTP/1.1\r\nHost: {client.address}\r\nExpect: 100-continue\r\n"
    head += f"Content-Type: {KIND}\r\nContent-Length: {len(form)}\r\nConnection: close\r\n"
    with socket.create_connection((host, int(port)), GENEROUS_S) as asking:
        asking.sendall(head.encode() + b"\r\n")
        assert asking.recv(1000).startswith(b"HTTP/1.1 100 ")
        asking.sendall(form)
        assert asking.recv(1000).startswith(b"HTTP/1.1 201 ")
    with socket.create_connection((host, int(port)), GENEROUS_S) as stranger:
        stranger.sendall(head.encode() + b"X-Api-Key: nobody's\r\n\r\n")
        assert stranger.recv(1000).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"no form", KIND, 400),
        (form_of("a.gcode", "G28\n")[:-20], KIND, 400),
        (b"", "multipart/form-data", 400),
        (form_of("", "G28\n"), KIND, 400),
        (form_of("..", "G28\n"), KIND, 400),
        (form_of("a\0b.gcode", "G28\n"), KIND, 400),
        (
            form_of("a.gcode", "G28\n").replace(b"Content-Type", b"X: 1\r\n" * 1000 + b"X"),
            KIND,
            400,
        ),
        (form_of("a.gcode", "G28\n", path="x" * 10_000), KIND, 400),
        (form_of("a.gcode", "G28\n", **{f"f{n}": "x" for n in range(40)}), KIND, 400),
    ],
)
def test_forms_that_make_no_sense(client: Client, data: bytes, kind: str, status: int) -> None:
    answer = client.ask("POST", "/api/files/local", data, Content_Type=kind)
    assert (answer.status, bool(answer.error)) == (status, True)
    assert client.get("/api/files")["files"] == []


def test_a_folder_is_a_part_of_names_and_nothing_by_itself(client: Client) -> None:
    form = (
        f'--{EDGE}\r\nContent-Disposition: form-data; name="foldername"\r\n\r\ntoys\r\n--{EDGE}--'
    )
    answer = client.ask("POST", "/api/files/local", f"{form}\r\n".encode(), Content_Type=KIND)
    assert (answer.status, answer.json["folder"]["path"]) == (201, "toys")
    assert client.get("/api/files")["files"] == []
