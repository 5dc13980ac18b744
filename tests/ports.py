"""Ports of loopback for servers that must be told theirs."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

BELOW_EPHEMERAL = range(15_000, 30_000)
"""Which the system gives to nobody who asks for any port, as tests beside this one do."""
CHANCE = random.SystemRandom()


def free_port() -> int:
    """One that nobody has."""
    while True:
        port = CHANCE.choice(BELOW_EPHEMERAL)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
