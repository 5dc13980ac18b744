"""Every command of the plain mode, on a printer in memory and on a real host with a board."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gbterm.backends.base import Backend
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.errors import GbtermError, WrongState
from gbterm.keymap import ACTIONS
from gbterm.model import Phase
from gbterm.plain.table import ALSO, BY_NAME, COMMANDS
from tests.endtoend.house import House, built
from tests.memory_backend import MemoryBackend
from tests.plain.acts import ACTS, Act
from tests.plain.conftest import WITHIN_S, Talk, talking

ON_A_SCREEN = {
    "go": "chooses a screen",
    "palette": "finds a command by typing a part of its name, which every line does here",
    "jog": "shows the screen whose commands are jog_left and its like, home and extrude",
    **dict.fromkeys(
        ("step_tenth", "step_one", "step_ten", "step_hundred"), "jog_left takes the distance"
    ),
    "set_feed_rate": "jog_left takes the speed",
    "set_filament_length": "extrude takes the length",
    "next_tool": "extrude takes the nozzle",
    "browse": "leaves the line that is typed in",
    "type_gcode": "returns to the line that is typed in",
    "find_older": "find tells all of them",
    "find_newer": "find tells all of them",
    "wrap_lines": "lines are whole",
    "scroll_back": "the terminal keeps what was told",
    "scroll_on": "the terminal keeps what was told",
    "follow": "what comes last is told last",
    "heater_before": "warmer and its like take the heater",
    "heater_after": "warmer and its like take the heater",
    "chart_span": "belongs to a chart",
    "redraw": "draws the screen anew",
    "babystep_size": "babystep_up takes the distance",
    "layer_view": "draws a layer",
}
"""Actions that have no sense in words, and why."""


def test_every_action_is_a_command_too() -> None:
    missing = {action.name for action in ACTIONS} - set(BY_NAME) - set(ALSO) - set(ON_A_SCREEN)
    assert missing == set(), (
        "Add each to the table of its area in gbterm/plain/ and to tests/plain/acts.py, or say in"
        " ON_A_SCREEN why it makes sense on a screen alone."
    )


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(ON_A_SCREEN) <= {action.name for action in ACTIONS}
    assert set(ON_A_SCREEN) & set(BY_NAME) == set()


def test_no_command_is_left_out() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    assert set(names) == {act.name for act in ACTS}


CONFIG = """
[mdns]
search = false
[printer.workshop]
url = "ws://workshop.local:8000/ws"
[macro.lift]
gcode = "M117 up"
confirm = "Is nothing above the head?"
[command.lights]
run = ["/bin/echo", "done"]
description = "the lamp over the printer"
"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One host for all of them; each leaves it READY."""
    with built() as house:
        _configure(house.root / "config")
        house.board("--heat-speed", "20", speed=30)
        house.serve()
        yield house


def _configure(folder: Path) -> None:
    (folder / "gbterm").mkdir(parents=True)
    (folder / "gbterm/config.toml").write_text(CONFIG)


@pytest.fixture(params=["memory", "host"])
async def talk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Talk]:
    """A conversation with each."""
    _configure(tmp_path / "config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    if request.param == "memory":
        async with talking(MemoryBackend(), tmp_path) as talk:
            yield talk
        return
    house: House = request.getfixturevalue("house")
    url = f"unix:{house.run_dir / 'server.sock'}"
    async with talking(OpenGbBackend(url), tmp_path, house=house) as talk:
        yield talk
    backend = OpenGbBackend(url)
    await backend.connect()
    await _rest(backend, house)
    await backend.close()


async def _ready(backend: Backend) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (phase := backend.state.phase) is not Phase.READY:
            with suppress(GbtermError):
                if phase.is_printing:
                    await backend.cancel()
                elif phase in (Phase.ERROR, Phase.DISCONNECTED):
                    await backend.reconnect()
            await asyncio.sleep(0.05)


async def _rest(backend: Backend, house: House) -> None:
    """Leave nothing to the next one."""
    if backend.state.phase is Phase.ERROR:
        house.fault("reset")
    await _ready(backend)
    with suppress(WrongState):  # a print that was lost keeps its file
        await backend.cancel()
    await _ready(backend)
    await backend.set_temperature(nozzles={0: 0}, bed=0)
    await backend.set_speed(100)
    await backend.set_flow(100)
    for file in await backend.files():
        await backend.delete_file(file.id)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: "|".join(act.typed))
async def test_it_does_what_it_says(talk: Talk, act: Act) -> None:
    if act.needs not in talk.backend.capabilities:
        talk.type(act.typed[0])
        await talk.says("Error: ")
        return
    await act.before(talk)
    first, *answers = act.typed
    talk.type(first)
    for text in act.told:
        await talk.says(text)
        talk.type(*answers)
        answers = []
