"""What a real OctoPrint does by a name: commands, profiles of temperatures, controls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gbterm.actions import CommandResult, Macro, Preset
from gbterm.backends.octoprint.client import OctoPrintBackend
from gbterm.backends.octoprint.html_text import plain_text
from gbterm.errors import AuthenticationRefused, NeedsConfirmation, UsageError, WrongState
from gbterm.model import Phase
from tests.octoprint.live import LOOKING_KEY, OctoPrint, running
from tests.octoprint.reaching import reached, until

ACTIONS = [
    {
        **{"action": "lamp", "name": "Lamp & co", "command": "echo on > LAMP"},
        "confirm": "<strong>Really?</strong></p><p>It &amp; the fan <em>glow</em>\x1b[2J.",
    },
    {"action": "divider"},
    {"action": "bad", "name": "Bad", "command": "echo oops; printf 'er\\033[2Jr\\n' >&2; exit 3"},
]
CONTROLS = [
    {"name": "Beep", "command": "M300 S440"},
    {
        "name": "Park",
        "children": [
            {"name": "Lift", "commands": ["G91", "G1 Z5", "G90"], "confirm": "Is it <b>free</b>?"},
            {"name": "Ask", "command": "G1 X%(x)s", "input": [{"parameter": "x", "name": "X"}]},
        ],
    },
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    base = tmp_path_factory.mktemp("octoprint")
    lamp = ACTIONS[0] | {"command": f"echo on > '{base}/lamp'"}
    config = {
        "system": {"actions": [lamp, *ACTIONS[1:]]},
        "controls": CONTROLS,
        "server": {"commands": {"serverRestartCommand": f"echo restarted > '{base}/restarted'"}},
        "temperature": {
            "profiles": [
                {"name": "PLA", "extruder": "180", "bed": 60},
                {"name": "Bed only", "extruder": 0, "bed": 50, "chamber": 30},
            ]
        },
    }
    with running(base, config) as server:
        yield server


@pytest.fixture
async def mill(server: OctoPrint) -> AsyncIterator[OctoPrintBackend]:
    async with reached(server) as backend:
        yield backend


async def test_commands_are_told_with_their_questions_in_plain_words(
    mill: OctoPrintBackend,
) -> None:
    commands = {command.name: command for command in await mill.commands()}
    assert sorted(commands) == ["core/restart", "core/restart_safe", "custom/bad", "custom/lamp"]
    lamp, restart = commands["custom/lamp"], commands["core/restart"]
    assert (lamp.description, lamp.safe) == ("Lamp & co", False)
    assert lamp.confirm == "Really? It & the fan glow?[2J."
    assert restart.confirm.startswith("You are about to restart the OctoPrint server. This action")
    assert not restart.safe


async def test_a_command_runs_once_somebody_agreed(
    mill: OctoPrintBackend, server: OctoPrint
) -> None:
    with pytest.raises(NeedsConfirmation, match="Really"):
        await mill.run_command("custom/lamp")
    assert not (server.base / "lamp").exists()
    assert await mill.run_command("custom/lamp", confirmed=True) == CommandResult(0)
    assert (server.base / "lamp").read_text() == "on\n"
    for unknown in ("custom/none", "lamp", "custom/divider", "custom/../core/restart"):
        with pytest.raises(UsageError, match="custom/lamp"):
            await mill.run_command(unknown, confirmed=True)


async def test_a_command_that_fails_tells_its_code_and_what_it_wrote(
    mill: OctoPrintBackend,
) -> None:
    assert await mill.run_command("custom/bad") == CommandResult(3, ("oops", "er?[2Jr"))


async def test_during_a_print_the_server_stays_and_other_commands_are_asked_about(
    mill: OctoPrintBackend, server: OctoPrint, tmp_path: Path
) -> None:
    (tmp_path / "a.gcode").write_bytes(b"G28\n" + b"G4 P200\n" * 500)
    file = await mill.upload(tmp_path / "a.gcode")
    await mill.print_file(file.id)
    await until(lambda: mill.state.phase is Phase.EXECUTING)
    try:
        with pytest.raises(WrongState, match="during a print"):
            await mill.run_command("core/restart", confirmed=True)
        with pytest.raises(NeedsConfirmation, match="prints now"):
            await mill.run_command("custom/bad")
        assert (await mill.run_command("custom/bad", confirmed=True)).exit_code == 3
    finally:
        server.rest()
    assert not (server.base / "restarted").exists()
    await until(lambda: mill.state.phase is Phase.READY)
    await mill.run_command("core/restart", confirmed=True)
    server.until((server.base / "restarted").exists, "its own command ran")


async def test_its_profiles_set_the_targets_of_the_heaters_that_are_there(
    mill: OctoPrintBackend,
) -> None:
    assert await mill.presets() == [Preset("PLA", 180, 60), Preset("Bed only", 0, 50, 30)]
    await mill.apply_preset("PLA")
    await until(lambda: mill.state.nozzles[0].target == 180 and mill.state.bed.target == 60)
    await mill.apply_preset("Bed only")
    await until(lambda: mill.state.bed.target == 50)
    assert mill.state.nozzles[0].target == 0
    assert mill.state.chamber is not None
    await until(lambda: mill.state.chamber and mill.state.chamber.target == 30)
    with pytest.raises(UsageError, match="PLA"):
        await mill.apply_preset("ABS")
    await mill.set_temperature(nozzles={0: 0}, bed=0, chamber=0)


async def test_controls_that_ask_for_nothing_are_macros(mill: OctoPrintBackend) -> None:
    lift = Macro("Park: Lift", ("G91", "G1 Z5", "G90"), "Is it free?")
    assert await mill.macros() == [Macro("Beep", ("M300 S440",)), lift]
    with pytest.raises(NeedsConfirmation, match="free"):
        await mill.run_macro("Park: Lift")
    replies = await mill.run_macro("Park: Lift", confirmed=True)
    assert [reply.command for reply in replies] == list(lift.gcode)


async def test_who_may_only_look_runs_nothing(server: OctoPrint) -> None:
    async with reached(server, LOOKING_KEY) as looker:
        for refused in (looker.commands(), looker.run_command("custom/bad"), looker.macros()):
            with pytest.raises(AuthenticationRefused, match="the key lacks"):
                await refused


def test_html_becomes_words() -> None:
    assert plain_text("a<br>b<script>c</script>&lt;d&gt;&#27;[2J <b>e</b>f") == "a b <d>[2J ef"
    assert len(plain_text("<p>" * 100_000 + "x" * 100_000)) <= 600
