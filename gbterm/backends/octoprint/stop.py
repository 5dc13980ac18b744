"""The emergency stop of a printer behind an OctoPrint, over a connection of its own."""

from __future__ import annotations

import asyncio

from gbterm.backends.given import mapping
from gbterm.backends.octoprint.http import Http
from gbterm.credentials import Credentials
from gbterm.errors import GbtermError, WrongState
from gbterm.model import StopReport
from gbterm.octoprint_requests import COMMAND, JOB

STOP_S = 8.0
_LAST_RESORT = "If it still moves or heats, switch the printer off."
_HALTED = ("halted", "kill()")
"""Words of Marlin's last line."""


async def stop(url: str, credentials: Credentials) -> StopReport:
    """Have OctoPrint send M112, ahead of everything that it still has to send.

    It then closes the port without listening any more: only a board that halted before is known to
    have halted.
    """
    http = Http(url, credentials)
    try:
        await http.post(COMMAND, {"command": "M112"}, STOP_S)
    except WrongState:
        if _is_halt(error := await _closed_by(http)):
            return StopReport(True, f"The printer had halted before: {error}")
        return StopReport(
            False,
            "OctoPrint has no connection to the printer, so the stop reached nobody."
            f" {_LAST_RESORT}",
        )
    except GbtermError as error:
        return StopReport(False, f"{error} {_LAST_RESORT}")
    finally:
        await http.close()
    return StopReport(
        False,
        "OctoPrint sent the emergency stop and closed the port; it can't tell whether the board"
        f" halted. {_LAST_RESORT}",
    )


async def _closed_by(http: Http) -> str:
    """The error that the port is closed by, asked for now: one that was told before may be of a
    printer that has been switched on again since."""
    try:
        async with asyncio.timeout(STOP_S):
            return str(mapping(await http.get(JOB)).get("error") or "")
    except (GbtermError, TimeoutError):
        return ""


def _is_halt(error: str) -> bool:
    return any(word in error for word in _HALTED)
