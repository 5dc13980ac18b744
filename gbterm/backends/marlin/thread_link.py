"""A port without a file descriptor: two threads wait in its blocking calls, one reads, one writes.

pyserial speaks RFC 2217 (a serial port behind a telnet server) in a thread of its own and offers
nothing that an event loop could wait for (docs/decisions/0008-rfc2217.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Protocol


class HasDtr(Protocol):
    """A device with the line that resets many boards."""

    @property
    def dtr(self) -> bool:
        """Whether it is held."""

    @dtr.setter
    def dtr(self, high: bool) -> None:
        """Raises `OSError` where the device has none."""


class Device(HasDtr, Protocol):
    """What is needed of pyserial's port; every call may block, and raise OSError."""

    @property
    def in_waiting(self) -> int:
        """How much can be read without waiting."""

    def read(self, size: int = 1, /) -> bytes:
        """Wait for `size` bytes; less at the end."""

    def write(self, data: bytes, /) -> int | None:
        """Send all of `data`."""

    def close(self) -> None:
        """End the reading, too."""


DTR_LOW_S = 0.1
"""As long as an Arduino's reset capacitor needs, and some more."""


def pulse_dtr(device: HasDtr) -> None:
    """Let DTR go for a moment. Blocking; raises `OSError` where the device has no such line."""
    device.dtr = False
    time.sleep(DTR_LOW_S)
    device.dtr = True


class ThreadLink:
    """The same as `Link`, on threads. `purge` throws away what the port's far side has unsent."""

    def __init__(
        self,
        device: Device,
        purge: Callable[[], None],
        on_data: Callable[[bytes], None],
        on_lost: Callable[[Exception | None], None],
    ) -> None:
        self._device, self._purge = device, purge
        self._on_data, self._on_lost = on_data, on_lost
        self._loop = asyncio.get_running_loop()
        self._todo = threading.Condition()
        self._unsent = b""
        self._purge_first = self._closed = False
        self.closed = asyncio.Event()
        """Set once the port is closed."""
        for name, run in (("link-read", self._read), ("link-write", self._write)):
            threading.Thread(target=run, name=name, daemon=True).start()

    def write(self, data: bytes) -> None:
        """Send `data` after what is unsent, without waiting."""
        if data:
            with self._todo:
                self._unsent += data
                self._todo.notify()

    def write_now(self, data: bytes) -> None:
        """Throw away what is unsent, on the far side too, and send `data` at once."""
        with self._todo:
            self._unsent, self._purge_first = data, True
            self._todo.notify()

    async def pulse_dtr(self) -> None:
        """Reset a board that resets on DTR. Raises `OSError` where the device has no such line."""
        await asyncio.to_thread(pulse_dtr, self._device)

    def close(self) -> None:
        """Close the port without waiting for what is unsent."""
        if self._closed:
            return
        with self._todo:
            self._closed, self._unsent = True, b""
            self._todo.notify()
        threading.Thread(target=self._close, name="link-close", daemon=True).start()

    # On the threads.

    def _read(self) -> None:
        error: Exception | None = None
        whole = True
        try:
            # pyserial may wait for ever when it is asked again after the end.
            while whole:
                data = self._device.read(1)
                more = self._device.in_waiting if data else 0
                data += self._device.read(more)
                whole = len(data) == 1 + more
                if data:
                    self._tell(self._received, data)
        except (OSError, TypeError, ValueError) as raised:
            error = raised
        self._tell(self._lose, error)

    def _write(self) -> None:
        try:
            while not self._closed:
                with self._todo:
                    self._todo.wait_for(lambda: self._unsent or self._closed)
                    data, self._unsent = self._unsent, b""
                    purge, self._purge_first = self._purge_first, False
                if purge:
                    self._purge()
                if data:
                    self._device.write(data)
        except (OSError, TypeError, ValueError, AttributeError) as error:
            self._tell(self._lose, error)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._device.close()
        self._tell(self.closed.set)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        """Call `what` on the loop, which may have ended."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *arguments)

    # On the loop.

    def _received(self, data: bytes) -> None:
        if not self._closed:
            self._on_data(data)

    def _lose(self, error: Exception | None) -> None:
        if not self._closed:
            self.close()
            self._on_lost(error)
