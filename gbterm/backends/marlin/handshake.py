"""Greeting a board: from the open port to a stream that is proven to be in order.

Opening the port resets many boards (DTR): for a second or two a bootloader swallows what comes,
then the banner. Others are up and say nothing. So the first M110 is sent soon, and again after
every banner.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.marlin import parser, reports
from gbterm.errors import LinkError, PrinterError

if TYPE_CHECKING:
    from gbterm.backends.marlin.opening import Opening

BAUD_RATES = (115200, 250000)
"""Tried in turn where the profile names none: Marlin's usual ones."""
FIRST_WORD_AFTER_S = 0.3
AFTER_BANNER_S = 1.0
"""Marlin looks for its SD card half a second after the banner."""
ASKED_EVERY_S = 4.0
SILENT_AT_MOST_S = 12.0
AT_MOST_S = 40.0
BUSY_AT_MOST_S = 900.0
"""A board that heats, from a print that was lost, answers nothing but says so every second."""
NOISE_BYTES, NOISE_SHARE = 40, 0.3
"""So many bytes, so many of them not text, mean another baud rate."""


async def connect(backend: Opening) -> None:
    """Open the port and bring the stream in order. Raises `LinkError`."""
    rates = (backend.profile.baud,) if backend.profile.baud else BAUD_RATES
    for rate in rates:
        handshake = Handshake(backend)
        backend.connecting = handshake
        try:
            await backend.open_link(rate)
            await handshake.run()
            return
        except _NoAnswerError as error:
            if rate == rates[-1]:
                raise LinkError(str(error)) from error
        finally:
            backend.connecting = None
            backend.report(events.WaitBegan(""))


class _NoAnswerError(Exception):
    """Nothing sensible came at this baud rate."""


class Handshake:
    """One try at one baud rate; told of what is heard while it waits."""

    def __init__(self, backend: Opening) -> None:
        self._backend = backend
        self._heard = self._noise = 0
        self._text_at = float("-inf")
        self._started = 0.0
        self._again = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._suspended = False
        self._members: dict[str, str] = {}
        self._capabilities: dict[str, bool] = {}

    def heard(self, data: bytes) -> None:
        """Bytes came; count those that are no text."""
        self._heard += len(data)
        noise = sum(byte > 126 or (byte < 32 and byte not in b"\r\n\t") for byte in data)
        self._noise += noise
        if noise < NOISE_SHARE * len(data):
            self._text_at = self._backend.port.now()

    def board_reset(self) -> None:
        """A banner came: what was sent before is lost."""
        self._again.set()

    def identified(self, line: parser.FirmwareNamed | parser.CapabilityNamed) -> None:
        """A line of M115's answer came."""
        if isinstance(line, parser.FirmwareNamed):
            self._members = line.members
        else:
            self._capabilities[line.name] = line.value

    def suspend(self) -> None:
        """Somebody pressed the emergency stop: send nothing more, but keep the port open."""
        self._suspended = True

    def abandon(self) -> None:
        """The emergency stop is over: end in `LinkError`."""
        self._abandoned.set()

    async def run(self) -> None:
        """Greet the board and ask what it is. Raises `LinkError` or `_NoAnswerError`."""
        self._started = self._backend.port.now()
        await asyncio.sleep(FIRST_WORD_AFTER_S)
        while self._suspended or not await self._greeted():
            waited = self._backend.port.now() - self._started
            if self._suspended:
                await self._abandoned.wait()
                raise LinkError("The emergency stop ended the connecting: reconnect.")
            if self._backend.is_locked:
                raise LinkError(
                    f"The printer on {self._backend.port.name} is locked: unlock it at its display,"
                    " then connect again."
                )
            if self._noise > NOISE_BYTES and self._noise > NOISE_SHARE * self._heard:
                raise _NoAnswerError(self._wrong_baud())
            if waited > BUSY_AT_MOST_S or (waited > AT_MOST_S and not self._is_heard_now):
                raise LinkError(self._no_answer())
            if waited > SILENT_AT_MOST_S and not self._heard:
                raise _NoAnswerError(self._no_answer())
        await self._identify()

    async def _greeted(self) -> bool:
        """Whether the board took a new numbering, after which its M115 was answered."""
        backend = self._backend
        self._again.clear()
        backend.port.core.restart(random.randrange(1000, 10_000))
        question = asyncio.ensure_future(backend.port.command("M115"))
        reset = asyncio.ensure_future(self._again.wait())
        waiting = {question, reset}
        while True:
            self._say_wait()
            done, _ = await asyncio.wait(
                waiting, timeout=ASKED_EVERY_S, return_when=asyncio.FIRST_COMPLETED
            )
            if done or self._suspended or not self._is_heard_now:
                break
            # It lives and is busy: asking anew would only fill its queue.
            self._backend.end_waits()
        answered = question.done() and not question.cancelled() and question.exception() is None
        for future in waiting:
            future.cancel()
        if self._again.is_set():
            await asyncio.sleep(AFTER_BANNER_S)
        return answered and not self._again.is_set() and not self._suspended

    def _say_wait(self) -> None:
        port = self._backend.port
        seconds = int(port.now() - self._started)
        words = f"the board to answer at {port.baud} baud, {seconds} s"
        self._backend.report(events.WaitBegan(words))

    @property
    def _is_heard_now(self) -> bool:
        return self._backend.port.now() - self._text_at < ASKED_EVERY_S

    async def _identify(self) -> None:
        backend = self._backend
        firmware = reports.firmware(self._members, self._capabilities)
        backend.report(events.FirmwareIdentified(firmware))
        backend.core.gap = b"" if firmware.is_marlin_2 else b" "
        if firmware.can("AUTOREPORT_TEMP"):
            backend.port.send("M155 S1")
        if firmware.can("AUTOREPORT_POS"):
            backend.port.send("M154 S1")
        backend.port.send("M114")
        if firmware.is_marlin_2:
            # Somebody may have changed them before; of its fans a Marlin says nothing.
            backend.port.send("M220")
            for index in range(firmware.extruders):
                backend.port.send(f"M221 T{index}")
        try:
            async with asyncio.timeout(10.0):
                await backend.port.command("M105")
        except (TimeoutError, PrinterError) as error:
            if self._suspended:
                await self._abandoned.wait()
            raise LinkError(
                f"{backend.port.name} answered and then fell silent: reset the printer."
            ) from error

    def _wrong_baud(self) -> str:
        port = self._backend.port
        return (
            f"{port.name} says nothing readable at {port.baud} baud: name the printer's baud rate"
            " with --baud (115200 and 250000 are usual)."
        )

    def _no_answer(self) -> str:
        port = self._backend.port
        return (
            f"The board on {port.name} does not answer at {port.baud} baud: switch the printer on,"
            " press its reset button, or name another --baud."
        )
