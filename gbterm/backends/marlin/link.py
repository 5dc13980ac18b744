"""The serial port: opened off the loop, read through pyserial-asyncio, written to directly.

pyserial-asyncio opens and drains blockingly, so the port is opened in a thread and thrown empty
before it is closed. Bytes are written straight to the descriptor, because an emergency stop must
pass whatever a transport has buffered.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import termios
from collections.abc import Callable
from functools import partial
from pathlib import Path

import serial
import serial.rfc2217
import serial_asyncio
from serial.rfc2217 import PURGE_DATA, PURGE_TRANSMIT_BUFFER

from gbterm import serial_use
from gbterm.backends.marlin.thread_link import ThreadLink, pulse_dtr
from gbterm.errors import LinkError

OPEN_WITHIN_S = 20.0
OnData = Callable[[bytes], None]
OnLost = Callable[[str], None]
OnGone = Callable[[Exception | None], None]


class Link(asyncio.Protocol):
    """An open port. `on_lost` is told once why it goes away by itself."""

    def __init__(self, device: serial.SerialBase, on_data: OnData, on_lost: OnGone) -> None:
        self._device = device
        self._on_data, self._on_lost = on_data, on_lost
        self._loop = asyncio.get_running_loop()
        self._unsent = b""
        self._waiting_to_write = self._closed = False
        self.closed = asyncio.Event()
        """Set once the descriptor is closed, and its lock with it."""
        self.low_latency = isinstance(device, serial.Serial) and _hurry(device)
        """Whether the port hands over at once what it hears."""
        self._transport = serial_asyncio.SerialTransport(self._loop, self, device)

    @staticmethod
    async def open(port: str, baud: int, on_data: OnData, on_lost: OnLost) -> Link | ThreadLink:
        """Open `port`, and tell `on_lost` in words. Raises `LinkError` with what to do."""

        def lost(error: Exception | None) -> None:
            said = f" ({error})" if error else ""
            on_lost(f"{port} went away{said}: look at its cable and its power.")

        try:
            async with asyncio.timeout(OPEN_WITHIN_S) as limit:
                device = await asyncio.to_thread(_open, port, baud)
            return _linked(device, on_data, lost)
        except _REFUSALS as error:
            if limit.expired():
                raise LinkError(
                    f"{port} did not open within {OPEN_WITHIN_S:g} s: unplug the printer and plug"
                    " it in again, or name another port with --port."
                ) from error
            raise LinkError(await asyncio.to_thread(_why_not, port, baud, error)) from error

    def write(self, data: bytes) -> None:
        """Send `data` after what is unsent, without waiting."""
        if self._closed or not data:
            return
        if self._unsent:
            self._unsent += data
            return
        self._unsent = data
        self._flush()

    def _flush(self) -> None:
        try:
            written = os.write(self._device.fileno(), self._unsent)
        except BlockingIOError:
            written = 0
        except OSError as error:
            self._lose(error)
            return
        rest = self._unsent[written:]
        if rest:
            self._loop.add_writer(self._device.fileno(), self._flush)
        elif self._waiting_to_write:
            self._loop.remove_writer(self._device.fileno())
        self._waiting_to_write = bool(rest)
        self._unsent = rest

    def write_now(self, data: bytes) -> None:
        """Throw away what is unsent, in the port's buffer too, and write `data` at once."""
        if self._closed:
            return
        self._stop_writing()
        with contextlib.suppress(OSError, termios.error):
            # Not flush(), which waits until a board that doesn't read has read.
            termios.tcflush(self._device.fileno(), termios.TCOFLUSH)
        self.write(data)

    async def pulse_dtr(self) -> None:
        """Reset a board that resets on DTR. Raises `OSError` where the device has no such line."""
        if not isinstance(self._device, serial.Serial):
            # pyserial takes it for a connection that carries nothing but bytes, and forgets it.
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        await asyncio.to_thread(pulse_dtr, self._device)

    def _stop_writing(self) -> None:
        if self._waiting_to_write:
            self._loop.remove_writer(self._device.fileno())
        self._waiting_to_write, self._unsent = False, b""

    def close(self) -> None:
        """Close the port without waiting for what is unsent."""
        if self._closed:
            return
        self._closed = True
        self._stop_writing()
        with contextlib.suppress(OSError, termios.error, serial.SerialException):
            termios.tcflush(self._device.fileno(), termios.TCOFLUSH)
            # A pty would refuse all others for as long as its other end lives.
            fcntl.ioctl(self._device.fileno(), termios.TIOCNXCL)
        # Told twice, it would fail: a port that went away is being closed already.
        if not self._transport.is_closing():
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes came (asyncio.Protocol)."""
        if not self._closed:
            self._on_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The port went away, or was closed (asyncio.Protocol)."""
        self._lose(exc)
        # The transport closes the descriptor after this, still within the same turn of the loop.
        self._loop.call_soon(self.closed.set)

    def _lose(self, error: Exception | None) -> None:
        if self._closed:
            return
        self.close()
        self._on_lost(error)


