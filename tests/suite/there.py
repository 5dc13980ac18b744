"""A printer of each kind for the commands of the suite, and what its server and board saw."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from gbterm.backends.base import Backend
from gbterm.cli import remote
from gbterm.cli.main import main
from gbterm.cli.target import Target
from gbterm.credentials import Credentials
from gbterm.errors import LinkError, WrongState
from gbterm.model import Phase, PrinterState
from gbterm.text import scrub
from tests.backends.kinds import Worlds, entered, until
from tests.endtoend.house import HURRYING, OF_THE_HOST, House, wait_until

T = TypeVar("T")
HALTED = (Phase.ERROR, Phase.DISCONNECTED)
LONG_PRINT = "G28\n" + "G1 X10 F600\nG1 X100\n" * 2000
"""It goes on for longer than any row takes."""
LAYERED = "\n".join(
    [
        *("M104 S60", "M302 P1", "G28", "G90", "M82"),
        *(
            f";LAYER:{layer}\nG1 Z{layer + 1} F600\nG1 X10 Y10 F3000\n"
            + "".join(f"G1 X{10 + at % 2} E{layer * 200 + at} F600\n" for at in range(1, 101))
            for layer in range(100)
        ),
    ]
)
"""It can go on where it was lost."""
OF_THE_CARD = "M20 L"
"""What is on it, where the files are listed."""
OF_OCTOPRINT = ("M21", "M876 P1", "M27 S1", "M113 S2")
"""What it asks the board by itself once it is connected."""

SEEING = '''
"""Notes each request for something to be done."""

import json

__plugin_name__ = "Seeing"
__plugin_pythoncompat__ = ">=3,<4"


def handlers(*args, **kwargs):
    def note():
        from flask import request

        if request.method != "GET" and request.path not in ("/api/login", "/api/logout"):
            body = request.get_json(silent=True)
            said = f" {json.dumps(body, sort_keys=True)}" if body is not None else ""
            with open("SEEN", "a") as seen:
                seen.write(f"{request.method} {request.path}{said}\\n")

    return [note]


__plugin_hooks__ = {"octoprint.server.api.before_request": handlers}
'''


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


class There:
    """One printer. `options` say on the command line which is meant."""

    def __init__(self, kind: str, worlds: Worlds, folder: Path) -> None:
        self.kind, self.worlds, self.folder = kind, worlds, folder
        self._seen = folder / "seen"
        self.options = self._options()
        self._url = self.options[1]
        self._requests_before = self._executed_before = 0
        self._lingers = False

    @property
    def house(self) -> House:
        """Where its board is."""
        return self.worlds.driven if self.kind == "octoprint" else self.worlds.host

    def _options(self) -> tuple[str, ...]:
        if self.kind == "direct":
            return ("--port", str(self.house.tty))
        if self.kind == "opengb":
            self.house.listen()
            return ("--url", f"ws://{self.worlds.listen}")
        plugins = self.worlds.octoprint_base / "plugins"
        self._seen = self.worlds.octoprint_base / "seen"
        if not plugins.exists():
            plugins.mkdir(parents=True)
            self._seen.touch()
            (plugins / "seeing.py").write_text(SEEING.replace("SEEN", str(self._seen)))
        server = self.worlds.octoprint
        (key := self.folder / "key").write_text(server.key)
        key.chmod(0o600)
        return ("--url", server.url, "--key-file", str(key))

    def __call__(self, *typed: str, stdin: bytes = b"") -> Outcome:
        """Run `gbterm` with these words, in this process."""
        given, out, err = _stream(stdin), _stream(), _stream()
        at, words = (1, typed[:1]) if typed else (0, ())
        argv = [*words, *self.options, *typed[at:]]
        with given, _standing_in(given, out, err):
            code = main(argv)
        return Outcome(code, _text(out), _text(err))

    def done(self) -> set[str]:
        """What the board has done since then besides, without its blanks."""
        self.settle()
        known = {*OF_OCTOPRINT, OF_THE_CARD}
        ours = {line.replace(" ", "") for line in self.executed() if line not in known}
        return ours - {line.replace(" ", "") for line in LONG_PRINT.splitlines()}

    def settle(self) -> None:
        """Wait until the board has done all that it was told."""
        self.ask(lambda backend: backend.send_gcode("M105"))

    def begin(self) -> None:
        """Forget what was seen so far."""
        self._requests_before = len(self._all_requests())
        self._executed_before = len(self._all_executed())

    def requests(self) -> tuple[str, ...]:
        """What OctoPrint was asked to do since then."""
        return tuple(self._all_requests()[self._requests_before :])

    def executed(self) -> tuple[str, ...]:
        """What the board was told since then."""
        return tuple(self._all_executed()[self._executed_before :])

    def has_executed(self, wanted: tuple[str, ...]) -> None:
        """Wait until the board has executed so much, and assert that it is `wanted`."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: len(self.executed()) >= len(wanted), "the commands")
        assert self.executed() == wanted, self.executed()

    def file(self, name: str = "box.gcode", content: str = LONG_PRINT) -> Path:
        """A G-code file on the disk."""
        (path := self.folder / name).write_text(content)
        return path

    def ask(self, question: Callable[[Backend], Awaitable[T]]) -> T:
        """Something of its backend, past the command line."""
        url = self._url if self.kind != "direct" else f"unix:{self.house.run_dir}/server.sock"
        key = self.worlds.octoprint.key if self.kind == "octoprint" else ""
        return remote.ask(Target("there", url=url, credentials=Credentials(key)), question, None)

    def state(self) -> PrinterState:
        """What its backend knows of it."""

        async def look(backend: Backend) -> PrinterState:
            return backend.state

        return self.ask(look)

    def becomes(self, phase: Phase) -> None:
        """Wait until its printer is in `phase`."""
        wait_until(lambda: self.state().phase is phase, f"{phase}")

    def printing(self) -> None:
        """Have it print something that takes long."""
        path = self.file()
        self.ask(lambda backend: _print(backend, path))
        self.becomes(Phase.EXECUTING)

    def lost(self) -> None:
        """Have it lose a print, and its user look after that."""
        path = self.file("tower.gcode", LAYERED)
        self.house.live(30)  # or it may be printed before it is lost
        self.ask(lambda backend: _print(backend, path))
        wait_until(lambda: (job := self.state().job) and (job.layer or 0) > 1, "the second layer")
        self.house.fault("reset")
        self.becomes(Phase.ERROR)
        self.house.live(300)
        self.ask(lambda backend: backend.reconnect())
        self.becomes(Phase.READY)

    def configured(self) -> None:
        """Let octocmd's configuration say which printer is meant, on one line."""
        server = self.worlds.octoprint
        conf = {"OctoPrint_URL": server.url, "OctoAPI_KEY": server.key}
        (self.folder / ".octocmd.conf").write_text(json.dumps(conf))
        self.options = ("--printer", "octocmd")

    def misconfigured(self) -> None:
        """The same with a mistake in it."""
        self.configured()
        path = self.folder / ".octocmd.conf"
        path.write_text(path.read_text()[:-1])

    def disconnected(self) -> None:
        """Close its port."""
        self.ask(lambda backend: backend.disconnect_printer(confirmed=True))
        self.becomes(Phase.DISCONNECTED)

    def halted(self) -> None:
        """Stop it as in an emergency."""
        self.ask(lambda backend: backend.emergency_stop())
        wait_until(lambda: self.state().phase in HALTED, "it has halted")

    def halted_and_reset(self) -> None:
        """The same, and press the board's button."""
        self.halted()
        self.house.fault("reset")

    def paused(self) -> None:
        """The same, paused."""
        self.printing()
        self.ask(lambda backend: backend.pause())
        self.becomes(Phase.PAUSED)

    def linger(self) -> None:
        """What the board does now takes until the end of the row."""
        self.house.live(1)
        self._lingers = True

    def rest(self) -> None:
        """Leave nothing to the next row: connected, READY, cold, no files."""
        if self._lingers:
            self.house.live(HURRYING)
        while self.state().phase in HALTED:
            self.house.fault("reset")
            with contextlib.suppress(LinkError):  # it may still be starting
                self.ask(lambda backend: backend.reconnect())
        self.ask(_rest)

    def _all_requests(self) -> list[str]:
        return self._seen.read_text().splitlines() if self._seen.exists() else []

    def _all_executed(self) -> list[str]:
        text = self.house.executed_log.read_text()
        entries = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        lines = [str(entry["line"]) for entry in entries if "via" not in entry]
        return [line for line in lines if line.split()[0] not in OF_THE_HOST]


