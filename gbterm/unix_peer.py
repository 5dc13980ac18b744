"""Who is at the other end of a unix socket, as the kernel says it: nobody can pretend."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Any

_CREDENTIALS = struct.Struct("3i")
"""SO_PEERCRED of unix(7): the process, its user and its group."""


@dataclass(frozen=True, slots=True)
class UnixPeer:
    """A process, at the time when it connected."""

    pid: int
    uid: int


def of(connection: Any) -> UnixPeer | None:
    """The peer of `connection`, a socket or what a transport shows of one; None where unknown."""
    try:
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return None
    pid, uid, _ = _CREDENTIALS.unpack(told)
    return UnixPeer(pid, uid)
