"""What every kind of backend does alike, at the real OpenGB server, and what that can't."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from compat.plain import KINDS, Lacking, PlainPrinter, Servers, lacking
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.errors import NoSuchFile, NotSupported
from gbterm.model import Phase
from tests.backends import test_contract as contract
from tests.backends.conftest import backend  # noqa: F401
from tests.backends.kinds import Printer, entered
from tests.backends.test_contract import *  # noqa: F403

EVERYWHERE = partial(dict.fromkeys, KINDS)
LACKING: dict[str, Lacking] = {
    # Its Dummy printer takes 0 for no temperature at all, and tells of no position.
    "test_temperatures_are_set_and_told": {"dummy": TimeoutError},
    "test_a_print_is_paused_resumed_and_cancelled": {"dummy": TimeoutError},
    "test_the_head_is_homed_and_moved": {"dummy": TimeoutError},
    # It tells targets about once a second, and can't be asked for them.
    "test_targets_are_told_as_they_are_now": EVERYWHERE(AssertionError),
    # It keeps its port, and gives no file another name.
    "test_a_port_is_closed_with_its_heaters_off_and_opened_again": EVERYWHERE(AssertionError),
    "test_a_file_is_handed_out_and_renamed_or_refused": EVERYWHERE(NoSuchFile),
}
for name, lacks in LACKING.items():
    globals()[name] = lacking(getattr(contract, name), lacks)
# With a board the server hangs with the stop that it sent, or not: test_client.py has that.
test_after_an_emergency_stop_it_is_told_and_waited = pytest.mark.parametrize(
    "printer", ["dummy"], indirect=True
)(contract.test_after_an_emergency_stop_it_is_told_and_waited)


def calls(it: Backend) -> dict[Capability, Callable[[], Awaitable[object]]]:
    """What it is not able to do, all of it, and how it is asked for."""
    return {
        Capability.PROMPTS: partial(it.answer_prompt, 0),
        Capability.RECONNECT: it.reconnect,
        Capability.OVERRIDES: partial(it.set_speed, 100.0),
        Capability.FILAMENT_SWAP: it.begin_swap,
        Capability.GCODE: partial(it.send_gcode, "M105"),
        Capability.CONSOLE: partial(it.watch_console, lambda _: None),
        Capability.BABYSTEP: partial(it.babystep, 0.1),
        Capability.ACTIONS: it.presets,
        Capability.HISTORY: it.history,
        Capability.LAYERS: partial(it.layers, 1),
        Capability.PAUSE_AT_LAYER: partial(it.set_pause_layers, [1]),
        Capability.STATISTICS: it.stream_statistics,
        Capability.RESUME_JOB: it.resume_point,
        Capability.RENAME: partial(it.rename_file, 1, "a.gcode"),
        Capability.FOLDERS: it.folders,
        Capability.SELECT: partial(it.select_file, 1),
        Capability.CONNECTION: it.connection_options,
        Capability.TEMPERATURE_HISTORY: it.temperature_history,
        Capability.RESET: it.reset_board,
        Capability.CARD: it.card_files,
    }


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One of each kind, begun when it is first needed."""
    with ExitStack() as stack:
        yield Servers(stack, tmp_path_factory.mktemp("servers"))


@pytest.fixture(params=KINDS)
async def printer(request: pytest.FixtureRequest, servers: Servers) -> AsyncIterator[PlainPrinter]:
    """One of each kind, as the one before left it: at rest."""
    printer = servers.printer(request.param)
    await printer.backend.connect()
    await entered(printer.backend, Phase.READY)
    try:
        yield printer
        await printer.rest()
    finally:
        await printer.backend.close()


async def test_what_it_is_not_able_to_do_is_refused(printer: Printer) -> None:
    wanted = calls(printer.backend)
    assert set(~printer.backend.capabilities) == set(wanted)
    for call in wanted.values():
        with pytest.raises(NotSupported, match=printer.kind):
            await call()
