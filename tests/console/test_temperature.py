"""The console remembers temperatures, draws them and sets them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from gbterm import events
from gbterm.actions import Preset
from gbterm.backends.capability import Capability
from gbterm.config import Limits
from gbterm.errors import OutOfRange, UsageError
from gbterm.model import Phase, PrinterState, Temperature
from gbterm.screens.numbers import fan_percent
from gbterm.settling import SETTLE_S
from gbterm.temperatures import Sample, Temperatures
from gbterm.terminal import Glyphs
from gbterm.widgets.curves import curves, marks
from tests.console.conftest import Console, opened, printing
from tests.memory_backend import EVERYTHING, MemoryBackend

THREE = PrinterState(
    phase=Phase.READY,
    nozzles=(Temperature(200.0, 210.0), Temperature(150.0, 0.0)),
    bed=Temperature(60.0, 60.0),
    chamber=Temperature(31.0, 40.0),
)


class Clock:
    """Goes on only where a test lets it."""

    now = 10_000_000.0

    def __call__(self) -> float:
        return self.now


def asked(backend: MemoryBackend) -> int:
    return backend.calls.count("set_temperature")


async def looking(console: Console) -> Clock:
    """The Temperature screen, with the test's clock."""
    console.app.clock = clock = Clock()
    console.app.temperatures = Temperatures()
    console.app.temperatures.take(console.app.state, clock.now)
    await console.press("f6")
    await console.shows("Bed")
    return clock


