"""What a client does is the same over every way to a server: ws, wss, a unix socket and ssh."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.credentials import Credentials
from gbterm.events import Event, TemperaturesReported
from gbterm.model import Phase, PrinterState
from tests.endtoend.far import Far
from tests.endtoend.house import House, built
from tests.ports import free_port
from tests.server.test_tls import make_certificate

WAYS = ("ws", "wss", "unix", "ssh")
GCODE = "G28\n" + "G1 X10 F6000\nG1 X90 F6000\n" * 3000
PLAIN = """
import asyncio
from tests.backends.opengb.plain_server import PlainServer
async def main():
    server = PlainServer()
    await server.start()
    print(server.port, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass(frozen=True)
class Way:
    """Leads to the server of a house."""

    house: House
    url: str
    credentials: Credentials = field(default_factory=Credentials)

    def backend(self) -> OpenGbBackend:
        return OpenGbBackend(self.url, None, self.credentials)


def served(house: House, *options: str) -> str:
    """Serve `house` at an address that it keeps."""
    address = f"127.0.0.1:{free_port()}"
    house.board(speed=100)
    house.start("serve", "--port", str(house.tty), "--listen", address, *options)
    return address


@contextmanager
def every_way() -> Iterator[dict[str, Way]]:
    """Of two houses: one is open to this machine, one asks for a key and speaks TLS."""
    with ExitStack() as stack:
        easy, strict = stack.enter_context(built()), stack.enter_context(built())
        (strict.root / "config/gbterm").mkdir(parents=True)
        (strict.root / "config/gbterm/config.toml").write_text('[auth]\nloopback = "key"\n')
        made = strict.plain("key", "create", "panel", "--scope", "admin")
        key = strict.root / "key"
        certificate, private = make_certificate(strict.root)
        key.write_text(made.stdout.strip())
        far = Far(easy)
        stack.callback(far.sshd.close)
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("PATH", far.path)
        address = served(easy)
        secured = served(strict, "--tls-cert", str(certificate), "--tls-key", str(private))
        yield {
            "ws": Way(easy, f"ws://{address}"),
            "wss": Way(strict, f"wss://{secured}", Credentials(key.read_text(), str(certificate))),
            "unix": Way(easy, f"unix:{easy.run_dir / 'server.sock'}"),
            "ssh": Way(easy, "ssh://pi"),
        }


@pytest.fixture(scope="module")
def ways() -> Iterator[dict[str, Way]]:
    """For tests that leave them as they were."""
    with every_way() as ways:
        yield ways


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, ways: dict[str, Way]) -> Way:
    return ways[request.param]


@pytest.fixture
async def backend(way: Way) -> AsyncIterator[OpenGbBackend]:
    backend = way.backend()
    await backend.connect()
    yield backend
    await backend.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait for an outcome; the test's own timeout ends a wait that is in vain."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def reaches(backend: OpenGbBackend, phase: Phase) -> None:
    await until(lambda: backend.state.phase is phase)


async def test_a_print_from_its_upload_to_its_end(backend: OpenGbBackend, tmp_path: Path) -> None:
    await reaches(backend, Phase.READY)
    path, copy = tmp_path / "box.gcode", tmp_path / "copy.gcode"
    path.write_text(GCODE)
    told: list[tuple[int, int]] = []
    file = await backend.upload(path, lambda *progress: told.append(progress))
    assert told[-1] == (len(GCODE), len(GCODE))
    await backend.download_file(file.id, copy)
    assert copy.read_text() == GCODE
    await backend.print_file(file.id)
    await reaches(backend, Phase.EXECUTING)
    await backend.pause()
    await reaches(backend, Phase.PAUSED)
    await backend.resume()
    await until(lambda: backend.state.job is not None and backend.state.job.line > 10)
    await backend.cancel()
    await reaches(backend, Phase.READY)
    await backend.delete_file(file.id)
    assert file.id not in [other.id for other in await backend.files()]


async def test_a_server_that_died_is_reached_again(way: Way, backend: OpenGbBackend) -> None:
    reasons: list[str] = []
    backend.subscribe(lambda _, state: reasons.append(state.reason))
    heard: list[bool] = []
    way.house.kill("server")
    await until(lambda: any(reasons))
    assert "server" in next(filter(None, reasons))
    assert backend.retry is None or backend.retry.attempt >= 1
    await reaches(backend, Phase.READY)
    backend.subscribe(lambda event, _: heard.append(isinstance(event, TemperaturesReported)))
    await until(lambda: any(heard))
    assert [reply.command for reply in await backend.send_gcode("M115")] == ["M115"]


async def test_a_mute_server_is_noticed_within_ten_seconds(
    ways: dict[str, Way], record_property: Callable[[str, object], None]
) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PLAIN, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    port = int(await program.stdout.readline())
    backends = {name: way.backend() for name, way in ways.items()}
    backends["plain"] = OpenGbBackend(f"ws://127.0.0.1:{port}")
    for backend in backends.values():
        await backend.connect()
    mute = [program.pid, *(house.pid("server") for house in {w.house for w in ways.values()})]
    noticed: dict[str, tuple[float, str]] = {}
    begun = time.monotonic()

    def watch(name: str) -> Callable[[Event, PrinterState], None]:
        def note(_: Event, state: PrinterState) -> None:
            if state.phase is Phase.DISCONNECTED:
                noticed.setdefault(name, (time.monotonic() - begun, state.reason))

        return note

    for name, backend in backends.items():
        backend.subscribe(watch(name))
    for number in mute:
        os.kill(number, signal.SIGSTOP)
    try:
        await until(lambda: len(noticed) == len(backends))
    finally:
        for number in mute:
            os.kill(number, signal.SIGCONT)
    for name, (after_s, reason) in noticed.items():
        record_property(name, after_s)
        print(f"{name}: noticed after {after_s:.1f} s")
        assert reason == "The server has said nothing for 8 s.", name
    for backend in backends.values():
        await reaches(backend, Phase.READY)
        await backend.close()
    program.kill()
    await program.wait()


async def test_a_stop_is_confirmed() -> None:
    """The board stays halted, which it confirms to whoever comes later."""
    with every_way() as ways:
        for way in ways.values():
            backend = way.backend()
            await backend.connect()
            assert (await backend.emergency_stop()).confirmed
            await reaches(backend, Phase.ERROR)
            await backend.close()
