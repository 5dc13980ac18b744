"""The board on a real pty, as its own process."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DEADLINE = 90.0


class Host:
    """The host's side of the cable."""

    def __init__(self, port: Path) -> None:
        self.fd = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)
        self._heard = b""

    def send(self, data: bytes) -> None:
        os.write(self.fd, data)

    def hear(self, wanted: bytes) -> bytes:
        """All that comes up to and with the wanted text."""
        while wanted not in self._heard:
            ready, _, _ = select.select([self.fd], [], [], DEADLINE)
            assert ready, f"{wanted!r} did not come after {self._heard[-200:]!r}"
            self._heard += os.read(self.fd, 4096)
        before, found, self._heard = self._heard.partition(wanted)
        return before + found

    def hung_up(self) -> bool:
        """Whether the port vanishes."""
        while True:
            try:
                if not os.read(self.fd, 4096):
                    return True
            except OSError:
                return True

    def close(self) -> None:
        os.close(self.fd)


@contextmanager
def board(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gbterm.simulator", "--link", str(folder / "port"), *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"READY {folder / 'port'}\n"
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE)
        process.stdout.close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[[], Host]]:
    opened: list[Host] = []

    def open_port() -> Host:
        opened.append(Host(tmp_path / "port"))
        return opened[-1]

    yield open_port
    for one in opened:
        with_error = one.fd
        try:
            os.close(with_error)
        except OSError:
            continue


def test_open_close_and_open_again(tmp_path: Path, host: Callable[[], Host]) -> None:
    with board(tmp_path, "--speed", "100") as process:
        first = host()
        first.send(b"G28\n")
        assert b"echo:busy: processing" in first.hear(b"ok P15 B3\n")
        first.send(b"G1 X10 F6000\n")
        first.hear(b"ok P14 B3\n")
        first.close()
        second = host()
        second.send(b"M114\n")
        assert b"X:10.00" in second.hear(b"ok P")
        assert process.poll() is None


def test_end_removes_the_link(tmp_path: Path) -> None:
    with board(tmp_path) as process:
        assert (tmp_path / "port").is_symlink()
    assert process.returncode == 0
    assert not (tmp_path / "port").is_symlink()


