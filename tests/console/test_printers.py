"""The Printers screen on real printers: boards on ptys, hosts, servers on sockets, mDNS."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gbterm import config_edit, config_file
from gbterm.backends.absent import NoPrinter
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.model import Phase
from tests.cli.server import WebSocketServer
from tests.console.conftest import Console, configure, opened, printing
from tests.endtoend.house import GENEROUS_S, House, built
from tests.memory_backend import MemoryBackend

WHY = "No printer is chosen yet."


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A board that is switched on; what the console starts is in its folders."""
    with built() as house:
        for name in ("STATE", "DATA"):
            variable = f"XDG_{name}_HOME"
            monkeypatch.setenv(variable, house.environment[variable])
        house.board()
        yield house
        house.plain("--printer", "ender", "stop", "--force")


async def until(console: Console, text: str) -> None:
    """Wait for what other processes do."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GENEROUS_S
    while text not in console.words:
        assert loop.time() < deadline, console.text
        await console.pilot.pause(0.02)


def noted(console: Console) -> str:
    """What the form says, however it is wrapped."""
    return str(console.app.screen.query_one("#note").render())


def text_and_mode(file: Path) -> tuple[str, int]:
    """What it holds, and who may read it."""
    return file.read_text(), file.stat().st_mode & 0o777


@asynccontextmanager
async def at_the_printers(backend: MemoryBackend) -> AsyncIterator[Console]:
    async with opened(backend) as console:
        await console.press("f8")
        yield console
        await console.app.backend.close()


async def test_a_printer_on_a_port_is_started_and_shown_while_the_old_print_goes_on(
    backend: MemoryBackend, house: House
) -> None:
    configure(f'[printer.ender]\nport = "{house.tty}"\nbaud = 115200\n')
    async with at_the_printers(backend) as console:
        await printing(console)
        left = backend
        await console.press("f8")
        await until(console, "ender not opened")
        await console.press("enter")
        await console.shows("Connecting to ender")
        await until(console, "ender READY")
        assert console.top == "DashboardScreen"
        assert any("box.gcode goes on without the console" in text for text in console.notices)
        assert backend.closed
        assert left.state.phase is Phase.EXECUTING
        assert console.app.attach.endswith("--printer ender")
        await console.press("f4")
        assert "box.gcode" not in console.text
        left.advance()  # nobody listens any more
        await console.rest()
        assert console.app.state.job is None
        await console.press("f8")
        await until(console, "* ender READY")


async def test_a_printer_that_can_not_be_had_leaves_the_old_one(backend: MemoryBackend) -> None:
    configure('[printer.attic]\nurl = "ws://127.0.0.1:1/ws"\n')
    async with at_the_printers(backend) as console:
        await console.shows("attic")
        await console.press("enter")
        await console.shows("No server answers at ws://127.0.0.1:1/ws.")
        await console.press("escape")
        assert console.app.backend is backend
        assert not backend.closed
        backend.say("still here")
        await console.press("f2")
        await console.shows("still here")


async def test_the_stop_goes_to_the_printer_on_show_while_another_is_asked(
    backend: MemoryBackend,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(f'[printer.attic]\nurl = "ws://127.0.0.1:{silent.getsockname()[1]}/ws"\n')
        async with at_the_printers(backend) as console:
            await console.shows("attic")
            await console.press("enter")
            await console.shows("Connecting to attic")
            await console.press("ctrl+backslash")
            await console.shows("STOPPED: the printer confirmed that it halted")
            await console.press("enter")
            await console.shows("Connecting to attic")
            await console.press("escape")
            assert console.top == "PrintersScreen"
            assert backend.state.phase is Phase.ERROR


async def test_a_server_that_wants_a_key_is_given_one(backend: MemoryBackend) -> None:
    with WebSocketServer() as server:
        configure(f'[printer.attic]\nurl = "{server.url}"\n')
        server.refused = HTTPStatus.UNAUTHORIZED
        async with at_the_printers(backend) as console:
            await console.shows("attic")
            await console.press("enter")
            await until(console, "The key for attic")
            await console.press(*"two words", "enter")
            await console.shows("That is no key")
            server.refused = None
            await console.press("ctrl+a", "ctrl+k", *"secret", "enter")
            await until(console, "attic READY")
            await console.shows("Keep the key of attic in")
            assert "secret" not in console.app.attach
            await console.press("right", "enter")
            await console.until(lambda: config_file.load().printers["attic"].key_file)
            file = Path(config_file.load().printers["attic"].key_file)
            assert text_and_mode(file) == ("secret\n", 0o600)


async def test_a_key_that_is_not_given_leaves_the_old_printer(backend: MemoryBackend) -> None:
    with WebSocketServer() as server:
        configure(f'[printer.attic]\nurl = "{server.url}"\n')
        server.refused = HTTPStatus.UNAUTHORIZED
        async with at_the_printers(backend) as console:
            await console.shows("attic")
            await console.press("enter")
            await until(console, "The key for attic")
            await console.press("escape")
            await console.shows("does not accept the key")
            await console.press("enter")
            assert (console.top, console.app.backend) == ("PrintersScreen", backend)


async def test_an_upload_is_not_left(backend: MemoryBackend) -> None:
    configure('[printer.attic]\nurl = "ws://127.0.0.1:1/ws"\n')
    async with at_the_printers(backend) as console:
        await console.shows("attic")
        console.app.under_way = "Uploading box.gcode"
        await console.press("enter")
        await console.says("Uploading box.gcode must end first.")


async def test_servers_on_the_network_are_listed(backend: MemoryBackend) -> None:
    name = uuid.uuid4().hex[:8]
    network = AsyncZeroconf(interfaces=["127.0.0.1"])
    for kind, port in (("_opengb._tcp.local.", 8000), ("_octoprint._tcp.local.", 5000)):
        label = f"{kind[1:5]}{name}"
        info = AsyncServiceInfo(
            kind,
            f"{label}.{kind}",
            port,
            addresses=[socket.inet_aton("127.0.0.1")],
            server=f"{label}.local.",
        )
        await network.async_register_service(info)
    try:
        async with at_the_printers(backend) as console:
            await until(console, f"open{name} not opened")
            await until(console, f"octo{name} needs a key")
    finally:
        await network.async_close()


async def test_a_console_without_a_printer_begins_here() -> None:
    configure('[printer.attic]\nurl = "ws://127.0.0.1:1/ws"\n')
    async with opened(NoPrinter(WHY)) as console:
        assert console.top == "PrintersScreen"
        await console.shows("Enter connects to the selected one, n adds one")
        await console.shows("attic")
        await console.press("f2")
        await console.shows(f"DISCONNECTED {WHY}")
        assert "was true before" not in console.words  # nothing is shown
        assert "Enter connects" not in console.words  # on the Printers screen alone
        for key in ("f2", "f3", "f4", "f5", "f6", "f7", "f9"):
            await console.press(key)
        await console.press("ctrl+backslash")
        await console.shows("NOT CONFIRMED: CUT THE POWER")
        await console.shows("This console has no printer yet")
        await console.press("enter", "ctrl+q")


async def test_a_configuration_that_is_wrong_is_said_and_left_alone(
    backend: MemoryBackend,
) -> None:
    configure("nonsense = 1")
    text = config_edit.user_file().read_text()
    async with at_the_printers(backend) as console:
        await console.shows("nonsense is not known")
        await console.press("n", *"shed", "down", *"/dev/ttyUSB7", "enter")
        await console.until(lambda: "nonsense is not known" in noted(console))
        assert config_edit.user_file().read_text() == text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ((), "Give it a name"),
        (("attic", "/dev/ttyUSB7"), "There is a printer 'attic' already"),
        (("shed", "ttyUSB7"), "must be the full path of a device"),
        (("shed", "/dev/ttyUSB7", "fast"), "Baud rate must be a number"),
        (("shed", "ws://10.0.0.1:8000", "9600"), "Baud rate goes with a printer on a port"),
        (("shed", "/dev/ttyUSB7", "", "", "", "/key"), "File of the key goes with a server"),
        (("shed", "/dev/ttyUSB7", "", "0"), "nozzle_max must be above zero"),
    ],
)
async def test_the_form_says_what_is_wrong(
    backend: MemoryBackend, typed: tuple[str, ...], sentence: str
) -> None:
    configure('[printer.attic]\nurl = "ws://127.0.0.1:1/ws"\n')
    async with at_the_printers(backend) as console:
        await console.shows("attic")
        await console.press("n")
        for text in typed:
            await console.press(*text, "down")
        await console.press("enter")
        await console.until(lambda: sentence in noted(console))
        assert list(config_file.load().printers) == ["attic"]
        await console.press("escape")
        assert console.top == "PrintersScreen"


async def test_a_form_is_filled_with_what_is_known_and_keeps_what_it_does_not_show(
    backend: MemoryBackend,
) -> None:
    configure(
        '[printer.ender]\nport = "/dev/ttyUSB7"  # left\nbaud = 9600\nestop_reset = "dtr"\n'
        "[printer.ender.limits]\nnozzle_max = 260\nfeed_max_mm_s = 200\n"
    )
    async with at_the_printers(backend) as console:
        await console.shows("ender")
        await console.press("e")
        await console.shows("Baud rate 9600 Nozzle at most, °C 260")
        await console.press("down", *"115200", "enter")
        await console.says("ender is in")
        ender = config_file.load().printers["ender"]
        assert (ender.baud, ender.estop_reset) == (115200, "dtr")
        assert (ender.limits.nozzle_max, ender.limits.feed_max_mm_s) == (260, 200)
        assert "# left" in config_edit.user_file().read_text()


async def test_nobody_removes_a_printer_by_enter_alone(backend: MemoryBackend) -> None:
    configure('[printer.attic]\nurl = "ws://127.0.0.1:1/ws"\n')
    async with at_the_printers(backend) as console:
        await console.shows("attic")
        await console.press("x", "enter")
        assert "attic" in config_file.load().printers


async def test_nothing_of_a_running_host_can_be_edited(
    backend: MemoryBackend, house: House
) -> None:
    house.serve()
    async with at_the_printers(backend) as console:
        await until(console, f"{house.tty} READY")
        assert "Edit" not in console.text
        await console.press("x", "d", "e")
        assert console.top == "PrintersScreen"
        await console.press("enter")
        await until(console, "[F2")
        assert isinstance(console.app.backend, OpenGbBackend)
        assert Path(os.environ["XDG_STATE_HOME"]).is_relative_to(house.root)
