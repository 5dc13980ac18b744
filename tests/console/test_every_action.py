"""Every action of every screen, on a real host with a board and on a real OctoPrint; those that a
network might change also on a host elsewhere. On a printer in memory: test_every_look.py."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.cli.elsewhere import Elsewhere
from gbterm.errors import WrongState
from gbterm.keymap import ACTIONS, BY_NAME, SCREENS
from gbterm.keymap.action import NOTHING, Action
from gbterm.model import Phase
from tests.console import behind
from tests.console.acts import (
    console as of_the_console,
)
from tests.console.acts import (
    dashboard,
    everywhere,
    files,
    job,
    jog,
    printers,
    settings,
    temperature,
)
from tests.console.acts.act import Act
from tests.console.behind import Behind, BehindOctoPrint, Board
from tests.console.conftest import Console, configure, opened
from tests.endtoend.house import GENEROUS_S, House, built
from tests.memory_backend import MemoryBackend
from tests.octoprint.live import OctoPrint

ACTS: tuple[Act, ...] = (
    *(*everywhere.ACTS, *dashboard.ACTS, *files.ACTS, *job.ACTS, *jog.ACTS),
    *(*temperature.ACTS, *of_the_console.ACTS, *printers.ACTS, *settings.ACTS),
)


ON_A_TERMINAL = {"redraw"}
"""What shows on a real one alone, and is tried there: test_on_a_pty.py."""


def test_no_action_is_left_out() -> None:
    assert {act.name for act in ACTS} | ON_A_TERMINAL == {action.name for action in ACTIONS}


NOT_OF_OUR_SERVERS = {
    *("select_file", "start_selected", "restart"),
    *("make_folder", "move_file", "copy_file"),
    "choose_port",
}
LACKING: dict[str, set[str]] = {
    "memory": set(),
    "host": NOT_OF_OUR_SERVERS,
    "remote": NOT_OF_OUR_SERVERS,
    "octoprint": {
        *("view_layers", "layer_view", "pause_layers", "check_file"),
        *("babystep_up", "babystep_down", "babystep_size"),
        *("begin_swap", "complete_swap"),
        *("resume_job", "forget_lost"),
        *("statistics", "history", "bed", "level", "z_offset", "board_settings", "tune", "e_steps"),
    },
}
"""What can't be done there at all; of all other actions each does what it says."""

