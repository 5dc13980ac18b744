"""Heaters that nobody looks after: on an injected clock."""

from __future__ import annotations

import pytest

from gbterm.backends.marlin.heaters import BED, Heater, heated, heating
from gbterm.backends.marlin.standby import Alone, Standby
from gbterm.config import Heaters
from gbterm.model import PrinterState, Temperature

NOZZLE = Heater("the nozzle", "M104 T0", "M109 T0", is_nozzle=True)
HOT = {NOZZLE: 210.0, BED: 60.0}
ALONE = Alone("Idle", 0.0, "you go on")


class Watched:
    """A standby that is looked at every half second, and what came of it by the second."""

    def __init__(self, after: Heaters | None = None) -> None:
        self.standby = Standby(after or Heaters())
        self.targets = dict(HOT)
        self.now = 0.0
        self.off: dict[str, float] = {}
        self.said: list[tuple[float, str]] = []

    def run(self, until_s: float, alone: Alone | None = ALONE, *, hears: bool = True) -> None:
        while self.now < until_s:
            self.standby.note(dict(self.targets), self.now)
            look = self.standby.look(alone, self.now, hears=hears)
            for heater in look.off:
                self.off[heater.name] = self.now
                del self.targets[heater]
            self.said += [(self.now, text) for text in look.said]
            self.now += 0.5


def test_the_nozzle_goes_after_10_min_and_the_bed_after_30_both_announced() -> None:
    watched = Watched()
    watched.run(3600)
    assert watched.off == {"the nozzle": 600.0, "the bed": 1800.0}
    assert watched.said == [
        (
            0.0,
            "Idle, so heaters go off unless you go on: the nozzle in 10 min, the bed in 30 min.",
        ),
        (540.0, "Idle, so heaters go off unless you go on: the nozzle in 1 min."),
        (600.0, "Idle: the nozzle was turned off, its target was 210 °C."),
        (1740.0, "Idle, so heaters go off unless you go on: the bed in 1 min."),
        (1800.0, "Idle: the bed was turned off, its target was 60 °C."),
    ]


def test_nothing_is_turned_off_where_somebody_looks_after_it() -> None:
    watched = Watched()
    watched.run(599)
    watched.run(7200, alone=None)
    assert watched.off == {}


def test_whoever_sets_a_target_begins_the_time_anew() -> None:
    watched = Watched()
    watched.run(590)
    watched.targets[NOZZLE] = 200.0
    watched.run(3600)
    assert watched.off == {"the nozzle": 1190.0, "the bed": 2390.0}


def test_what_was_turned_off_and_heated_by_hand_is_turned_off_again() -> None:
    watched = Watched()
    watched.run(700)
    watched.targets[NOZZLE] = 195.0
    watched.run(1200)
    assert watched.standby.wanted({}) == {NOZZLE: 195.0}
    watched.run(1400)
    assert watched.off == {"the nozzle": 1300.0}


def test_a_heater_that_keeps_its_target_is_turned_off_again_each_minute_and_said_once() -> None:
    standby, off, said = Standby(Heaters()), [], 0
    for now in range(0, 700):
        standby.note(HOT, now)
        look = standby.look(ALONE, now)
        off += [(heater.name, now) for heater in look.off]
        said += sum("was turned off" in text for text in look.said)
    assert off == [("the nozzle", 600), ("the nozzle", 660)]
    assert said == 1


def test_a_target_that_is_set_anew_at_once_has_all_its_time() -> None:
    watched = Watched()
    watched.run(600.5)
    watched.standby.note(dict(watched.targets), watched.now)
    watched.targets[NOZZLE] = 210.0
    watched.run(1300)
    assert watched.off["the nozzle"] == 1200.5


def test_zero_is_never() -> None:
    watched = Watched(Heaters(nozzle_off_after_min=0, bed_off_after_min=1))
    watched.run(7200)
    assert watched.off == {"the bed": 60.0}
    assert "nozzle" not in "".join(text for _, text in watched.said)


def test_a_board_that_waits_itself_is_told_nothing_and_that_is_said_once() -> None:
    watched = Watched()
    watched.run(1000, hears=False)
    assert watched.off == {}
    assert [text for _, text in watched.said] == [
        "Idle: the nozzle can't be turned off while the board waits, except by its own timeout."
    ]
    watched.run(1001)
    assert watched.off == {"the nozzle": 1000.0}


def test_what_was_on_is_wanted_at_the_last_target_whoever_turned_it_off() -> None:
    watched = Watched()
    watched.run(1)
    watched.targets[NOZZLE] = 240.0
    watched.run(2)
    del watched.targets[NOZZLE]
    watched.run(3)
    assert watched.standby.wanted(HOT) == {NOZZLE: 240.0, BED: 60.0}
    assert watched.standby.wanted({}) == {}


def test_all_is_heated_again_the_bed_first() -> None:
    watched = Watched()
    watched.run(1900)
    cold = Temperature(30.0, 0.0)
    state = PrinterState(nozzles=(cold,), bed=cold)
    again = ("M190 S60", "M104 T0 S210", "M109 T0 S210")
    assert heating(watched.standby.wanted({}), state) == again


@pytest.mark.parametrize(("nozzles", "name"), [(1, "the nozzle"), (2, "nozzle 1")])
def test_only_what_has_a_target_counts(nozzles: int, name: str) -> None:
    warm = Temperature(200.0, 210.0)
    state = PrinterState(nozzles=(warm, Temperature(20.0, 0.0))[:nozzles], bed=Temperature(50, 0))
    assert {heater.name: target for heater, target in heated(state).items()} == {name: 210.0}
