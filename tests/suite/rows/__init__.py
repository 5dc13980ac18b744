"""What each command of the suite does, a row each."""

from __future__ import annotations

from tests.suite.row import Row
from tests.suite.rows import (
    asking,
    bed,
    by_name,
    connection,
    e_steps,
    eeprom,
    filament,
    files,
    following,
    gcode,
    heat,
    history,
    job,
    motion,
    panel,
    pid,
    pins,
    reading,
    system,
    waiting,
)

ROWS: tuple[Row, ...] = (
    *reading.ROWS,
    *following.ROWS,
    *history.ROWS,
    *waiting.ROWS,
    *asking.ROWS,
    *connection.ROWS,
    *job.ROWS,
    *files.ROWS,
    *system.ROWS,
    *gcode.ROWS,
    *by_name.ROWS,
    *heat.ROWS,
    *pid.ROWS,
    *e_steps.ROWS,
    *motion.ROWS,
    *bed.ROWS,
    *filament.ROWS,
    *eeprom.ROWS,
    *panel.ROWS,
    *pins.ROWS,
)
