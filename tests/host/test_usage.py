"""What is charged with the time that passes."""

from __future__ import annotations

import pytest

from gbterm.host.usage import LONGEST_STEP_S, MOTORS, NAMES, Usage
from gbterm.model import Phase, PrinterState, Temperature

HOT, OFF = Temperature(200.0, 210.0), Temperature(200.0, 0.0)
FIRST_MOTORS = {"motor_x1_up", "motor_y1_up", "motor_z1_up"}


@pytest.mark.parametrize(
    ("state", "used"),
    [
        (PrinterState(Phase.DISCONNECTED, nozzles=(HOT,), steppers_enabled=True), set()),
        (PrinterState(Phase.CONNECTING), set()),
        (PrinterState(Phase.READY), {"printer_up"}),
        (PrinterState(Phase.READY, nozzles=(OFF, HOT)), {"printer_up", "nozzle_2_up"}),
        (PrinterState(Phase.READY, nozzles=(OFF, OFF, HOT)), {"printer_up"}),
        (PrinterState(Phase.ERROR, bed=HOT), {"printer_up", "bed_up"}),
        (PrinterState(Phase.READY, steppers_enabled=True), {"printer_up"} | FIRST_MOTORS),
        (PrinterState(Phase.EXECUTING), {"printer_up", "printer_print"}),
        (PrinterState(Phase.PAUSED, nozzles=(HOT,)), {"printer_up", "nozzle_1_up"}),
        (PrinterState(Phase.PAUSING), {"printer_up"}),
    ],
    ids=lambda value: value.phase.value if isinstance(value, PrinterState) else None,
)
def test_what_is_in_use_is_charged_and_nothing_else(state: PrinterState, used: set[str]) -> None:
    usage = Usage(100.0)
    usage.charge(state, 102.0)
    assert {name for name, seconds in usage.seconds.items() if seconds} == used
    assert all(seconds in (0.0, 2.0) for seconds in usage.seconds.values())


def test_a_second_motor_counts_where_the_profile_names_one() -> None:
    usage = Usage(0.0, "z")
    usage.charge(PrinterState(Phase.READY, steppers_enabled=True), 1.0)
    assert {name for name in MOTORS if usage.seconds[name]} == FIRST_MOTORS | {"motor_z2_up"}


def test_the_time_that_the_machine_slept_is_not_charged() -> None:
    usage = Usage(0.0)
    usage.charge(PrinterState(Phase.READY), 3600.0)
    assert usage.seconds["printer_up"] == LONGEST_STEP_S


def test_the_names_are_opengbs_twelve_with_that_of_the_session() -> None:
    assert len(NAMES) == len(set(NAMES)) == 11
