"""The temperatures of the last hour: bounded, thinned, and never without the latest."""

from __future__ import annotations

from dataclasses import replace

from gbterm.model import Phase, PrinterState, Temperature
from gbterm.temperatures import EVERY_S, KEPT_S, Sample, Temperatures, heaters

READY = PrinterState(
    phase=Phase.READY, nozzles=(Temperature(20.0, 0.0),), bed=Temperature(21.0, 60.0)
)


def at(nozzle: float) -> PrinterState:
    return replace(READY, nozzles=(Temperature(nozzle, 210.0),))


def currents(history: Temperatures, since: float = 0.0) -> list[float | None]:
    return [sample.heaters["nozzle1"].current for sample in history.since(since)]


def test_every_heater_has_its_name_on_the_wire() -> None:
    two = replace(READY, nozzles=(Temperature(1.0), Temperature(2.0)), chamber=Temperature(30.0))
    assert list(heaters(two)) == ["nozzle1", "nozzle2", "bed", "chamber"]
    assert list(heaters(READY)) == ["nozzle1", "bed"]


def test_an_hour_of_reports_is_bounded_and_holds_the_latest() -> None:
    history = Temperatures()
    for second in range(20_000):
        history.take(at(second / 100), second / 2)
    samples = history.since(0)
    assert len(samples) <= KEPT_S / EVERY_S + 2
    assert samples[-1].heaters["nozzle1"].current == 199.99
    assert samples[0].at <= 9999.5 - KEPT_S < samples[1].at


def test_a_change_within_the_pause_between_samples_is_not_lost() -> None:
    history = Temperatures()
    for moment, nozzle in ((0.0, 20.0), (0.5, 21.0), (1.0, 22.0), (1.5, 23.0)):
        history.take(at(nozzle), moment)
    assert currents(history)[-1] == 23.0


def test_a_steady_printer_takes_no_room() -> None:
    history = Temperatures()
    for second in range(1000):
        history.take(at(210.0), float(second))
    assert len(history.since(0)) == 1


def test_since_begins_with_what_was_true_then() -> None:
    history = Temperatures()
    for second in (0.0, 10.0, 20.0, 30.0):
        history.take(at(second), second)
    assert currents(history, 15.0) == [10.0, 20.0, 30.0]
    assert currents(history, 99.0) == [30.0]
    assert Temperatures().since(5.0) == []


def test_the_trend_is_in_degrees_a_minute() -> None:
    history = Temperatures()
    for second in range(41):
        history.take(at(20.0 + second), float(second))
    assert round(history.trend("nozzle1", 40.0) or 0) in range(54, 67)
    assert history.trend("bed", 40.0) == 0
    assert history.trend("chamber", 40.0) is None
    # Nothing was reported since, so it stands.
    assert history.trend("nozzle1", 100.0) == 0


def test_there_is_no_trend_before_there_is_something_to_compare() -> None:
    history = Temperatures()
    assert history.trend("bed", 0.0) is None
    history.take(at(20.0), 0.0)
    assert history.trend("nozzle1", 1.0) is None
    assert history.trend("nozzle1", 10.0) == 0


def test_what_somebody_else_remembers_comes_before_ones_own() -> None:
    history = Temperatures()
    history.take(at(50.0), 10_000.0)
    history.take(at(60.0), 10_010.0)
    others = [Sample(5e8 + second, heaters(at(second))) for second in range(0, 8000, 10)]
    history.recall(others, 10_020.0)
    samples = history.since(0)
    assert [sample.at for sample in samples] == sorted({sample.at for sample in samples})
    assert len(samples) == 2 + 357
    assert 10_020 - KEPT_S < samples[0].at < 10_040 - KEPT_S
    assert currents(history)[-3:] == [7960.0, 50.0, 60.0]
    history.recall([], 10_020.0)
    history.recall(others, 10_020.0)
    assert len(history.since(0)) == 2 + 357


def test_nothing_is_known_while_the_printer_is_out_of_reach() -> None:
    history = Temperatures()
    history.take(READY, 0.0)
    history.take(replace(READY, phase=Phase.DISCONNECTED), 10.0)
    assert history.since(0)[-1].heaters == {}
    assert history.trend("bed", 12.0) is None


def test_a_trend_begins_anew_with_another_target() -> None:
    history = Temperatures()
    for second in range(20):
        target, bed = (60.0, 20.0 + 2 * second) if second < 10 else (0.0, 58.0 - second)
        history.take(replace(READY, bed=Temperature(bed, target)), float(second))
        if second == 12:
            assert history.trend("bed", 12.0) is None  # too little is known yet
    assert (history.trend("bed", 19.0) or 0) < -50
