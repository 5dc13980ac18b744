"""The serial port itself."""

from __future__ import annotations

import fcntl
import os
import struct

from gbterm.backends.marlin.link import Link

TIOCGEXCL = 0x80045440
"""Linux' asm-generic/ioctls.h; Python's termios has it from 3.13 on."""


def is_refused_to_others(port: int) -> bool:
    return struct.unpack("i", fcntl.ioctl(port, TIOCGEXCL, bytes(4))) != (0,)


async def test_a_port_is_nobody_elses_until_it_is_closed() -> None:
    end, port = os.openpty()
    link = await Link.open(os.ttyname(port), 115200, lambda _: None, lambda _: None)
    assert is_refused_to_others(port)
    link.close()
    await link.closed.wait()
    assert not is_refused_to_others(port)
    os.close(port)
    os.close(end)
