"""What is worth writing down of a printer that was opened and is not configured."""

from __future__ import annotations

from gbterm.backends import kinds
from gbterm.backends.base import Backend
from gbterm.backends.capability import Capability
from gbterm.errors import GbtermError


async def members(backend: Backend, where: str, key_file: str) -> dict[str, str]:
    """Members of its table beside the port or address `where`; `backend` is connected to it.

    A server has a rate, too, which is its own.
    """
    if kinds.is_address(where):
        return {"key_file": key_file} if key_file else {}
    if Capability.STATISTICS not in backend.capabilities:
        return {}
    try:
        baud = (await backend.stream_statistics()).baud
    except GbtermError:
        return {}
    return {"baud": str(baud)} if baud else {}
