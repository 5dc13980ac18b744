"""The methods that the server forwards to the printer process."""

from __future__ import annotations

from gbterm.params import REQUIRED, Param, boolean, count, number, text
from gbterm.server.table import CHECK_S, Method, Table

_AXES = tuple(Param(axis, number) for axis in "xyz")
_NOZZLES = tuple(Param(f"nozzle{index}", number) for index in range(1, 9))

PRINTER_METHODS: Table = {
    "set_temp": Method((Param("bed", number), *_NOZZLES)),
    "move_head_relative": Method((*_AXES, Param("rate", number))),
    "move_head_absolute": Method((*_AXES, Param("rate", number))),
    "home_head": Method(tuple(Param(axis, boolean, True) for axis in "xyz")),
    "pause_print": Method(),
    "resume_print": Method(),
    "cancel_print": Method(),
    "emergency_stop": Method(timeout_s=10.0),
    "reconnect": Method(),
    "answer_prompt": Method((Param("choice", count, REQUIRED),)),
    "start_job": Method(
        (
            Param("path", text, REQUIRED),
            Param("name", text),
            Param("file_id", count),
            Param("confirmed", boolean, False),
        ),
        unix_only=True,
        timeout_s=CHECK_S,
    ),
}