BY_THE_NETWORK = {
    *("estop", "answer", "reconnect", "macros", "programs"),
    *("details", "connect_printer", "disconnect_printer", "choose_port"),
    *("print", "upload", "view_layers", "download", "rename", "delete", "refresh", "make_folder"),
    *("pause", "resume", "cancel", "speed_up", "babystep_up", "pause_layers", "begin_swap"),
    *("layer_view", "statistics", "history", "resume_job"),
    *("jog_left", "home", "bed", "board_settings", "warmer", "cool_down", "set_fan"),
    *("send", "find", "follow", "save_lines"),
}
"""What is asked of a server; its neighbours ask for the same, or for nothing."""
PAIRS = [
    (kind, act)
    for kind in LACKING
    for act in ACTS
    if kind != "memory" and (kind != "remote" or act.name in BY_THE_NETWORK)
]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One host for all of them; each leaves it READY."""
    with built() as house:
        # However slow this machine is, no nozzle that waits for filament has cooled down meanwhile.
        house.board("--nozzle-timeout", "1e6")
        house.serve()
        yield house


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    """One for all of them; each leaves it as it found it."""
    with behind.octoprint(tmp_path_factory.mktemp("octoprint")) as server:
        yield server


@pytest.fixture
async def console(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Console]:
    """A console on each."""
    if kind == "memory":
        async with opened(MemoryBackend(), folder=tmp_path) as console:
            yield console
        return
    there: Behind
    if kind == "octoprint":
        server: OctoPrint = request.getfixturevalue("server")
        (key := tmp_path / "key").write_text(server.key)
        key.chmod(0o600)
        backend, there = configured(server.url, key), BehindOctoPrint(server)
    else:
        house: House = request.getfixturevalue("house")
        socket = f"unix:{house.run_dir / 'server.sock'}"
        backend = configured(socket if kind == "host" else f"ws://{house.listen()}/ws")
        there = Board(house)
    async with opened(backend, folder=tmp_path, behind=there) as console:
        yield console
        await rest(console)
    await backend.close()
    if kind == "octoprint":
        assert_as_found(server)


def configured(url: str, key: Path | None = None) -> Backend:
    """That of a printer that its user has in the configuration and opens by its name."""
    configure(f'[printer.mill]\nurl = "{url}"\n' + (f'key_file = "{key}"\n' if key else ""))
    return Elsewhere(Namespace()).open("printer", "mill").backend()


async def rest(console: Console) -> None:
    """Leave nothing to the next one."""
    backend = console.app.backend
    async with asyncio.timeout(GENEROUS_S):
        while backend.state.phase is not Phase.READY:
            await lead_back(console)
    with suppress(WrongState):
        await backend.cancel()  # a print that could go on keeps its file
    await backend.set_temperature(nozzles={0: 0}, bed=0)
    await becomes(lambda: not any(h.target for h in (*backend.state.nozzles, backend.state.bed)))
    await backend.set_speed(100)
    await backend.set_flow(100)
    while left := await backend.files():
        with suppress(WrongState):  # until the journal has it that the print is over
            await backend.delete_file(left[0].id)
    if Capability.FOLDERS in backend.capabilities:
        for folder in await backend.folders():
            await backend.delete_folder(folder, confirmed=True)


async def lead_back(console: Console) -> None:
    """A step of the way to READY. What is tried too early is tried again."""
    backend = console.app.backend
    with suppress(WrongState):
        match backend.state.phase:
            case Phase.ERROR:
                await console.behind.power_up()
                await backend.reconnect()
            case Phase.DISCONNECTED:
                await backend.connect_printer()
            case phase if phase.is_printing:
                await backend.cancel()
    await asyncio.sleep(0.01)


async def becomes(true: Callable[[], bool]) -> None:
    """Wait for an outcome."""
    async with asyncio.timeout(GENEROUS_S):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def assert_as_found(server: OctoPrint) -> None:
    """Asked of it past gbterm."""
    assert server.state() == "Operational"
    assert server.get("/api/files?recursive=true")["files"] == []
    heaters = server.get("/api/printer")["temperature"].values()
    assert not any(heater["target"] for heater in heaters)


@pytest.mark.parametrize("kind", LACKING)
def test_what_is_greyed_is_known(console: Console, kind: str) -> None:
    able = console.app.backend.capabilities
    assert {act.name for act in ACTS if BY_NAME[act.name].needs not in able} == LACKING[kind]


@pytest.mark.parametrize(("kind", "act"), PAIRS, ids=[f"{kind}-{act.name}" for kind, act in PAIRS])
async def test_an_action_does_what_it_says(console: Console, act: Act) -> None:
    await act.do(console)


@pytest.mark.parametrize("screen", [*SCREENS, None], ids=lambda screen: screen and screen.name)
async def test_what_a_printer_is_not_able_to_do_its_key_does_not(screen: Action | None) -> None:
    async with opened(MemoryBackend(NOTHING)) as console:
        unable = [act for act in ACTS if needs_of(act, screen.name if screen else "")]
        for act in unable:
            await act.do_nothing(console)
        assert console.backend.calls == ["connect"]
        await console.press("f1")
        for act in unable:
            act.assert_told(console)


def needs_of(act: Act, screen: str) -> Capability:
    """What `act` needs, where it is one of `screen`."""
    action = BY_NAME[act.name]
    return action.needs if action.screen == screen else NOTHING
