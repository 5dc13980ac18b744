"""What systemd hears of the processes that it starts: sd_notify(3)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

SOCKET = "NOTIFY_SOCKET"
"""Of the environment; what is started from here is none of systemd's."""


def say_ready() -> None:
    """Clients may connect. Nothing happens where systemd doesn't wait for that."""
    address = os.environ.pop(SOCKET, "")
    if not address:
        return
    # It may have left, as a test or an ended manager does; the printer goes on.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(b"READY=1", address.replace("@", "\0", 1) if address[0] == "@" else address)
