"""The emergency stop as a person has to hear of it: its outcome, whatever goes wrong."""

from __future__ import annotations

import asyncio

from gbterm.backends.base import Backend
from gbterm.errors import GbtermError
from gbterm.model import StopReport

DEADLINE_S = 10.0
"""After which a stop counts as not confirmed, whatever the backend still waits for."""


async def stop(backend: Backend) -> StopReport:
    """Halt the printer now. Raises nothing."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await backend.emergency_stop()
    except TimeoutError:
        return StopReport(False, f"No answer within {DEADLINE_S:.0f} seconds.")
    except GbtermError as error:
        return StopReport(False, str(error))
    except Exception as error:  # noqa: BLE001 - whatever failed, the user must cut the power
        return StopReport(False, f"Internal error ({type(error).__name__}): {error}")