def simulate(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gbterm.simulator", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )


def test_an_end_that_is_asked_for_again_and_again_removes_the_link_all_the_same(
    tmp_path: Path,
) -> None:
    with board(tmp_path, "--control", str(tmp_path / "control")) as process:
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_a_simulator_uses_is_not_taken(
    tmp_path: Path, host: Callable[[], Host]
) -> None:
    link = tmp_path / "port"
    with board(tmp_path) as process:
        port = link.readlink()
        done = simulate("--link", str(link))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert f"process {process.pid}" in done.stderr
        assert "another --link" in done.stderr
        assert link.readlink() == port
        one = host()
        one.send(b"M105\n")
        one.hear(b"ok T0:")


def test_a_link_whose_simulator_died_is_taken_over(
    tmp_path: Path, host: Callable[[], Host]
) -> None:
    options = ("--control", str(tmp_path / "control"))
    with board(tmp_path, *options) as process:
        process.kill()
        process.wait(DEADLINE)
        assert (tmp_path / "port").is_symlink()
        with board(tmp_path, *options):
            one = host()
            one.send(b"M105\n")
            one.hear(b"ok T0:")
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_others_is_removed_for_a_link_or_a_control_socket(tmp_path: Path) -> None:
    (tmp_path / "by-id").symlink_to("/dev/null")
    (tmp_path / "notes").write_text("mine")
    for options, word in (
        (("--link", str(tmp_path / "by-id")), "leads to /dev/null"),
        (("--link", str(tmp_path / "notes")), "is not a link"),
        (("--link", str(tmp_path / "x"), "--control", str(tmp_path / "notes")), "notes"),
    ):
        done = simulate(*options)
        assert done.returncode == 2
        assert word in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["by-id", "notes"]
    assert (tmp_path / "notes").read_text() == "mine"


def test_opening_resets_where_asked_to(tmp_path: Path, host: Callable[[], Host]) -> None:
    with board(tmp_path, "--reset-on-open", "--boot-delay", "0.2"):
        for _ in range(2):
            one = host()
            assert one.hear(b"start\n") == b"start\n"
            one.hear(b"prompt_end\n")
            one.send(b"M105\n")
            one.hear(b"ok T0:")
            one.close()


def test_faults_through_the_control_socket(tmp_path: Path, host: Callable[[], Host]) -> None:
    with (
        board(tmp_path, "--control", str(tmp_path / "control")),
        socket.socket(socket.AF_UNIX) as control,
    ):
        control.connect(str(tmp_path / "control"))
        control.settimeout(DEADLINE)
        answers = control.makefile("rb")
        one = host()
        one.send(b"M110 N0\n")
        one.hear(b"ok P15 B3\n")
        control.sendall(b"double-ok\nnonsense\n")
        assert answers.readline() == b"ok\n"
        assert answers.readline().startswith(b"There is no fault 'nonsense'")
        one.send(b"M110 N0\n")
        one.hear(b"ok P15 B3\nok P15 B3\n")
        control.sendall(b"unplug 0.1\n")
        assert answers.readline() == b"ok\n"
        assert one.hung_up()
        control.sendall(b"reset\n")
        assert answers.readline() == b"ok\n"
        answers.close()


def test_a_cable_comes_back_under_another_name_and_the_board_has_lived_on(
    tmp_path: Path, host: Callable[[], Host]
) -> None:
    link, control = tmp_path / "port", tmp_path / "control"
    with (
        board(tmp_path, "--control", str(control)),
        socket.socket(socket.AF_UNIX) as client,
    ):
        client.connect(str(control))
        one = host()
        one.send(b"N1 M110 N1*125\n")
        one.hear(b"ok")
        for _ in range(3):
            before = os.path.realpath(link)
            client.sendall(b"unplug 0.05\n")
            assert one.hung_up()
            one.close()
            deadline = time.monotonic() + DEADLINE
            while not link.exists() or os.path.realpath(link) == before:
                assert time.monotonic() < deadline
            one = host()
            one.send(b"\nN7 M105*32\n")
            one.hear(b"Last Line: 1\n")
            one.hear(b"Resend: 2\n")
        one.close()


def test_what_was_written_before_the_port_was_closed_is_not_for_the_board_after_a_reset(
    tmp_path: Path, host: Callable[[], Host]
) -> None:
    with (
        # So quick that it is up again before anybody can look.
        board(tmp_path, "--control", str(tmp_path / "control"), "--speed", "100000") as process,
        socket.socket(socket.AF_UNIX) as control,
    ):
        control.connect(str(tmp_path / "control"))
        control.settimeout(DEADLINE)
        one = host()
        one.send(b"M105\n")
        one.hear(b"ok T0:")
        process.send_signal(signal.SIGSTOP)
        one.send(b"M112\nM112\n")
        one.close()
        control.sendall(b"reset\n")
        process.send_signal(signal.SIGCONT)
        assert control.recv(100) == b"ok\n"
        again = host()
        again.send(b"M105\n")
        assert b"halted" not in again.hear(b"ok T0:")


def test_a_board_lives_slower_and_quicker_when_told_to_and_loses_nothing(
    tmp_path: Path, host: Callable[[], Host]
) -> None:
    with (
        board(tmp_path, "--control", str(tmp_path / "control"), "--speed", "1000"),
        socket.socket(socket.AF_UNIX) as control,
    ):
        control.connect(str(tmp_path / "control"))
        control.settimeout(DEADLINE)
        one = host()
        one.send(b"M118 awake\n")
        one.hear(b"awake")
        one.hear(b"ok")
        control.sendall(b"speed 0.001\n")
        assert control.recv(100) == b"ok\n"
        one.send(b"G4 S100\nM118 rested\n")
        assert not select.select([one.fd], [], [], 0.2)[0]
        control.sendall(b"speed 10000\n")
        assert control.recv(100) == b"ok\n"
        one.hear(b"rested")


def test_log_of_what_was_executed(tmp_path: Path, host: Callable[[], Host]) -> None:
    log = tmp_path / "log"
    with board(tmp_path, "--log", str(log), "--latency-ms", "5", "--baud", "115200"):
        one = host()
        one.send(b"N1 M114*38\n")
        one.hear(b"ok N1 P15 B3\n")
    (entry,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert (entry["n"], entry["line"]) == (1, "M114")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--link", "/nonexistent/folder/port"], "/nonexistent"),
        (["--link", "/etc/passwd"], "is not a link"),
        (["--link", "/tmp/never-made", "--speed", "fast"], "invalid"),
        (["--link", "/tmp/never-made", "--log", "/nonexistent/log"], "/nonexistent/log"),
    ],
)
def test_bad_input_is_one_sentence(options: list[str], word: str) -> None:
    done = simulate(*options)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
