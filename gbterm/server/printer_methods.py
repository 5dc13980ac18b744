"""The methods that the server forwards to the printer process."""

from __future__ import annotations

from gbterm.printer_params import PRINTER_PARAMS
from gbterm.server.table import CHECK_S, Method, Table

STOP_S = 10.0

PRINTER_METHODS: Table = {
    **{name: Method(params) for name, params in PRINTER_PARAMS.items()},
    "emergency_stop": Method(PRINTER_PARAMS["emergency_stop"], timeout_s=STOP_S),
    "send_gcode": Method(PRINTER_PARAMS["send_gcode"], timeout_s=CHECK_S),
    "start_job": Method(PRINTER_PARAMS["start_job"], unix_only=True, timeout_s=CHECK_S),
}