async def _print(backend: Backend, path: Path) -> None:
    await backend.print_file((await backend.upload(path)).id)


async def _rest(backend: Backend) -> None:
    state = backend.state
    if state.phase.is_printing or state.phase is Phase.STARTING or state.lost_print:
        with contextlib.suppress(WrongState):
            await backend.cancel()
    await entered(backend, Phase.READY)
    if backend.state.prompt is not None:
        await backend.send_gcode("M118 A1 action:prompt_end")
        await until(lambda: backend.state.prompt is None)
    await backend.set_temperature(nozzles={0: 0.0}, bed=0.0)
    while left := await backend.files():
        with contextlib.suppress(WrongState):  # until it is known everywhere that a print is over
            await backend.delete_file(left[0].id)


def _stream(content: bytes = b"") -> io.TextIOWrapper:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is gone with the stream
    file.write(content)
    file.seek(0)
    return io.TextIOWrapper(file, encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    with stream:
        stream.seek(0)
        return stream.read()


@contextlib.contextmanager
def _standing_in(
    stdin: io.TextIOWrapper, out: io.TextIOWrapper, err: io.TextIOWrapper
) -> Iterator[None]:
    """For the standard streams, as bytes too."""
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in (("stdin", stdin), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        yield


def assert_a_sentence(outcome: Outcome) -> None:
    """One on standard error, nothing else, and nothing that a terminal would act on."""
    assert outcome.out == "", outcome
    assert outcome.err.startswith("gbterm: "), outcome
    assert outcome.err.count("\n") == 1, outcome
    assert scrub(outcome.err.rstrip("\n")) == outcome.err.rstrip("\n")
    assert "Traceback" not in outcome.err
