"""The launchers as real processes, which give way to the whole program where they must."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gbterm.cli.verbs.table import BY_EIGHT
from gbterm.errors import CommandTimeout, PrinterError, WrongState
from gbterm.model import Phase, PrinterState, Temperature
from gbterm.quick.verbs import QUICK
from tests.cli.conftest import Shell, assert_refused
from tests.cli.printer_process import HEATING, PrinterProcess

ROOT = Path(__file__).parents[2]
WHOLE = 99
"""How the whole program ends where it is replaced, so that it shows."""

IMPORTED = {
    *("__future__", "_json", "_socket"),
    *("gbterm", "gbterm.quick", "gbterm.quick.profile", "gbterm.quick.verbs"),
}
OF_A_HOST = {"gbterm.quick.line", "gbterm.quick.json_text"}


class Launcher:
    """One launcher, with the configuration of a shell."""

    def __init__(self, gbterm: Shell) -> None:
        self._gbterm = gbterm
        self.cache = gbterm.home / "cache" / "gbterm" / "quick"
        self.env = gbterm.env | {"XDG_CACHE_HOME": str(gbterm.home / "cache")}
        self._poison = gbterm.home / "poison"
        (self._poison / "gbterm").mkdir(parents=True)
        (self._poison / "gbterm" / "__init__.py").touch()
        (self._poison / "gbterm" / "__main__.py").write_text(f"raise SystemExit({WHOLE})\n")
        assert gbterm("links", "bin").returncode == 0

    def __call__(self, name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """As a user calls it."""
        return subprocess.run(
            [self._gbterm.home / "bin" / name, *words],
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def quick(self, name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """The same, which ends with `WHOLE` where the whole program would be called."""
        return self(name, *words, PYTHONPATH=str(self._poison), **env)

    def whole(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same by the whole program."""
        return self._gbterm(*words)

    def remember(self) -> None:
        """Have the whole program write the printer down."""
        deadline = time.monotonic() + 30
        while not self.cache.exists():
            assert time.monotonic() < deadline, "nothing was written down"
            self("8pause")


@pytest.fixture
def launcher(gbterm: Shell, printer: PrinterProcess) -> Launcher:
    """For the printer `ender`, which is written down."""
    printer.answers["pause_print"] = lambda _: True
    made = Launcher(gbterm)
    made.remember()
    printer.calls.clear()
    return made


def test_a_host_is_asked_at_once(launcher: Launcher, printer: PrinterProcess) -> None:
    done = launcher.quick("8pause")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert printer.calls == [("pause_print", {})]


