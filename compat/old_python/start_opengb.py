"""Starts the real OpenGB server: start_opengb.py CONFIGURATION [PORT]."""

import re
import sys
from types import ModuleType

import serial


def off_a_pi(name: str) -> None:
    """RPi.GPIO, as it is there."""
    raise RuntimeError(name)


def of_then(line: bytes) -> bytes:
    """A line of Marlin 2 as Marlin 1 said it, which is all that OpenGB reads."""
    line = re.sub(rb"( @\d:\d+)+(?=\s*$)", b"", line)
    return line.replace(b"ok T0:", b"ok T:").replace(b" Count X:", b" Count X: ")


class Serial(serial.Serial):
    """With the setters of pyserial 2."""

    def setBaudrate(self, baud: int) -> None:  # noqa: N802
        """Of old."""
        self.baudrate = baud

    def setTimeout(self, seconds: float) -> None:  # noqa: N802
        """Of old."""
        self.timeout = seconds

    def readline(self, *size: int) -> bytes:
        """As it comes from a board of then."""
        return of_then(super().readline(*size))


sys.modules["RPi"] = pi = ModuleType("RPi")
pi.__getattr__ = off_a_pi
serial.Serial = Serial

import opengb.config  # noqa: E402
import opengb.server  # noqa: E402
from opengb.printer import Marlin  # noqa: E402

opengb.config.CONFIG_FILE, *port = sys.argv[1:]
# It takes whatever USB port there is.
Marlin._detect_port = lambda _: port[0]
sys.exit(opengb.server.main())
