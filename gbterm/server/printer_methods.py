"""The methods that the server forwards to the printer process."""

from __future__ import annotations

from typing import Any

from gbterm.backends.opengb.channel import Open
from gbterm.backends.opengb.once import call_once
from gbterm.printer_params import PRINTER_PARAMS
from gbterm.server.client import Client
from gbterm.server.printer_client import WHO
from gbterm.server.table import CHECK_S, Method, Table

STOP_S = 10.0
PROBE_S = 3600.0
"""A bed of many points, touched at each."""
TUNE_S = 4 * 3600.0
"""A bed that cools slowly."""


def printer_methods(open_channel: Open) -> Table:
    """`open_channel` connects to the printer process."""

    async def emergency_stop(_: Client, params: dict[str, Any]) -> Any:
        """Where everything else goes, it might have to wait for calls that take their time."""
        given = {name: value for name, value in params.items() if value is not None}
        channel = await open_channel()
        try:
            return await call_once(channel, "emergency_stop", STOP_S, who=WHO, params=given)
        finally:
            await channel.close()

    return {
        **{name: Method(params) for name, params in PRINTER_PARAMS.items()},
        "emergency_stop": Method(PRINTER_PARAMS["emergency_stop"], emergency_stop),
        "send_gcode": Method(PRINTER_PARAMS["send_gcode"], timeout_s=CHECK_S),
        "get_bed_mesh": Method(PRINTER_PARAMS["get_bed_mesh"], timeout_s=CHECK_S),
        "probe_bed": Method(PRINTER_PARAMS["probe_bed"], timeout_s=PROBE_S),
        "tune_pid": Method(PRINTER_PARAMS["tune_pid"], timeout_s=TUNE_S),
        "set_levelling": Method(PRINTER_PARAMS["set_levelling"], timeout_s=CHECK_S),
        "print_card_file": Method(PRINTER_PARAMS["print_card_file"], timeout_s=CHECK_S),
        **{
            name: Method(PRINTER_PARAMS[name], timeout_s=CHECK_S)
            for name in (
                *("store_mesh", "get_z_offset", "save_z_offset", "visit_corner"),
                "stop_pid_tuning",
            )
        },
        "get_resume_point": Method(PRINTER_PARAMS["get_resume_point"], timeout_s=CHECK_S),
        "resume_job": Method(PRINTER_PARAMS["resume_job"], timeout_s=CHECK_S),
        **{
            name: Method(PRINTER_PARAMS[name], timeout_s=CHECK_S)
            for name in PRINTER_PARAMS
            if name.endswith("_board_settings")
        },
        "write_card_file": Method(
            PRINTER_PARAMS["write_card_file"], unix_only=True, timeout_s=CHECK_S
        ),
        "start_job": Method(PRINTER_PARAMS["start_job"], unix_only=True, timeout_s=CHECK_S),
    }