@pytest.mark.parametrize("words", [["8status"], ["8status", "-q"], ["8gettemp"], ["8getbed"]])
def test_a_host_is_read_as_by_the_whole_program(
    launcher: Launcher, printer: PrinterProcess, words: list[str]
) -> None:
    state = replace(HEATING, phase=Phase.EXECUTING, reason="")
    printer.states = [replace(state, nozzles=(Temperature(209.846, 215.0), Temperature(24, 0.0)))]
    done = launcher.quick(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == launcher.whole(*words).stdout != ""
    printer.states = [PrinterState(phase=Phase.PAUSING)]  # tells no temperature
    assert launcher.quick(*words).returncode == WHOLE
    printer.answers["get_snapshot"] = lambda _: {"state": {"phase": [], "nozzles": {}, "bed": 1}}
    assert launcher.quick(*words).returncode == WHOLE


def test_the_modules_that_it_imports(launcher: Launcher) -> None:
    code = (
        f"import sys; before = set(sys.modules); sys.path.insert(0, {str(ROOT)!r})\n"
        "from gbterm.quick import verbs; verbs.answer('8pause', [])\n"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-IS", "-c", code],
        env=launcher.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == IMPORTED | OF_A_HOST


def test_what_is_quick_is_a_command() -> None:
    assert set(QUICK) <= set(BY_EIGHT)


def test_what_it_does_not_know_the_whole_program_does(
    launcher: Launcher, printer: PrinterProcess
) -> None:
    for words in (["--json"], ["-v"], ["--printer", "ender"], ["x"], ["--help"]):
        assert launcher.quick("8pause", *words).returncode == WHOLE
    assert launcher.quick("8pause", GBTERM_KEY="key").returncode == WHOLE
    assert launcher.quick("8pause", HOME="/nowhere").returncode == WHOLE
    assert printer.calls == []
    assert launcher("8pause", "--json").stdout == '{\n  "done": true\n}\n'


def test_a_change_of_the_configuration_is_followed(gbterm: Shell, launcher: Launcher) -> None:
    gbterm.config.write_text('[printer.other]\nport = "/dev/ttyX1"\n')
    assert launcher.quick("8pause").returncode == WHOLE
    with PrinterProcess(gbterm.run_dir("other") / "printer.sock") as other:
        other.answers["pause_print"] = lambda _: True
        assert launcher("8pause").returncode == 0
        launcher.cache.unlink(missing_ok=True)
        launcher.remember()
        other.calls.clear()
        assert launcher.quick("8pause").returncode == 0
        assert other.calls == [("pause_print", {})]
    gbterm.config.unlink()
    assert launcher.quick("8pause").returncode == WHOLE


def test_it_is_kept_for_its_user_alone(launcher: Launcher) -> None:
    assert launcher.cache.stat().st_mode == 0o100600
    assert launcher.cache.parent.stat().st_mode & 0o777 == 0o700
    launcher.cache.chmod(0o644)
    assert launcher.quick("8pause").returncode == WHOLE
    launcher.cache.chmod(0o600)
    held = launcher.cache.read_bytes()
    for broken in (b"", b"\n", b"\xff\n", held[:-1], held.replace(b"quick 1", b"quick 0")):
        launcher.cache.write_bytes(broken)
        assert launcher.quick("8pause").returncode == WHOLE, broken
    launcher.cache.write_bytes(held)
    assert launcher.quick("8pause").returncode == 0
    launcher.cache.rename(elsewhere := launcher.cache.with_name("elsewhere"))
    launcher.cache.symlink_to(elsewhere)
    assert launcher.quick("8pause").returncode == WHOLE
    launcher.cache.unlink()
    launcher.cache.mkdir()
    assert launcher.quick("8pause").returncode == WHOLE
    assert launcher("8pause").returncode == 0


def test_another_users_is_not_believed(launcher: Launcher) -> None:
    if os.geteuid() == 0:
        os.chown(launcher.cache, 65534, -1)
    else:
        launcher.cache.unlink()
        launcher.cache.symlink_to("/etc/hosts")
    assert launcher.quick("8pause").returncode == WHOLE


def test_what_a_host_refused_the_whole_program_says(
    launcher: Launcher, printer: PrinterProcess
) -> None:
    printer.refuse("pause_print", WrongState("Nothing is printed."))
    assert launcher.quick("8pause").returncode == WHOLE
    assert_refused(launcher("8pause"), 5, "Nothing is printed.")


def test_what_a_host_began_is_not_repeated(launcher: Launcher, printer: PrinterProcess) -> None:
    printer.refuse("pause_print", PrinterError("It burns\x1b[2J."))
    assert_refused(launcher.quick("8pause"), 7, "It burns?[2J.")
    printer.refuse("pause_print", CommandTimeout("It took too long."))
    assert_refused(launcher.quick("8pause"), 6, "It took too long.")
    for raw in (b"", b"{\n", b'{"id": 1', b"\xff\xfe\n", b"[" * 200000 + b"\n"):
        printer.raw = raw
        assert_refused(launcher.quick("8pause"), 6, "did not answer")
    assert len(printer.calls) == 7


class Impostor:
    """Answers each connection with the same bytes, whatever is asked; the last of them for ever."""

    def __init__(self) -> None:
        self.reply, self.is_endless, self.asked = b"", False, list[bytes]()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._socket.accept()
                with one, suppress(OSError):
                    self.asked.append(one.recv(65536))
                    one.sendall(self.reply)
                    while self.is_endless:
                        one.sendall(b"x" * 65536)

    def answer_with(self, body: bytes) -> None:
        """Reply so, as a server of the kind does."""
        self.reply = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)

    def close(self) -> None:
        # Whoever waits for the next one would take that.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


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
    server.reply = b"HTTP/1.1 500 Internal\r\nContent-Length: 0\r\n\r\n"
    made = Launcher(gbterm)
    made.remember()
    server.asked.clear()
    return made


def test_a_server_is_asked_once(remote: Launcher, server: Impostor) -> None:
    server.reply = b"HTTP/1.1 204 NO CONTENT\r\n\r\n"
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
    told = json.dumps({"OctoPrint_URL": url, "OctoAPI_KEY": "OTHER"})
    (gbterm.home / ".octocmd.conf").write_text(told)
    remote.remember()
    server.asked.clear()
    server.reply = b"HTTP/1.1 204 NO CONTENT\r\n\r\n"
    assert remote.quick("8pause").returncode == 0
    assert b"\r\nX-Api-Key: OTHER\r\n" in server.asked[0]
    (gbterm.home / ".octocmd.conf").unlink()
    assert remote.quick("8pause").returncode == WHOLE


@pytest.mark.parametrize(
    ("reply", "is_endless", "code"),
    [
        (b"HTTP/1.1 409 CONFLICT\r\n\r\n", False, WHOLE),
        (b"HTTP/1.1 403 FORBIDDEN\r\n\r\n", False, WHOLE),
        (b"HTTP/1.1 302 FOUND\r\nLocation: http://evil/\r\n\r\n", False, WHOLE),
        (b"HTTP/1.1 500 OOPS\r\n\r\n", False, 7),
        (b"HTTP/1.1 502 \x1b[2J\r\n\r\n", False, 7),
        (b"Not found", False, 6),
        (b"", False, 6),
        (b"", True, 7),
        (b"\x1b[2J\r\n\r\n", False, 7),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: ", True, 7),
        (b"HTTP/1.1 200 OK\r\n\r\n", True, 7),
        (b"HTTP/1.1 100 CONTINUE\r\n\r\n", False, 7),
    ],
)
def test_a_server_that_is_none(
    remote: Launcher, server: Impostor, reply: bytes, is_endless: bool, code: int
) -> None:
    server.reply, server.is_endless = reply, is_endless
    done = remote.quick("8pause")
    if code == WHOLE:
        assert done.returncode == code
    else:
        assert_refused(done, code, "look whether it was done")
        assert "\x1b" not in done.stderr
    assert len(server.asked) == 1
    assert "SECRET" not in done.stdout + done.stderr


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


@pytest.mark.parametrize("name", READINGS)
def test_a_server_is_read(remote: Launcher, server: Impostor, name: str) -> None:
    server.answer_with(READINGS[name])
    done = remote.quick(name)
    assert done.stdout == PRINTED[name].replace("PORT", str(server.port))
    assert (done.returncode, done.stderr) == (0, "")
    evil = b'{"current": {"state": "\\u001b[2J"}, "tool0": {"actual": "1"}, "bed": []}'
    for body in (evil, b"", b"{", b"[]", b"{}", b"\xff", b"NaN", b"[" * 100000, b'{"bed": 1e999'):
        server.answer_with(body)
        assert remote.quick(name).returncode == WHOLE, body
    server.reply = b"HTTP/1.1 500 OOPS\r\n\r\n"
    assert remote.quick(name).returncode == WHOLE
    server.reply = b""
    assert_refused(remote.quick(name), 6, "did not answer")
