"""The bed, of a board that has no probe; those of others are in tests/server/test_bed.py."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.there import There

HERE = ("opengb", "direct")
NONE = "No point of the bed was measured yet: probe it.\nThe board has no mesh; levelling is off.\n"

ROWS = (
    Row(("mesh",), NONE, sent=("M420 V",), kinds=HERE),
    Row(("mesh", "off"), NONE, sent=("M420 V", "M420 S0", "M420 V"), kinds=HERE),
    Row(("mesh", "on"), code=5, says="has no mesh", kinds=HERE),
    Row(("mesh", "probe"), code=2, says="tells of no probe", kinds=HERE),
    Row(("mesh",), before=There.printing, code=5, says="tell its mesh", kinds=HERE),
    Row(("mesh",), code=2, says="can't", kinds=("octoprint",), lacks=True),
    Row(("mesh", "store"), code=5, says="no mesh to store", kinds=HERE),
    Row(
        ("zoffset",),
        "The home offset (M206 Z) is +0.00 mm; no babysteps since Z was homed.\n",
        sent=("M503",),
        kinds=HERE,
    ),
    Row(("zoffset", "save"), code=5, says="nothing to save", kinds=HERE),
    Row(("zoffset",), code=2, says="can't", kinds=("octoprint",), lacks=True),
    Row(("level", "off"), kinds=HERE),
    Row(("level", "2"), code=2, says="homes all axes", kinds=HERE),
    Row(("level", "1"), before=There.printing, code=5, says="corners", kinds=HERE),
    Row(("level", "1"), code=2, says="can't", kinds=("octoprint",), lacks=True),
    Row(("level", "6"), code=2, says="invalid choice"),
    Row(("level",), code=2, says="required"),
    Row(("zoffset", "away"), code=2, says="invalid choice"),
    Row(("mesh", "away"), code=2, says="invalid choice"),
)
