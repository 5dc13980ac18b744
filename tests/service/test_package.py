"""What the scripts of the Debian package ask of the service's printer processes, as root."""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from gbterm import jsonrpc, paths, wire
from gbterm.errors import WrongState
from gbterm.model import PrinterState
from tests.endtoend.house import GENEROUS_S
from tests.service.conftest import Machine
from tests.service.test_processes import OFF, printing

MAINTAIN = Path(__file__).parents[2] / "packaging/deb/maintain.py"
PRINTED = "part.gcode is being printed on bench."
SILENT = "bench doesn't answer, and may print."


def maintain(machine: Machine, *words: str) -> tuple[int, str]:
    """The exit code, and what it says."""
    done = subprocess.run(
        [sys.executable, MAINTAIN, *words],
        env=machine.environment,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def test_a_print_is_cancelled_only_where_somebody_agreed_to_that_very_one(machine: Machine) -> None:
    printing(machine)
    assert maintain(machine, "printing") == (0, PRINTED)
    for other in ("", "a.gcode. " + PRINTED):
        assert maintain(machine, "end", other) == (5, PRINTED)
    machine.wait_for_line(machine.line() + 20)
    assert maintain(machine, "end", f"big.gcode is being printed on mk3.\n{PRINTED}") == (0, "")
    for unit in (machine.printer, machine.server):
        unit.wait()
    assert (machine.printer.codes, machine.server.codes) == ([0], [0])
    assert OFF & set(machine.heard())
    assert "M140 S0" in machine.heard()


def test_an_idle_one_ends_unasked_and_one_that_is_gone_is_no_print(machine: Machine) -> None:
    machine.start_units()
    assert maintain(machine, "printing") == (0, "")
    assert maintain(machine, "end", "") == (0, "")
    machine.printer.wait()
    machine.server.wait()
    left = machine.run_dir / "printer.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    for words in (("printing",), ("end", ""), ("renew",)):
        assert maintain(machine, *words) == (0, "")


class Instance:
    """A socket where the service has that of the printer `bench`; `talk` is who answers there."""

    def __init__(self, path: Path, talk: Callable[[socket.socket], None]) -> None:
        path.parent.mkdir(mode=0o750, parents=True)
        self.path, self._talk = path, talk
        self.calls = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.calls += 1
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            self._talk(client)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """/run, as the scripts see it."""
    # Not below tmp_path: a socket's path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gb-") as root:
        monkeypatch.setattr(paths, "SERVICE_RUN", Path(root) / "gbterm")
        yield Path(root)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, in this process, with little patience."""
    spec = importlib.util.spec_from_file_location("maintain", MAINTAIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("ANSWERED_WITHIN_S", "ENDED_WITHIN_S"):
        monkeypatch.setattr(module, name, 0.3)
    return module


def said(module: ModuleType) -> str:
    """What it says of what is printed by `bench`. Fails where it is still busy with that."""
    answers: list[str] = []
    asking = threading.Thread(
        target=lambda: answers.append(module.may_be_printed("bench")), daemon=True
    )
    asking.start()
    asking.join(GENEROUS_S)
    assert answers, "it asks still"
    return answers[0]


def silence(client: socket.socket) -> None:
    """Never an answer."""
    while client.recv(4096):
        pass


def flood(client: socket.socket) -> None:
    """A line without an end."""
    while True:
        client.sendall(b"x" * 65536)


def events_for_ever(client: socket.socket) -> None:
    """Lines, but not the one that was asked for."""
    while True:
        client.sendall(b'{"jsonrpc": "2.0", "event": "state", "params": {}}\n')


def drip(client: socket.socket) -> None:
    """A byte now and then, each in time."""
    never = threading.Event()
    while not never.wait(0.05):
        client.sendall(b" ")


def nonsense(client: socket.socket) -> None:
    """An answer that says nothing."""
    call = json.loads(client.recv(4096))
    client.sendall(json.dumps({"id": call["id"], "result": {"state": 7}}).encode() + b"\n")
    silence(client)


@pytest.mark.parametrize("talk", [silence, flood, events_for_ever, drip, nonsense])
def test_who_answers_nothing_of_use_is_not_waited_for_and_may_print(
    run: Path, asking: ModuleType, talk: Callable[[socket.socket], None]
) -> None:
    instance = Instance(run / "gbterm/bench/printer.sock", talk)
    try:
        assert said(asking) == SILENT
    finally:
        instance.close()


def others_may_write_beside_it(instance: Path) -> None:
    instance.parent.chmod(0o777)


def others_may_make_instances(instance: Path) -> None:
    instance.parents[1].chmod(0o775)


def it_leads_elsewhere(instance: Path) -> None:
    instance.rename(instance.with_name("other"))
    instance.symlink_to("other")


@pytest.mark.parametrize(
    "spoil", [others_may_write_beside_it, others_may_make_instances, it_leads_elsewhere]
)
def test_a_socket_that_may_be_somebody_elses_is_not_asked(
    run: Path, asking: ModuleType, spoil: Callable[[Path], None]
) -> None:
    instance = Instance(run / "gbterm/bench/printer.sock", silence)
    try:
        spoil(instance.path)
        assert said(asking) == SILENT
        assert instance.calls == 0
    finally:
        instance.close()


def test_a_users_own_host_is_not_asked(
    run: Path, asking: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    users = Instance(run / "home/pi/.local/state/gbterm/run/bench/printer.sock", silence)
    try:
        asking.printing()
        assert (capsys.readouterr().out, users.calls) == ("", 0)
    finally:
        users.close()


def test_a_service_that_is_silent_is_ended_only_where_somebody_agreed(
    run: Path, asking: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = Instance(run / "gbterm/bench/printer.sock", silence)
    try:
        assert asking.end("") == 5
        assert capsys.readouterr().out.strip() == SILENT
        # Then systemd stops it.
        assert asking.end(SILENT) == 0
    finally:
        instance.close()


class Idle:
    """A printer process that answers; `refusal` to end, empty for none."""

    def __init__(self, refusal: str = "") -> None:
        self._refusal = refusal
        self.forced: list[bool] = []

    def __call__(self, client: socket.socket) -> None:
        call = json.loads(client.recv(4096))
        answer = jsonrpc.result(call["id"], {"seq": 0, "state": wire.to_json(PrinterState())})
        if call["method"] == "shutdown":
            self.forced.append(call["params"]["force"])
            answer = jsonrpc.result(call["id"], True)
            if self._refusal:
                answer = jsonrpc.error(call["id"], WrongState(self._refusal))
        client.sendall(answer.encode() + b"\n")
        silence(client)


def test_where_one_stays_those_that_ended_are_served_again(
    run: Path,
    asking: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(asking.systemd, "tell", lambda *words: told.append(words))
    for name in ("ANSWERED_WITHIN_S", "ENDED_WITHIN_S"):  # both answer, sooner or later
        monkeypatch.setattr(asking, name, GENEROUS_S)
    willing, busy = Idle(), Idle("mk3 is hot and busy.")
    instances = [
        Instance(run / f"gbterm/{name}/printer.sock", talk)
        for name, talk in (("bench", willing), ("mk3", busy))
    ]
    try:
        assert asking.end("") == 5
        assert capsys.readouterr().out.strip() == "mk3: mk3 is hot and busy."
        assert (willing.forced, busy.forced) == ([False], [False])
        assert told == [("start", "gbterm-server@bench.service")]
    finally:
        for instance in instances:
            instance.close()
