"""The port of a real OctoPrint: opened only once it is open, closed only once it is cold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gbterm.backends.octoprint import port
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.connection import ConnectionChoice
from gbterm.credentials import Credentials
from gbterm.errors import LinkError, UsageError, WrongState
from gbterm.model import Phase
from tests.octoprint.live import OctoPrint, running
from tests.octoprint.waiting import phase


@pytest.fixture(scope="module")
def dead_port(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A port that never opens."""
    path = tmp_path_factory.mktemp("ports") / "ttyDead"
    path.symlink_to("/nonexistent/tty")
    return path


@pytest.fixture(scope="module")
def server(dead_port: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    config = {"serial": {"additionalPorts": [str(dead_port)]}}
    with running(tmp_path_factory.mktemp("octoprint"), config) as server:
        yield server


@pytest.fixture(autouse=True)
async def connected(server: OctoPrint, backend: OctoPrintBackend) -> AsyncIterator[None]:
    yield
    await backend.connect_printer()
    server.until(lambda: server.state() == "Operational", "connected again")


async def test_what_can_be_chosen_is_told(backend: OctoPrintBackend, dead_port: Path) -> None:
    options = await backend.connection_options()
    assert options.ports[0] == "AUTO"
    assert {"VIRTUAL", str(dead_port)} <= set(options.ports)
    assert options.baud_rates[0] == 0
    assert 115200 in options.baud_rates
    assert options.profiles == {"_default": "Default"}
    assert options.present.port == "VIRTUAL"
    assert options.present.profile == "_default"


async def test_a_choice_is_made_although_it_is_connected(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    # A bare connect would be answered with 204 and ignored.
    before = server.get("/api/connection")["current"]["baudrate"]
    other = 57600 if before != 57600 else 250000
    await backend.connect_printer_by(ConnectionChoice("VIRTUAL", other, "_default"))
    current = server.get("/api/connection")["current"]
    assert (current["state"], current["baudrate"]) == ("Operational", other)


async def test_a_connect_that_was_taken_is_not_a_connection(
    server: OctoPrint,
    backend: OctoPrintBackend,
    dead_port: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # OctoPrint answers 204, and tries on and on.
    monkeypatch.setattr(port, "OPENED_S", 1.0)
    with pytest.raises(LinkError, match="did not answer in 1 s"):
        await backend.connect_printer_by(ConnectionChoice(str(dead_port), 115200))
    await phase(backend, Phase.CONNECTING)
    assert server.state() != "Operational"
    monkeypatch.undo()
    await backend.connect_printer_by(ConnectionChoice("VIRTUAL", 0))
    await phase(backend, Phase.READY)


async def test_what_is_not_there_can_not_be_chosen(backend: OctoPrintBackend) -> None:
    for choice, offered in (
        (ConnectionChoice(port="/dev/none"), "VIRTUAL"),
        (ConnectionChoice(baud=17), "115200"),
        (ConnectionChoice(profile="none"), "_default"),
    ):
        with pytest.raises(UsageError, match=offered):
            await backend.connect_printer_by(choice)
    assert backend.state.phase is Phase.READY


async def test_reconnecting_leads_out_of_an_error(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.fault("trigger_fatal_error_marlin")
    await phase(backend, Phase.ERROR)
    assert "Thermal Runaway" in backend.state.reason
    assert "Thermal Runaway" in backend.state.last_error
    await backend.reconnect()
    await phase(backend, Phase.READY)
    assert (backend.state.reason, backend.state.last_error) == ("", "")


async def test_it_is_disconnected_with_its_heaters_off(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.post("/api/printer/bed", {"command": "target", "target": 50})
    server.until(
        lambda: server.get("/api/printer")["temperature"].get("bed", {}).get("target") == 50, "hot"
    )
    await backend.disconnect_printer()
    assert server.state() == "Closed"
    await phase(backend, Phase.DISCONNECTED)
    assert "connect" in backend.state.reason
    await backend.disconnect_printer()
    await backend.connect_printer()
    await backend.connect_printer()
    await phase(backend, Phase.READY)


async def test_a_print_keeps_its_port(server: OctoPrint, backend: OctoPrintBackend) -> None:
    server.put("long.gcode", "G28\n" + "G4 P50\n" * 500)
    await backend.start_selected()
    await phase(backend, Phase.EXECUTING)
    for command in (backend.disconnect_printer, backend.reconnect):
        with pytest.raises(WrongState, match="cancel"):
            await command()
    with pytest.raises(WrongState, match="cancel"):
        await backend.connect_printer_by(ConnectionChoice(baud=57600))
    await backend.cancel()
    await phase(backend, Phase.READY)


async def test_a_print_that_was_not_heard_of_keeps_its_port(
    server: OctoPrint, backend: OctoPrintBackend
) -> None:
    server.put("long.gcode", "G28\n" + "G4 P50\n" * 500)
    for command in (backend.disconnect_printer, backend.reconnect):
        # Somebody starts it, and nothing of that is read before the port would be closed.
        server.post("/api/job", {"command": "start"})
        assert backend.state.phase is Phase.READY
        with pytest.raises(WrongState, match="cancel"):
            await command()
        await backend.cancel()
        await phase(backend, Phase.READY)


async def test_who_may_not_is_told(server: OctoPrint) -> None:
    credentials = Credentials(server.key_of("reader", groups=["readonly"]))
    backend = OctoPrintBackend(server.url, credentials=credentials)
    await backend.connect()
    assert backend.state.phase is Phase.READY
    for command in (backend.reconnect, backend.pause, backend.connection_options):
        with pytest.raises(Exception, match="can't"):
            await command()
    await backend.close()
