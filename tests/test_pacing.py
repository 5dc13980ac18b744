"""A held key never has more than one second of motion under way."""

from __future__ import annotations

import random

import pytest

from gbterm.pacing import HEARD_WITHIN_S, MOST_S, Pacer, seconds


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacer(clock: Clock) -> Pacer:
    return Pacer(clock)


def test_a_motion_takes_its_length_and_the_time_to_speed_up() -> None:
    assert seconds({"x": 100.0}, 50.0) == pytest.approx(2.1)
    assert seconds({"x": -100.0}, 50.0) == pytest.approx(2.1)
    assert seconds({"x": 30.0, "y": 40.0}, 50.0) == pytest.approx(1.08)
    assert seconds({"x": 0.1}, 50.0) == pytest.approx(0.0283, abs=0.001)
    assert seconds({"x": 0.0}, 50.0) == 0.0


def test_a_slower_override_makes_it_longer() -> None:
    assert seconds({"x": 100.0}, 50.0, 50.0) == pytest.approx(4.05)


def test_it_never_counts_on_a_quicker_axis_than_boards_have() -> None:
    assert seconds({"z": 10.0}, 300.0) > 2.0
    assert seconds({"x": 100.0}, 500.0) > 1.0
    # Along a slope the slow axis sets the pace.
    assert seconds({"x": 100.0, "z": 10.0}, 100.0) > 2.0


def test_the_first_motion_may_take_as_long_as_it_likes(pacer: Pacer, clock: Clock) -> None:
    assert pacer.admits(20.0)
    pacer.ask(20.0)
    pacer.taken()
    assert not pacer.admits(0.01)
    clock.now += 19.9
    assert not pacer.admits(1.0)
    assert pacer.admits(0.8)
    clock.now += 0.1
    assert pacer.admits(20.0)


def test_nothing_begins_before_the_printer_took_the_last(pacer: Pacer, clock: Clock) -> None:
    pacer.ask(0.1)
    for _ in range(5):
        clock.now += 1
        assert not pacer.admits(0.1)
    pacer.taken()
    assert pacer.admits(0.1)


def test_a_printer_that_tells_no_positions_can_be_jogged(pacer: Pacer, clock: Clock) -> None:
    pacer.ask(0.5)
    clock.now += HEARD_WITHIN_S
    assert pacer.admits(0.5)
    assert not pacer.admits(0.6)


def test_what_was_refused_takes_no_time(pacer: Pacer) -> None:
    pacer.ask(5.0)
    pacer.refused()
    assert pacer.admits(1.0)
    pacer.taken()
    assert pacer.admits(20.0)


@pytest.mark.parametrize("seed", range(5))
def test_held_keys_of_all_axes_never_have_more_than_a_second_under_way(seed: int) -> None:
    dice, clock = random.Random(seed), Clock()
    pacer, queued_until, began = Pacer(clock), 0.0, 0
    for _ in range(2000):
        clock.now += dice.expovariate(30)
        axis, step = dice.choice("xyz"), dice.choice((0.1, 1.0, 10.0, 100.0))
        motion_s = seconds({axis: step}, 50.0)
        if not pacer.admits(motion_s):
            continue
        began += 1
        alone = queued_until <= clock.now
        pacer.ask(motion_s)
        clock.now += dice.uniform(0.0, 0.3)
        pacer.taken()
        queued_until = max(queued_until, clock.now) + motion_s
        assert alone or queued_until - clock.now <= MOST_S + 1e-9
    assert began > 10
