"""Presets, macros and commands as the console's client has them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gbterm.actions import CommandResult, HostCommand, Macro, Preset, Reply
from gbterm.backends.opengb import records
from gbterm.backends.opengb.client import OpenGbBackend
from gbterm.config import Actions, Program
from gbterm.errors import NeedsConfirmation, NotSupported, PrinterError, UsageError
from tests.server.running import Running

PRESETS = (Preset("PLA", 210.0, 60.0), Preset("oven", chamber=50.0))
MACROS = (Macro("lift", ("G91", "G1 Z1"), "Lift it?", "ctrl+u", "a mm up"),)
GREET = HostCommand("greet", "Greet?", "says hello", True, 5.0)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    programs = (Program(GREET, ("/bin/echo", "hello", "you")),)
    async with Running(actions=Actions(PRESETS, MACROS, programs)) as running:
        yield running


async def test_they_come_as_they_are_configured(backend: OpenGbBackend) -> None:
    assert await backend.presets() == list(PRESETS)
    assert await backend.macros() == list(MACROS)
    assert await backend.commands() == [GREET]


async def test_a_preset_sets_targets_of_one_nozzle_or_all(
    running: Running, backend: OpenGbBackend
) -> None:
    await backend.apply_preset("PLA", 0)
    assert running.device.named("set_temp") == [{"nozzle1": 210, "bed": 60}]
    with pytest.raises(UsageError, match="no preset 'TPU'; there are: PLA, oven"):
        await backend.apply_preset("TPU")


async def test_a_macro_asks_first_and_then_brings_the_boards_words(
    running: Running, backend: OpenGbBackend
) -> None:
    running.device.answers["send_gcode"] = {
        "replies": [{"command": "G91", "lines": []}, {"command": "G1 Z1", "lines": ["fine"]}]
    }
    with pytest.raises(NeedsConfirmation, match=r"^Lift it\?$"):
        await backend.run_macro("lift")
    replies = await backend.run_macro("lift", confirmed=True)
    assert replies == [Reply("G91"), Reply("G1 Z1", ("fine",))]
    assert running.device.named("send_gcode") == [{"commands": "G91\nG1 Z1", "confirmed": True}]


async def test_a_command_asks_first_and_then_brings_its_output(backend: OpenGbBackend) -> None:
    with pytest.raises(NeedsConfirmation, match=r"^Greet\?$"):
        await backend.run_command("greet")
    assert await backend.run_command("greet", confirmed=True) == CommandResult(0, ("hello you",))


async def test_a_server_that_knows_only_opengb_has_none(plainly: OpenGbBackend) -> None:
    for ask in (plainly.presets, plainly.macros, plainly.commands):
        with pytest.raises(NotSupported, match="gigabot can't tell of"):
            await ask()


@pytest.mark.parametrize("answer", [True, None, {}, {"output": 5}, {"exit_code": "x"}])
async def test_what_a_server_says_wrongly_is_an_error_or_nothing(answer: Any) -> None:
    assert records.values(Preset, {"presets": [answer, {"name": "a"}]}, "presets") == [Preset("a")]
    with pytest.raises(PrinterError, match="does not say what came of the command"):
        records.command_result(answer)
