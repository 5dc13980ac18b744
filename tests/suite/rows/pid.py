"""The PID of a heater; its tuning, to the end, is in tests/server/test_tuning.py."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.there import There

HERE = ("opengb", "direct")
NONE = "No heater was tuned since the host of the printer was started.\n"

ROWS = (
    Row(("pid",), NONE, kinds=HERE),
    Row(("pid", "stop"), NONE, kinds=HERE),
    Row(("pid", "apply"), code=5, says="There is nothing to set", kinds=HERE),
    Row(("pid", "tool0", "210"), code=2, says="Nozzle 1 is heated to 210", kinds=HERE),
    Row(("pid", "tool0", "290", "--yes"), code=2, says="it swings past that", kinds=HERE),
    Row(("pid", "bed", "60", "--yes"), code=2, says="lists no PID values of it", kinds=HERE),
    Row(("pid", "tool0", "210"), before=There.printing, code=5, says="tune a heater", kinds=HERE),
    Row(("pid",), code=2, says="can't tune", kinds=("octoprint",), lacks=True),
    Row(("pid", "tool0"), code=2, says="Say at which temperature"),
    Row(("pid", "tool\x1b[2J", "200"), code=2, says="can't be tuned: write tool0"),
    Row(("pid", "bed", "60", "--swings", "2"), code=2, says="3"),
    Row(("pid", "apply", "60"), code=2, says="takes no temperature"),
)
