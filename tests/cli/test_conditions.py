"""What a wait takes from one state after the other, by a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gbterm import errors
from gbterm.cli.verbs.conditions import Until, condition
from gbterm.jobs import Job
from gbterm.model import Phase, PrinterState, Temperature

READY = PrinterState(Phase.READY, nozzles=(Temperature(30.0, 0.0),), bed=Temperature(49.9, 60.0))
AWAY = PrinterState(reason="The cable is out.")
PRINTS = replace(READY, phase=Phase.PAUSING, job=Job("box.gcode", byte=90, bytes=100))


@pytest.mark.parametrize(
    ("text", "state", "holds"),
    [
        ("state=READY", READY, True),
        ("state=executing", PRINTS, True),
        ("state=PAUSING", PRINTS, True),
        ("state!=EXECUTING", PRINTS, False),
        ("state=DISCONNECTED", AWAY, True),
        ("bed>=50", READY, False),
        ("bed >= 49.9", READY, True),
        ("bed<49.9", READY, False),
        ("tool0<40", READY, True),
        ("tool0<40", AWAY, False),
        ("tool1<40", PrinterState(Phase.READY), False),
        ("progress>=90", PRINTS, True),
        ("progress>90", PRINTS, False),
    ],
)
def test_a_condition_holds_or_not(text: str, state: PrinterState, holds: bool) -> None:
    assert condition(text).holds(state) is holds


def test_the_second_nozzle_is_not_taken_for_the_first() -> None:
    two = replace(READY, nozzles=(Temperature(30.0), Temperature(200.0)), active_nozzle=1)
    assert not condition("tool0>100").holds(two)
    assert condition("tool1>100").holds(two)


@pytest.mark.parametrize("text", ["tool1<40", "chamber>40"])
def test_a_heater_that_is_not_there_is_not_waited_for(text: str) -> None:
    with pytest.raises(errors.OutOfRange, match="has no"):
        condition(text).holds(READY)


@pytest.mark.parametrize(
    ("outcome", "error", "words"),
    [
        ("", errors.WrongState, "No job"),
        ("cancelled", errors.WrongState, "cancelled"),
        ("failed", errors.PrinterError, "failed"),
    ],
)
def test_no_progress_comes_without_a_job(
    outcome: str, error: type[errors.GbtermError], words: str
) -> None:
    job = Job("box.gcode", byte=1, bytes=100, outcome=outcome) if outcome else None
    with pytest.raises(error, match=words):
        condition("progress>=90").holds(replace(READY, job=job))


def test_who_is_not_there_from_the_start_is_not_waited_for() -> None:
    with pytest.raises(errors.LinkError, match="The cable is out"):
        Until(condition("bed>=50")).saw(AWAY, 0.0)


def test_who_is_being_connected_is_waited_for() -> None:
    wait = Until(condition("state=READY"))
    assert not wait.saw(PrinterState(Phase.CONNECTING), 0.0)
    assert wait.saw(READY, 100.0)


def test_a_printer_that_stays_away_is_given_up() -> None:
    wait = Until(condition("bed>=50"))
    assert not wait.saw(READY, 0.0)
    assert not wait.saw(AWAY, 1.0)
    assert not wait.saw(AWAY, 15.0)
    assert not wait.saw(READY, 16.0)
    assert not wait.saw(AWAY, 17.0)
    with pytest.raises(errors.LinkError, match="The cable is out"):
        wait.saw(AWAY, 33.0)


def test_a_print_that_waits_for_its_cable_is_waited_for_as_long_as_it_takes() -> None:
    held = replace(PRINTS, phase=Phase.DISCONNECTED, waiting_for="/dev/ttyUSB0 to come back, 12 s")
    wait = Until(condition("progress>=90"))
    for at in (0.0, 100.0, 10_000.0):
        assert not wait.saw(held, at)
    assert wait.saw(PRINTS, 10_001.0)


def test_an_error_of_the_printer_ends_the_wait_unless_it_is_what_is_waited_for() -> None:
    halted = replace(READY, phase=Phase.ERROR, reason="Thermal runaway.")
    with pytest.raises(errors.PrinterError, match="Thermal runaway"):
        Until(condition("bed>=50")).saw(halted, 0.0)
    assert Until(condition("state=ERROR")).saw(halted, 0.0)
