"""Every action of the console on a printer behind the real OpenGB server, on a simulated board."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from compat.plain import KINDS, PlainPrinter, Servers
from gbterm.backends.base import Backend
from gbterm.keymap import BY_NAME
from gbterm.model import Phase
from tests.console.acts.act import Act
from tests.console.behind import Behind
from tests.console.conftest import Console, _plain_environment, opened  # noqa: F401
from tests.console.test_every_action import ACTS, configured

LACKING = {
    *("answer", "reconnect", "macros", "programs"),
    *("connect_printer", "disconnect_printer", "choose_port"),
    *("view_layers", "rename", "select_file", "make_folder", "move_file", "copy_file"),
    *("start_selected", "restart", "layer_view", "pause_layers", "begin_swap", "complete_swap"),
    *("speed_up", "speed_down", "set_speed", "flow_up", "flow_down", "set_flow"),
    *("babystep_up", "babystep_down", "babystep_size"),
    *("statistics", "history", "resume_job", "forget_lost"),
    *("apply_preset", "send", "hide_ok", "hide_temperatures", "hide_moves"),
}
"""What can't be done there at all."""
TRIED = {
    *("details", "upload", "download", "delete", "refresh", "print"),
    *("pause", "resume", "cancel", "job_fan"),
    *("jog_left", "home", "home_y", "go_to", "motors_off"),
    *("warmer", "set_target", "heater_off", "cool_down", "set_fan"),
}
"""What is asked of the server; its neighbours ask for the same, or for nothing."""
TOLD = [act for act in ACTS if act.name in TRIED]
(STOP,) = (act for act in ACTS if act.name == "estop")


class BehindOpenGb(Behind):
    """The printer behind the server, whose questions that tells nobody."""

    long_print = b"G90\n" + Behind.long_print
    # The server can't tell.
    halted = "NOT CONFIRMED: CUT THE POWER"

    def __init__(self, printer: PlainPrinter) -> None:
        self._printer = printer

    async def power_up(self) -> None:
        await self._printer.power_up()

    async def ask(self, backend: Backend, folder: Path) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One for all of them; each leaves it as it found it."""
    with ExitStack() as stack:
        yield Servers(stack, tmp_path_factory.mktemp("servers"))


@pytest.fixture
def kind() -> str:
    """The printer that the server has."""
    return "board"


@pytest.fixture
async def console(servers: Servers, kind: str, tmp_path: Path) -> AsyncIterator[Console]:
    """A console on it."""
    printer = servers.printer(kind)
    printer.backend = configured(printer.url)
    async with opened(printer.backend, folder=tmp_path, behind=BehindOpenGb(printer)) as console:
        yield console
        await printer.rest()
    await printer.backend.close()


async def test_what_is_greyed_is_known(console: Console) -> None:
    able = console.app.backend.capabilities
    assert {act.name for act in ACTS if BY_NAME[act.name].needs not in able} == LACKING


@pytest.mark.parametrize("act", TOLD, ids=lambda act: act.name)
async def test_an_action_does_what_it_says(console: Console, act: Act) -> None:
    await act.do(console)


async def test_what_it_is_not_able_to_do_its_keys_do_not(console: Console) -> None:
    for act in ACTS:
        if act.name in LACKING:
            await act.do(console)
            await console.press("escape")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_emergency_stop_reaches_the_printer(
    console: Console, servers: Servers, kind: str
) -> None:
    await STOP.do(console)
    if kind == "dummy":
        await console.until(lambda: console.app.state.phase is Phase.ERROR)
    else:
        # It is READY again by itself, or hangs with the stop that it sent.
        log = servers.house.executed_log
        await console.until(lambda: '"M112"' in log.read_text())
    await console.behind.power_up()
