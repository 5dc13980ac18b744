"""The steps of an extruder; what is pushed is measured in tests/backends/marlin/test_e_steps.py."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.rows.eeprom import with_500_steps
from tests.suite.there import There

HERE = ("opengb", "direct")


def as_bought(there: There) -> None:
    """Its extruder, whatever was done to it before."""
    there.ask(lambda backend: backend.set_flow(100.0))
    with_500_steps(there)


ROWS = (
    Row(("esteps",), "M92 E is 500.00.\n", sent=("M503",), before=as_bought, kinds=HERE),
    Row(
        ("esteps", "push", "210"),
        code=2,
        says="Mark the filament 120 mm above",
        before=as_bought,
        kinds=HERE,
    ),
    Row(
        ("esteps", "push", "60", "--yes"),
        code=2,
        says="from 170 °C on",
        before=as_bought,
        kinds=HERE,
    ),
    Row(
        ("esteps", "set", "21.5"),
        code=2,
        says="500.00 and becomes 507.61",
        before=as_bought,
        kinds=HERE,
    ),
    Row(("esteps", "set", "90"), code=2, says="more than twice", before=as_bought, kinds=HERE),
    Row(("esteps", "set", "121", "--yes"), code=2, says="between 0 and 120 mm", kinds=HERE),
    Row(("esteps", "push", "210"), before=There.printing, code=5, says="extruder", kinds=HERE),
    Row(("esteps",), code=2, says="doesn't tell the settings", kinds=("octoprint",), lacks=True),
    Row(("esteps", "set"), code=2, says="needs what is left to the mark"),
    Row(("esteps", "push"), code=2, says="needs a temperature"),
    Row(("esteps", "pull"), code=2, says="invalid choice"),
)