async def test_what_the_printer_reports_is_remembered_by_the_clock(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        clock = await looking(console)
        for degrees in (30.0, 40.0, 50.0):
            clock.now += 10
            backend.report(events.TemperaturesReported({0: Temperature(degrees, 210.0)}))
            await console.rest()
        assert console.app.temperatures.trend("nozzle1", clock.now) == pytest.approx(60)
        await console.shows("50 / 210 °C heating ↑ 60 °C/min")


async def test_a_held_arrow_sends_the_last_target_once(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        clock = await looking(console)
        for _ in range(10):
            await console.pilot.press("right")
            clock.now += 1 / 30
        await console.shows("to 10 °C ...")
        assert asked(backend) == 0
        clock.now += SETTLE_S
        await console.until(lambda: backend.state.nozzles[0].target == 10)
        assert asked(backend) == 1
        await console.shows("21 / 10 °C cooling")


async def test_plus_and_minus_are_ten_and_never_below_off(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        clock = await looking(console)
        await console.press("+", "=", "]", "-", "[", "-", "-", "left")
        await console.shows("to 0 °C ...")
        await console.press("+", "+", "left")
        clock.now += SETTLE_S
        await console.until(lambda: backend.state.nozzles[0].target == 19)


async def test_up_and_down_choose_the_heater(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        clock = await looking(console)
        await console.press("down", "right")
        clock.now += SETTLE_S
        await console.until(lambda: backend.state.bed.target == 1)
        await console.press("up", "up", "right")
        clock.now += SETTLE_S
        await console.until(lambda: backend.state.nozzles[0].target == 1)


async def test_arrows_stop_at_the_limit_and_say_so(backend: MemoryBackend) -> None:
    backend._limits = Limits(nozzle_max=25.0)
    async with opened(backend) as console:
        clock = await looking(console)
        await console.press("+", "+", "+")
        await console.says("Nozzle 1 may be set up to 25 °C.")
        clock.now += SETTLE_S
        await console.until(lambda: backend.state.nozzles[0].target == 25)
        assert asked(backend) == 1


async def test_what_was_typed_beyond_the_limit_is_not_sent(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await looking(console)
        await console.press("enter")
        await console.shows("In °C, up to 300; 0 is off.")
        await console.press(*"301", "enter")
        await console.shows("Nozzle 1 may be 0 to 300 °C, not 301.")
        await console.press("end", "backspace", "0", "enter")
        await console.until(lambda: backend.state.nozzles[0].target == 300)
        assert asked(backend) == 1


async def test_where_no_limit_is_told_the_printer_refuses(backend: MemoryBackend) -> None:
    backend._limits = None
    async with opened(backend) as console:
        clock = await looking(console)
        await console.press("enter", *"301", "enter")
        await console.says("The nozzle takes 0 to 300 °C, not 301.")
        backend.refuse = OutOfRange("The bed may be set from 0 to 90 °C, not to 91.")
        await console.press("down", "right")
        clock.now += SETTLE_S
        await console.says("The bed may be set from 0 to 90 °C")
        await console.until(lambda: "to 1 °C" not in console.words)
        assert backend.state.bed.target == 0


async def test_o_turns_one_heater_off_and_c_all(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await looking(console)
        await backend.set_temperature(nozzles={0: 100.0}, bed=50.0)
        await console.press("down", "o")
        await console.until(lambda: backend.state.bed.target == 0)
        assert backend.state.nozzles[0].target == 100
        await backend.set_temperature(bed=50.0)
        await console.press("c")
        await console.until(
            lambda: backend.state.bed.target == backend.state.nozzles[0].target == 0
        )


@pytest.mark.parametrize("key", ["o", "c"])
async def test_a_single_letter_never_cools_a_print(backend: MemoryBackend, key: str) -> None:
    async with opened(backend) as console:
        await printing(console)
        await backend.set_temperature(nozzles={0: 100.0})
        await console.press("f6", key)
        await console.shows("the print goes on without its heat")
        await console.press("enter")
        assert backend.state.nozzles[0].target == 100
        await console.press(key, "right", "enter")
        await console.until(lambda: backend.state.nozzles[0].target == 0)


async def test_in_error_a_heater_can_be_turned_off_and_nothing_else(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await looking(console)
        await backend.set_temperature(nozzles={0: 100.0})
        backend.fail("Thermal runaway.")
        before = asked(backend)
        await console.press("right", "+", "enter", "p", "f")
        assert console.top == "TemperatureScreen"
        await console.press("o")
        await console.until(lambda: asked(backend) > before)


async def test_a_preset_is_chosen_from_a_list(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await looking(console)
        await console.press("p")
        await console.shows("1 PLA nozzle 210 °C, bed 60 °C")
        await console.press("1")
        await console.until(lambda: backend.state.bed.target == 60)
        assert backend.state.nozzles[0].target == 210


async def test_a_preset_is_for_one_nozzle_or_all(backend: MemoryBackend) -> None:
    applied: list[tuple[str, int | None]] = []

    async def apply_preset(
        name: str, nozzle: int | None = None, *, confirmed: bool = False
    ) -> None:
        assert not confirmed
        applied.append((name, nozzle))

    async with opened(backend) as console:
        backend.apply_preset = apply_preset  # type: ignore[method-assign]
        backend.report_all(THREE)
        await looking(console)
        for choice, nozzle in (("1", None), ("3", 1)):
            await console.press("p")
            await console.shows("1 PLA")
            await console.press("1")
            await console.shows("For which nozzle?")
            await console.press(choice)
            await console.until(lambda nozzle=nozzle: ("PLA", nozzle) in applied)  # type: ignore[misc]
        await console.press("p")
        await console.shows("1 PLA")
        await console.press("escape")
        assert len(applied) == 2


async def test_a_printer_without_presets_says_so(backend: MemoryBackend) -> None:
    async def none() -> list[Preset]:
        return []

    async with opened(backend) as console:
        backend.presets = none  # type: ignore[method-assign]
        await looking(console)
        await console.press("p")
        await console.says("There are no presets")


async def test_a_fan_is_typed_in_percent(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await looking(console)
        await console.press("f", *"40", "enter")
        await console.shows("Fans 0: 40 %")
        await console.press("f", *"1", "space", *"101", "enter")
        await console.shows("The fan may be 0 to 100 %, not 101.")
        await console.press("backspace", "enter")
        await console.shows("Fans 0: 40 % 1: 10 %")


@pytest.mark.parametrize("typed", ["", "fast", "1 2 3", "-1 50", "1.5 50", "100 50", "² 5"])
def test_no_fan_speeds(typed: str) -> None:
    with pytest.raises(UsageError):
        fan_percent(typed)


async def test_a_chamber_has_a_row_and_a_target(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.report_all(THREE)
        await looking(console)
        await console.shows("C Chamber 31 / 40 °C heating")
        await console.press("down", "down", "down", "enter")
        await console.shows("The chamber: target in °C")


async def test_a_chamber_that_is_only_measured_takes_no_target(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        backend.report_all(replace(THREE, chamber=Temperature(31.0, None)))
        await looking(console)
        await console.press("down", "down", "down", "right", "enter", "o")
        await console.shows("> C Chamber")
        assert console.top == "TemperatureScreen"
        await console.press("c")
        await console.until(lambda: backend.state.bed.target == 0)


@pytest.mark.parametrize("draws", list(Glyphs))
async def test_the_chart_names_its_lines_by_letters(backend: MemoryBackend, draws: Glyphs) -> None:
    async with opened(backend, draws=draws) as console:
        clock = await looking(console)
        for step in range(20):
            clock.now += 20
            hot = Temperature(20.0 + 10 * step, 210.0)
            backend.report(events.TemperaturesReported({0: hot}, Temperature(60.0 - step, 60.0)))
            await console.rest()
        clock.now += 1
        await console.press("f5", "f6")
        await console.until(lambda: "N" in chart(console) and "B" in chart(console))
        assert "250" in chart(console)
        assert "0 min" in chart(console)
        assert "--" in chart(console)  # the target that is far above
        if draws is Glyphs.UNICODE:
            assert "⠤" in chart(console) or "⠉" in chart(console)
        else:
            assert chart(console).count("N") > 10
        await console.press("w")
        await console.until(lambda: "-30" in chart(console))


def chart(console: Console) -> str:
    """What is drawn between the rows of the heaters and the keys."""
    rows = console.text.splitlines()
    begin = next(index for index, row in enumerate(rows) if "Keys" in row)
    return "\n".join(rows[begin + 1 : -1])


async def test_the_chart_begins_with_what_the_host_remembers(backend: MemoryBackend) -> None:
    warm = {"nozzle1": Temperature(80.0, 0.0), "bed": Temperature(20.0, 0.0)}
    backend.remembered = [Sample(1000.0 + second, warm) for second in range(0, 300, 6)]
    async with opened(backend, draws=Glyphs.ASCII) as console:
        await looking(console)
        await console.until(lambda: chart(console).count("N") > 20)
        await console.press("f5", "f6")
        assert backend.calls.count("temperature_history") == 1


async def test_nothing_is_drawn_again_while_nothing_changes(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        await looking(console)
        await console.until(lambda: "0 min" in chart(console))
        screen = console.app.screen
        drawn = screen.query_one("Chart")
        before = [id(row) for row in drawn._drawn]  # type: ignore[attr-defined]
        screen.draw()  # type: ignore[attr-defined]
        await console.rest()
        assert [id(row) for row in drawn._drawn] == before  # type: ignore[attr-defined]


def test_the_library_of_charts_is_not_imported_before_one_is_looked_at() -> None:
    code = "import gbterm.app, sys; print([m for m in sys.modules if 'plotext' in m])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("size", [(80, 24), (40, 24), (120, 40)])
async def test_all_of_it_is_in_sight(backend: MemoryBackend, size: tuple[int, int]) -> None:
    async with opened(backend, size=size) as console:
        backend.report_all(THREE)
        await looking(console)
        for text in ("1 Nozzle 1*", "2 Nozzle 2", "B Bed", "C Chamber", "Fans", "w 2 min"):
            await console.shows(text)
        await console.until(lambda: "0 min" in chart(console))


async def test_the_chart_fits_the_little_that_is_known_at_first(backend: MemoryBackend) -> None:
    async with opened(backend) as console:
        clock = await looking(console)
        backend.report_all(THREE)
        await console.rest()
        for seconds, begins in ((60, "-2"), (200, "-5"), (400, "-10")):
            clock.now += seconds
            await console.press("f5", "f6")
            await console.shows(f" {begins} ")
        await console.press("w")
        await console.until(lambda: "-30" in chart(console))


async def test_the_chart_takes_the_room_of_a_terminal_that_grew(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # as it was at first
    monkeypatch.setenv("LINES", "24")
    async with opened(backend, size=(120, 40)) as console:
        await looking(console)
        await console.until(lambda: max(map(len, chart(console).splitlines())) > 110)


async def test_a_printer_that_heats_nothing_is_left_alone() -> None:
    backend = MemoryBackend(EVERYTHING & ~(Capability.TEMPERATURE | Capability.FANS))
    async with opened(backend) as console:
        await looking(console)
        await console.press("right", "enter", "o", "c", "f")
        assert console.top == "TemperatureScreen"
        assert asked(backend) == 0


def test_marks_are_letters_or_the_nozzles_numbers() -> None:
    assert marks(["nozzle1", "bed", "chamber"]) == {"nozzle1": "N", "bed": "B", "chamber": "C"}
    assert list(marks(["nozzle1", "nozzle2", "bed"]).values()) == ["1", "2", "B"]


def test_a_gap_is_drawn_as_a_gap() -> None:
    known = {"bed": Temperature(60.0, 60.0)}
    samples = [Sample(0.0, known), Sample(300.0, {}), Sample(400.0, known)]
    (bed,) = curves(samples, {"bed": "B"}, 600.0, 600.0, 60)
    assert len(bed.pieces) == 2
    assert bed.pieces[0][-1][0] < -5 <= -3.4 < bed.pieces[1][0][0]
    assert bed.pieces[1][-1] == (0.0, 60.0)


def test_a_chart_rests_within_a_column() -> None:
    samples = [Sample(at, {"bed": Temperature(20.0 + at, 0.0)}) for at in (0.0, 95.0)]
    drawn = [curves(samples, {"bed": "B"}, now, 600.0, 60) for now in (101.0, 105.0, 109.9, 110.1)]
    assert drawn[0] == drawn[1] == drawn[2] != drawn[3]