def _linked(device: serial.SerialBase, on_data: OnData, lost: OnGone) -> Link | ThreadLink:
    """Raises one of `_REFUSALS` where the port has gone since it was opened."""
    try:
        if isinstance(device, serial.rfc2217.Serial):
            return ThreadLink(device, partial(_purge, device), on_data, lost)
        return Link(device, on_data, lost)
    except _REFUSALS:
        device.close()
        raise


class _Device(serial.Serial):
    """A local port, read when the loop says that something came."""

    def read(self, size: int = 1) -> bytes:
        """What came, without asking once more whether it did, as pyserial would for each line."""
        try:
            data = os.read(self.fileno(), size)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise serial.SerialException(str(error)) from error
        if not data:
            raise serial.SerialException("it was unplugged")
        return data


_REFUSALS = (OSError, OverflowError, termios.error, ValueError, TypeError, KeyError)
"""pyserial says the last three of addresses that it can't read."""


def _hurry(device: serial.Serial) -> bool:
    """Have a USB adapter hand over at once what it heard: an FTDI chip waits 16 ms otherwise."""
    try:
        device.set_low_latency_mode(True)
    except (OSError, ValueError, AttributeError, NotImplementedError):
        return False
    return True


def _open(port: str, baud: int) -> serial.SerialBase:
    if "://" not in port and (why := serial_use.terminal(os.path.realpath(port))):
        raise LinkError(why)
    # RFC 2217 knows no waiting for a time.
    wait_s = None if port.lower().startswith("rfc2217://") else 0
    open_port = serial.serial_for_url if "://" in port else _Device
    device = open_port(port, baudrate=baud, exclusive=True, timeout=wait_s, write_timeout=wait_s)
    with contextlib.suppress(OSError, AttributeError, serial.SerialException):
        fcntl.ioctl(device.fileno(), termios.TIOCEXCL)
    if isinstance(device, serial.Serial):
        _hold_dtr(device)
    if port.lower().startswith("socket://"):
        with socket.socket(fileno=os.dup(device.fileno())) as connection:
            # Else a stop waits until what was sent before it is acknowledged.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return device


def _hold_dtr(device: serial.Serial) -> None:
    """Have the kernel leave DTR up once the port is closed, be it by the process's death.

    It raises DTR at each opening, which resets many boards unless it is up already.
    """
    with contextlib.suppress(OSError, termios.error):
        attributes = termios.tcgetattr(device.fileno())
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(device.fileno(), termios.TCSANOW, attributes)


def _purge(device: serial.rfc2217.Serial) -> None:
    """Ask for it without waiting for the answer, as `reset_output_buffer` would."""
    device.rfc2217_send_subnegotiation(PURGE_DATA, PURGE_TRANSMIT_BUFFER)


def _why_not(port: str, baud: int, error: Exception) -> str:
    """Why the port can't be opened, in one sentence with what to do."""
    if "://" in port and "baud" not in str(error):
        return _why_not_reached(port, error)
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or ("://" not in port and not Path(port).exists()):
        return f"There is no port {port}: plug the printer in, or name another with --port."
    if number == errno.EPERM:
        return (
            f"{port} is none of the devices that this process may open: where the machine's service"
            " is to, run sudo gbterm service install again, and then sudo systemctl reload of its"
            " gbterm-printer@ unit."
        )
    if number == errno.EACCES:
        return f"You may not open {port}: {serial_use.group_to_join(port)}."
    if number in (errno.EBUSY, errno.EAGAIN) or "lock" in str(error).lower():
        return serial_use.holder(os.path.realpath(port))
    if "://" not in port and (not Path(port).is_char_device() or "ioctl" in str(error)):
        return f"{port} is no serial port: name another with --port."
    if isinstance(error, ValueError | OverflowError) or "baud" in str(error).lower():
        return f"{port} can't run at {baud} baud: choose another with --baud."
    return f"{port} can't be opened: {error}."


def _why_not_reached(address: str, error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    if isinstance(error, ValueError | TypeError | LookupError | ImportError):
        return (
            f"{address} is no address of a port: write rfc2217://HOST:PORT or socket://HOST:PORT."
        )
    why = getattr(error, "strerror", None) or error
    return f"{address} can't be reached ({why}): start its server, or name another with --port."
