"""Notice every opening and closing of a device, however short (Linux inotify)."""

from __future__ import annotations

import ctypes
import os
import struct

IN_CLOSE = 0x08 | 0x10
IN_OPEN = 0x20
IN_NONBLOCK = 0x800
IN_CLOEXEC = 0x80000
_HEADER = struct.Struct("iIII")


class OpenWatch:
    """Counts who has a path open from now on."""

    def __init__(self, path: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd: int = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, path.encode(), IN_OPEN | IN_CLOSE) < 0:
            raise OSError(ctypes.get_errno(), "cannot watch the port", path)
        self._holders = 0

    def look(self) -> bool:
        """Whether anyone has opened what nobody had open."""
        try:
            events = os.read(self.fd, 4096)
        except BlockingIOError:
            return False
        opened = False
        while events:
            _, mask, _, size = _HEADER.unpack_from(events)
            events = events[_HEADER.size + size :]
            if mask & IN_OPEN:
                opened = opened or self._holders == 0
                self._holders += 1
            elif mask & IN_CLOSE:
                self._holders = max(0, self._holders - 1)
        return opened

    @property
    def held(self) -> bool:
        """Whether someone has it open."""
        return self._holders > 0

    def close(self) -> None:
        """Stop watching."""
        os.close(self.fd)
