"""The launchers beside servers of every temper, each of which ends them as the whole program."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.cli.conftest import Shell, assert_refused
from tests.cli.launching import IMPORTED, NO_CONTENT, WHOLE, Impostor, Launcher, refusal, told


@pytest.fixture
def server() -> Iterator[Impostor]:
    server = Impostor()
    yield server
    with suppress(OSError):
        server.close()


@pytest.fixture
def remote(gbterm: Shell, server: Impostor) -> Launcher:
    """For an OctoPrint that is written down."""
    (key := gbterm.home / "key").write_text("SECRET\n")
    url = f"http://127.0.0.1:{server.port}/octo"
    gbterm.config.write_text(f'[printer.octo]\nurl = "{url}"\nkey_file = "{key}"\n')
    server.replies = [refusal(500)]
    made = Launcher(gbterm)
    made.remember()
    server.asked.clear()
    return made


def test_a_server_is_asked_once(remote: Launcher, server: Impostor) -> None:
    server.replies = [NO_CONTENT]
    done = remote.quick("8pause")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (asked,) = server.asked
    head, _, body = asked.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /octo/api/job HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port)
    assert b"\r\nX-Api-Key: SECRET\r\n" in head
    assert json.loads(body) == {"command": "pause", "action": "pause"}


def test_the_configuration_of_octocmd_does(
    gbterm: Shell, remote: Launcher, server: Impostor
) -> None:
    gbterm.config.unlink()
    remote.cache.unlink()
    url = f"http://127.0.0.1:{server.port}"
    conf = json.dumps({"OctoPrint_URL": url, "OctoAPI_KEY": "OTHER"})
    (gbterm.home / ".octocmd.conf").write_text(conf)
    remote.remember()
    server.asked.clear()
    server.replies = [NO_CONTENT]
    assert remote.quick("8pause").returncode == 0
    assert b"\r\nX-Api-Key: OTHER\r\n" in server.asked[0]
    (gbterm.home / ".octocmd.conf").unlink()
    assert remote.quick("8pause").returncode == WHOLE


def test_what_a_server_refused_the_whole_program_says(remote: Launcher, server: Impostor) -> None:
    for status in (302, 400, 401, 403, 404, 409, 429):
        server.replies = [refusal(status)]
        assert remote.quick("8settemp", "5").returncode == WHOLE
    for words in (["8pause"], ["8jog", "1"], ["8status"]):
        assert remote.quick(*words).returncode == WHOLE
    assert len(server.asked) == 10


NONE = (
    (refusal(500), False, 7),
    (b"", False, 4),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", False, 4),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", True, 4),
    (b"HTTP/1.1 502 \x1b[2J\r\n\r\n", False, 7),
    (b"Not found", False, 4),
    (b"", True, 4),
    (b"\x1b[2J\r\n\r\n", False, 4),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: ", True, 4),
    (b"HTTP/1.1 100 CONTINUE\r\n\r\n", False, 4),
)
"""What a server replies that is none, whether that goes on for ever, and the exit code."""


def test_what_may_be_done_is_not_repeated(remote: Launcher, server: Impostor) -> None:
    for reply, server.is_endless, code in NONE:
        server.replies = [reply]
        done = remote.quick("8pause")
        assert_refused(done, code, "look whether it was done")
        assert "\x1b" not in done.stderr
        assert "SECRET" not in done.stdout + done.stderr
    assert len(server.asked) == len(NONE)
    # The whole program ends so too.
    for reply, server.is_endless, code in NONE[:4]:
        server.replies = [reply]
        assert remote.whole("pause").returncode == code


def test_a_server_that_goes_silent_is_given_up(remote: Launcher, server: Impostor) -> None:
    remote.limit("30.0", "0.3")
    server.is_silent = True
    halves = (b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    for server.replies in ([half] for half in halves):
        # The whole program has not even been let in by then.
        assert_refused(remote.quick("8pause"), 4, "did not answer in time: look whether it was")
        assert_refused(remote.quick("8status"), 4, "did not answer in time.")
    remote.limit("0.3", "4.0")  # of which the first answer may take a part
    for server.replies in ([IDLE, half] for half in halves):
        assert_refused(remote.quick("8jog", "1"), 6, "did not answer in time: look whether")
    assert server.requests().count("POST /octo/api/printer/printhead") == 3


def test_a_server_that_takes_no_connection_is_given_up(remote: Launcher) -> None:
    remote.limit("8.0", "0.2")
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fills = [socket.socket() for _ in range(4)]
        for one in fills:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        held = remote.cache.read_text().split("\t")
        held[-3] = str(port)
        remote.cache.write_text("\t".join(held))
        assert_refused(remote.quick("8pause"), 6, "did not answer in time.")
        for one in fills:
            one.close()


IDLE = told(b'{"state": {"text": "Operational", "flags": {"paused": false}}}')
ASKED = ["GET /octo/api/printer?exclude=temperature,sd", "POST /octo/api/printer/printhead"]


def test_a_move_is_asked_for_after_a_look_at_the_state(remote: Launcher, server: Impostor) -> None:
    server.replies = [IDLE, NO_CONTENT]
    for words in (["8jog", "1"], ["8home"]):
        done = remote.quick(*words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert server.requests() == ASKED
        server.asked.clear()
    # What may have been done is not done again.
    for reply, code in ((refusal(500), 7), (b"", 4)):
        server.replies = [IDLE, reply]
        assert_refused(remote.quick("8jog", "1"), code, "look whether it was done")
        assert server.requests() == ASKED
        server.asked.clear()
    server.replies = [IDLE, refusal(409)]
    assert remote.quick("8jog", "1").returncode == WHOLE
    assert server.requests() == ASKED


ELSE = (
    *(told(b'{"state": {"text": "%s"}}' % state) for state in (b"Paused", b"Printing", b"X")),
    *(told(body) for body in (b"{}", b"[]", b"", b'{"state": "Operational"}')),
    told(b'{"state": {"text": "Operational"}}', b"Connection: close\r\n"),
    b"HTTP/1.0 200 OK\r\nContent-Length: 34\r\n\r\n" + b'{"state": {"text": "Operational"}}',
    refusal(409),
)
"""What is told where no move may be asked for, or by a connection that takes no more."""


def test_no_move_is_asked_for_in_another_state(remote: Launcher, server: Impostor) -> None:
    for reply in ELSE:
        server.replies = [reply, NO_CONTENT]
        assert remote.quick("8jog", "1").returncode == WHOLE
    for words in (["8home"], ["8stepoff"]):
        assert remote.quick(*words).returncode == WHOLE
    assert server.requests() == ASKED[:1] * (len(ELSE) + 2)


LOOKED_AT = [
    (["8feed", "90"], b'{"profiles": {"a": {"current": true, "extruder": {"count": 1}}}}', True),
    (["8feed", "90"], b'{"profiles": {"a": {"current": true, "extruder": {"count": 2}}}}', False),
    (["8feed", "90"], b'{"profiles": {"a": {"extruder": {"count": 1}}}}', False),
    (["8feed", "90"], b'{"profiles": []}', False),
    (["8resume"], b'{"state": "Paused"}', True),
    (["8resume"], b'{"state": "Pausing"}', False),
    (["8resume"], b"[]", False),
    (["8click"], b'{"text": "Go on?", "choices": ["Yes"]}', True),
    (["8click"], b"{}", False),
    (["8servo", "1", "2"], b'{"state": {"text": "Paused"}}', True),
    (["8servo", "1", "2"], b'{"state": {"text": "Printing"}}', False),
]


def test_what_decides_is_looked_at(remote: Launcher, server: Impostor) -> None:
    for words, look, is_done in LOOKED_AT:
        server.replies = [told(look), NO_CONTENT]
        server.asked.clear()
        assert remote.quick(*words).returncode == (0 if is_done else WHOLE)
        assert [one.split()[0] for one in server.requests()] == ["GET", "POST"][: 1 + is_done]


def test_a_print_has_started_once_that_is_seen(remote: Launcher, server: Impostor) -> None:
    path = b'"job": {"file": {"path": "box.gcode"}}'
    ready, prints = told(b'{"state": "Operational", %s}' % path), told(b'{"state": "Starting"}')
    server.replies = [ready, NO_CONTENT, ready, prints]
    assert remote.quick("8start").returncode == 0
    assert server.requests() == [
        *("GET /octo/api/job", "POST /octo/api/job"),
        *("GET /octo/api/job", "GET /octo/api/job"),
    ]
    remote.limit("30.0", "4.0")
    server.replies = [ready, NO_CONTENT, *[ready] * 1000]
    assert_refused(remote.quick("8start"), 6, "look whether it was done")
    server.replies = [ready, NO_CONTENT, refusal(409)]
    assert_refused(remote.quick("8start"), 7, "look whether it was done")
    for body in (b'{"state": "Operational", "job": {"file": {"path": null}}}', b'{"state": "X"}'):
        server.replies = [told(body)]
        assert remote.quick("8start").returncode == WHOLE


def test_a_server_that_is_down_the_whole_program_says(remote: Launcher, server: Impostor) -> None:
    server.close()
    assert remote.quick("8pause").returncode == WHOLE


READINGS = {
    "8status": b'{"current": {"state": "Printing from SD"}}',
    "8gettemp": b'{"tool1": {"actual": 21.3}, "tool0": {"actual": 200}}',
    "8getbed": b' {"bed": {"actual": 60.126, "target": 0}, "x": 1}',
}
PRINTED = {
    "8status": "Machine: http://127.0.0.1:PORT/octo\nPrinting from SD\n",
    "8gettemp": "21.3\n200.0\n",
    "8getbed": "60.13\n",
}


def test_a_server_is_read(remote: Launcher, server: Impostor) -> None:
    for name, body in READINGS.items():
        server.replies = [told(body)]
        done = remote.quick(name)
        assert done.stdout == PRINTED[name].replace("PORT", str(server.port))
        assert (done.returncode, done.stderr) == (0, "")


EVIL = b'{"current": {"state": "\\u001b[2J"}, "tool0": {"actual": "1"}, "bed": []}'


def test_what_can_not_be_read_the_whole_program_says(remote: Launcher, server: Impostor) -> None:
    for body in (EVIL, b"", b"{", b"[]", b"{}", b"\xff", b"NaN", b"[" * 100000, b'{"bed": 1e999'):
        server.replies = [told(body)]
        assert remote.quick("8gettemp").returncode == WHOLE, body
    server.replies = [told(EVIL)]
    for name in ("8status", "8getbed"):
        assert remote.quick(name).returncode == WHOLE
    server.replies = [refusal(500)]
    assert remote.quick("8status").returncode == WHOLE
    server.replies = [b""]
    assert_refused(remote.quick("8status"), 4, "broke.")


def test_the_modules_that_it_imports(remote: Launcher, server: Impostor) -> None:
    server.replies = [IDLE, NO_CONTENT, NO_CONTENT]
    of_a_server = {"gbterm.octoprint_requests", "gbterm.quick.http", "gbterm.quick.octoprint"}
    assert remote.imported("8jog", "1") == IMPORTED | of_a_server
