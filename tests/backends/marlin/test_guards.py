"""Heaters that do what nobody asked them to, by readings on an injected clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from gbterm.backends.marlin.guards import HeaterGuards
from gbterm.backends.marlin.heaters import BED, CHAMBER, Heater
from gbterm.config import Guards, Limits
from gbterm.model import Temperature

NOZZLE = Heater("the nozzle", "M104 T0", "M109 T0", is_nozzle=True)
OTHER = Heater("nozzle 2", "M104 T1", "M109 T1", is_nozzle=True)
ROOM = 22.0


class Told:
    """Guards that hear of every second, and what they found when."""

    def __init__(self, guards: Guards | None = None, limits: Limits | None = None) -> None:
        self.guards = HeaterGuards(limits or Limits(), guards or Guards())
        self.now = 0.0
        self.found: list[tuple[float, str, str]] = []

    def hear(
        self,
        heater: Heater,
        target: float | None,
        readings: Iterable[float | None],
        *,
        beside: dict[Heater, Temperature] | None = None,
        every_s: float = 1.0,
        is_boards_own: bool = False,
    ) -> list[str]:
        """Tell one reading after the other; what all that was found so far is about."""
        for current in readings:
            told = {heater: Temperature(current, target), **(beside or {})}
            alarms = self.guards.see(told, self.now, is_boards_own=is_boards_own)
            self.found += [(self.now, alarm.what, alarm.text) for alarm in alarms]
            self.now += every_s
        return [what for _, what, _ in self.found]


@pytest.fixture
def told() -> Told:
    return Told()


def ramp(start: float, end: float, per_s: float) -> list[float]:
    steps = int(abs(end - start) / per_s)
    sign = 1 if end > start else -1
    return [start + sign * per_s * step for step in range(steps)]


def hold(at: float, seconds: int) -> list[float]:
    return [at] * seconds


def test_over_the_cap_is_said_after_5_s_and_once(told: Told) -> None:
    assert told.hear(NOZZLE, 210, hold(310, 60)) == []
    assert told.hear(NOZZLE, 0, hold(320, 120)) == ["over_cap"]
    assert told.found == [
        (66.0, "over_cap", "The nozzle is at 320 °C, and must not be over 300 °C.")
    ]


def test_a_target_over_the_cap_that_somebody_set_at_the_printer_is_said_and_no_fault(
    told: Told,
) -> None:
    told.hear(NOZZLE, 290, hold(290, 10))
    assert told.hear(NOZZLE, 320, [*ramp(290, 328, 2), *hold(320, 600)]) == ["over_cap"]
    assert told.found[0][2] == (
        "The nozzle is at 302 °C: its target is 320 °C, over its limit of 300 °C."
    )
    assert told.hear(NOZZLE, 200, [*ramp(320, 200, 0.1), *hold(200, 60)]) == ["over_cap"]
    # And from there on its limit is what it was.
    assert told.hear(NOZZLE, 200, hold(316, 8)) == ["over_cap", "over_cap"]
    assert told.found[1][2] == "The nozzle is at 316 °C, and must not be over 300 °C."


def test_a_heater_far_over_a_target_that_is_over_the_cap_is_a_fault(told: Told) -> None:
    told.hear(NOZZLE, 320, hold(320, 10))
    assert told.hear(NOZZLE, 320, hold(336, 8)) == ["over_cap", "over_cap"]
    assert told.found[1][2] == "The nozzle is at 336 °C, and must not be over 320 °C."


def test_a_target_that_is_misread_once_lifts_no_limit(told: Told) -> None:
    told.hear(NOZZLE, 210, hold(210, 10))
    told.hear(NOZZLE, 2100, [210])
    assert told.hear(NOZZLE, 210, hold(316, 8)) == ["over_cap"]


def test_a_chamber_is_guarded_by_its_cap_alone(told: Told) -> None:
    assert told.hear(CHAMBER, 40, [*ramp(22, 90, 0.05), *hold(90, 600)]) == []
    assert told.hear(CHAMBER, 40, hold(120, 10)) == ["over_cap"]


def test_a_nozzle_that_does_not_get_warmer_does_not_follow(told: Told) -> None:
    assert told.hear(NOZZLE, 210, hold(ROOM, 120)) == []
    assert told.hear(NOZZLE, 210, hold(ROOM, 600)) == ["not_following"]
    assert told.found[0][0] == 121.0
    assert told.found[0][2] == (
        "The nozzle is at 22 °C and gained less than 2 °C in 2 min, though its target is 210 °C."
    )


def test_a_big_bed_at_24_v_that_takes_half_an_hour_follows(told: Told) -> None:
    assert told.hear(BED, 110, [*ramp(20, 90, 0.1), *ramp(90, 109, 0.01), *hold(109, 900)]) == []


def test_a_weak_bed_that_comes_nowhere_near_does_not_follow(told: Told) -> None:
    heats = [22 + 58 * (1 - 0.995**second) for second in range(3600)]
    assert told.hear(BED, 110, heats) == ["not_following"]


@pytest.mark.parametrize("off_by", [16, 60, 180])
def test_a_nozzle_that_falls_is_noticed_after_a_board_with_protection_would_have_stopped_it(
    told: Told, off_by: float
) -> None:
    told.hear(NOZZLE, 210, hold(210, 10))
    assert told.hear(NOZZLE, 210, hold(210 - off_by, 120)) == ["drifting"]
    assert 45 < told.found[0][0] - 10 <= 51
    assert told.found[0][2] == (
        f"The nozzle is at {210 - off_by:g} °C and no longer at its target of 210 °C."
    )


def test_a_nozzle_that_is_stuck_on_is_noticed(told: Told) -> None:
    told.hear(NOZZLE, 210, hold(210, 10))
    assert told.hear(NOZZLE, 210, ramp(210, 299, 1)) == ["drifting"]


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([*ramp(22, 224, 3), *ramp(224, 205, 0.5), *hold(210, 300)], id="overshoot"),
        pytest.param([*hold(210, 20), *ramp(210, 190, 2), *ramp(190, 210, 1)] * 5, id="fan"),
        pytest.param([*hold(210, 20), -15, *hold(210, 20), 0, 999, *hold(210, 200)], id="wild"),
        pytest.param([*ramp(22, 100, 2), 999, *ramp(100, 210, 2), *hold(210, 300)], id="wild up"),
        pytest.param([*ramp(22, 100, 2), 210, *ramp(100, 210, 2), *hold(210, 300)], id="at once"),
    ],
)
def test_what_a_sound_nozzle_does_is_no_fault(told: Told, readings: list[float]) -> None:
    assert told.hear(NOZZLE, 210, readings) == []


def test_a_bed_that_a_fan_or_a_window_cools_a_while_is_no_fault(told: Told) -> None:
    cools = [*hold(100, 60), *ramp(100, 86, 0.2), *hold(86, 1200), *ramp(86, 100, 0.1)]
    assert told.hear(BED, 100, cools) == []
    assert told.hear(BED, 100, [*ramp(100, 78, 0.5), *hold(78, 60), *ramp(78, 100, 0.5)]) == []
    assert told.hear(BED, 100, hold(80, 300)) == ["drifting"]


def test_a_standby_target_lets_a_tool_cool_as_slowly_as_it_likes(told: Told) -> None:
    told.hear(NOZZLE, 240, hold(240, 20))
    assert told.hear(NOZZLE, 150, ramp(240, 150, 0.2)) == []
    assert told.hear(NOZZLE, 0, ramp(150, 30, 0.2)) == []


def test_what_overshoots_when_it_is_turned_off_is_no_fault(told: Told) -> None:
    told.hear(NOZZLE, 240, hold(240, 20))
    assert told.hear(NOZZLE, 0, [*ramp(240, 254, 2), *ramp(254, 30, 1)]) == []


def test_a_heater_that_is_off_and_gets_hotter_is_said_to_be_off(told: Told) -> None:
    assert told.hear(NOZZLE, 0, ramp(ROOM, 110, 2)) == ["not_following"]
    assert told.found[0][2] == (
        "The nozzle is off and gets hotter all the same: it went from 24 to 102 °C."
    )
    assert told.hear(NOZZLE, 0, hold(200, 600)) == ["not_following"]


def test_a_thermistor_that_is_put_back_into_a_hot_nozzle_is_no_fault(told: Told) -> None:
    lags = [22 + 178 * (1 - 0.7**second) for second in range(20)]
    assert told.hear(NOZZLE, 0, [*hold(22, 100), *lags, *ramp(199, 30, 0.5)]) == []


def test_one_that_was_turned_off_for_a_fault_and_gets_hotter_is_another_fault(told: Told) -> None:
    told.hear(NOZZLE, 210, [*hold(210, 10), *hold(240, 60)])
    assert told.hear(NOZZLE, 0, ramp(240, 310, 2)) == ["drifting", "not_following"]


def test_what_others_warm_is_no_fault(told: Told) -> None:
    hot = {BED: Temperature(110, 110), NOZZLE: Temperature(250, 250)}
    assert told.hear(OTHER, 0, [*ramp(22, 150, 0.2), *hold(150, 60)], beside=hot) == []
    warm = {CHAMBER: Temperature(80, 80)}
    assert told.hear(BED, 0, [*ramp(22, 80, 0.05), *hold(80, 60)], beside=warm) == []
    # OpenGB's web page sets 1 °C for off.
    assert told.hear(BED, 1, ramp(22, 58, 0.1)) == []


def test_two_tools_that_share_a_nozzle_are_both_as_hot_as_it(told: Told) -> None:
    for current in [*ramp(22, 230, 2), *hold(230, 60)]:
        both = {NOZZLE: Temperature(current, 230), OTHER: Temperature(current, 0)}
        assert told.guards.see(both, told.now) == []
        told.now += 1


@pytest.mark.parametrize("nothing", [0.0, -15.0, 999.0, None])
def test_a_sensor_that_is_not_there_has_no_fault_while_its_heater_is_off(
    told: Told, nothing: float | None
) -> None:
    assert told.hear(OTHER, 0, [nothing] * 600) == []


def test_temperatures_that_are_told_no_longer_are_unknown(told: Told) -> None:
    told.hear(NOZZLE, 210, hold(210, 10))
    assert told.hear(NOZZLE, 210, [None] * 600) == []
    assert told.hear(NOZZLE, 210, hold(150, 2)) == []
    assert told.hear(NOZZLE, None, hold(150, 600)) == []


def test_a_board_that_tells_every_5_s_is_guarded_as_well(told: Told) -> None:
    told.hear(NOZZLE, 210, hold(210, 4), every_s=5)
    assert told.hear(NOZZLE, 210, hold(150, 15), every_s=5) == ["drifting"]


def test_a_nozzle_that_the_board_cools_while_it_waits_is_its_own_business(told: Told) -> None:
    told.hear(NOZZLE, 210, hold(210, 10))
    assert told.hear(NOZZLE, 210, ramp(210, 30, 1), is_boards_own=True) == []
    # PID tuning (M303) heats without a target.
    assert told.hear(NOZZLE, 0, ramp(30, 230, 2), is_boards_own=True) == []
    assert told.hear(NOZZLE, 210, [*ramp(30, 210, 2), *hold(210, 60)]) == []
    assert told.hear(NOZZLE, 210, hold(330, 10), is_boards_own=True) == ["over_cap"]


@pytest.mark.parametrize(
    "act",
    [
        lambda told: told.guards.rearm(),
        lambda told: told.hear(NOZZLE, 0, hold(150, 5)),
    ],
    ids=["seen", "heated again"],
)
def test_what_was_found_is_found_again_once_somebody_acted(
    told: Told, act: Callable[[Told], object]
) -> None:
    told.hear(NOZZLE, 210, [*hold(210, 10), *hold(150, 300)])
    act(told)
    found = told.hear(NOZZLE, 210, [*ramp(150, 210, 2), *hold(210, 10), *hold(150, 300)])
    assert found == ["drifting", "drifting"]


def test_limits_and_patience_are_the_profiles() -> None:
    told = Told(Guards(margin=5, nozzle_follow_s=20), Limits(nozzle_max=250))
    assert told.hear(NOZZLE, 210, hold(ROOM, 30)) == ["not_following"]
    assert told.hear(NOZZLE, 210, hold(256, 10)) == ["not_following", "over_cap"]
