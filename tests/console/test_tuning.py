"""Speed, flow, fan and babysteps in mid-print: small steps that add up, bounded, or typed."""

from __future__ import annotations

import asyncio

import pytest

from gbterm import events
from gbterm.backends.capability import Capability
from gbterm.model import Phase
from gbterm.screens.tuning import BABYSTEP_EVERY_S, SETTLED_S, Aim
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, console: Console) -> None:
        self.now = console.app.clock()
        console.app.clock = lambda: self.now


async def test_presses_add_up_although_the_board_answers_late(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.gate = asyncio.Event()
        await console.press("+", "+", "+", "-")
        await console.shows("Speed 100 %")
        backend.gate.set()
        await console.shows("Speed 110 %")


async def test_what_somebody_else_set_is_where_the_next_step_begins(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        clock = Clock(console)
        await console.press("+")
        await console.shows("Speed 105 %")
        backend.report(events.SpeedChanged(60.0))
        await console.shows("Speed 60 %")
        clock.now += 1.5 * SETTLED_S
        await console.press("-")
        await console.shows("Speed 55 %")


@pytest.mark.parametrize(
    ("present", "steps", "to"),
    [(100, 1, 105), (298, 1, 300), (300, 1, 300), (500, 1, 500), (27, -1, 25), (10, -1, 10)],
)
def test_a_key_leads_nowhere_that_a_person_would_have_to_type(
    present: float, steps: int, to: float
) -> None:
    aim = Aim(5, (25, 300))
    assert aim.next(present, steps, 100.0) == to


async def test_what_was_typed_wrongly_stays_to_be_mended(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        for text, why in (("fast", "a number of %"), ("1000", "1 to 999 %"), ("0", "1 to 999 %")):
            await console.press("e", *text, "enter")
            await console.shows(why)
            await console.press("escape")
        assert "set_speed" not in backend.calls
        await console.press("e", *"62.5", "enter")
        await console.shows("Speed 62 %")


async def test_a_babystep_down_brings_the_nozzle_nearer_to_the_bed(
    backend: MemoryBackend,
) -> None:
    async with opened(backend) as console:
        await printing(console)
        clock = Clock(console)
        await console.press("d")
        await console.shows("Babystep -0.02 mm d u 0.02 mm")
        clock.now += 1.5 * BABYSTEP_EVERY_S
        await console.press("z", "z", "d")
        await console.shows("Babystep -0.12 mm d u 0.1 mm")
        clock.now += 1.5 * BABYSTEP_EVERY_S
        await console.press("z", "u")
        await console.shows("Babystep -0.11 mm d u 0.01 mm")


async def test_a_key_that_is_held_down_makes_few_babysteps(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        Clock(console)
        await console.press(*["d"] * 30)
        await console.shows("Babystep -0.02 mm")
        assert backend.calls.count("babystep") == 1


async def test_a_babystep_too_far_is_refused_in_a_sentence(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.report(events.BabystepChanged(-2.0))
        await console.press("d")
        await console.says("leads too far")
        assert backend.state.babystep_mm == -2.0


async def test_several_fans_are_told_by_their_numbers(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await backend.set_fan(0, 50)
        await backend.set_fan(2, 75)
        await console.shows("Fan 0 50 %")
        await console.shows("Fan 2 75 %")
        await console.press("o")
        await console.shows("Fan 0 0 %")
        assert backend.state.fans[2] == 75


async def test_no_key_is_named_that_does_nothing() -> None:
    able = EVERYTHING & ~(Capability.BABYSTEP | Capability.OVERRIDES | Capability.FANS)
    backend = MemoryBackend(able)
    async with opened(backend) as console:
        await printing(console)
        await console.shows("Speed 100 %")
        assert "types" not in console.text
        assert "Babystep" not in console.text
        await console.press("+", "-", ".", ",", "e", "f", "b", "o", "u", "d")
        assert console.top == "JobScreen"
        assert {"set_speed", "set_flow", "set_fan", "babystep"}.isdisjoint(backend.calls)


async def test_nothing_is_changed_without_a_print(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await console.press("f4", "+", ".", "o", "d", "w", "l")
        assert console.top == "JobScreen"
        assert {"set_speed", "set_flow", "set_fan", "babystep"}.isdisjoint(backend.calls)
        assert "types" not in console.text


async def test_pauses_are_shown_named_and_taken_back(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        backend.enter_layer(3, 40)
        await console.press("l")
        await console.shows("Layer 3 is printed now.")
        for wrong in ("41", "x", "4 -5"):
            await console.press(*wrong, "enter")
            await console.shows("Type numbers from 1 to 40")
            await console.press("ctrl+u")
        await console.press(*"30,10 20 21 22", "enter")
        await console.shows("Pauses before 10, 20 and 3 more")
        await console.press("l")
        await console.shows("10 20 21 22 30")
        await console.press("ctrl+u", "enter")
        await console.until(lambda: backend.state.job and not backend.state.job.pause_layers)
        await console.until(lambda: "Pauses" not in console.text)


async def test_a_change_of_filament_is_asked_for_at_both_ends(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await printing(console)
        await console.press("w", "enter")
        assert "begin_swap" not in backend.calls
        await console.press("w", "right", "enter")
        await console.shows("FILAMENT SWAP")
        await console.press("n", "enter")
        assert "complete_swap" not in backend.calls
        await console.press("n")
        await console.shows("Is the new filament loaded?")
        backend.report(events.PhaseChanged(Phase.EXECUTING))
        await console.says("The change of filament is over already")
        assert "complete_swap" not in backend.calls
