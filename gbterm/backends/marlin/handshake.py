"""Greeting a board: from the open port to a stream that is proven to be in order.

Opening the port resets many boards (DTR) the first time: for a second or two a bootloader swallows
what comes, then the banner. Others are up and say nothing. So the first M110 is sent soon, and
again after every banner.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gbterm import events
from gbterm.backends.marlin import binary_packets, card, parser, reports
from gbterm.errors import LinkError, PrinterError
from gbterm.model import Firmware

if TYPE_CHECKING:
    from gbterm.backends.marlin.opening import Opening
    from gbterm.backends.marlin.stream import ProtocolEvent

BAUD_RATES = (115200, 250000)
"""Tried in turn where the profile names none: Marlin's usual ones."""
RARE_BAUD_RATES = (500000, 1000000, 230400, 57600)
"""Tried after them, where something was heard that is no text at either."""
FIRST_WORD_AFTER_S = 0.3
AFTER_BANNER_S = 1.0
"""Marlin looks for its SD card half a second after the banner."""
ASKED_EVERY_S = 4.0
SILENT_AT_MOST_S = 12.0
"""While nothing was heard that Marlin says; `AT_MOST_S` while texts come."""
AT_MOST_S = 40.0
SILENT_AFTER_S = 10.0
BUSY_AT_MOST_S = 3600.0
"""A board that heats, from a print that was lost or for one of its own, answers nothing but says
so every second."""
CLOSE_FILE = b"\nM29\n"
"""Ends a file that a board writes to its card, whatever it had of a line; else it does nothing."""
NOISE_BYTES, NOISE_SHARE = 40, 0.3
"""So many bytes, so many of them not text, mean another baud rate."""


async def connect(backend: Opening) -> None:
    """Open the port and bring the stream in order. Raises `LinkError`."""
    rates = [backend.profile.baud] if backend.profile.baud else list(BAUD_RATES)
    tried: list[int] = []
    is_noise = False
    while True:
        rate = rates.pop(0)
        tried.append(rate)
        handshake = Handshake(backend)
        backend.connecting = handshake
        try:
            await backend.open_link(rate)
            await handshake.run()
            return
        except _NoAnswerError as error:
            is_noise |= error.is_noise  # something speaks, at whichever of them it was heard
            if is_noise and tried == list(BAUD_RATES):
                rates += RARE_BAUD_RATES
            if not rates:
                raise LinkError(handshake.failure(tried, is_noise=is_noise)) from error
        finally:
            backend.connecting = None
            backend.report(events.WaitBegan(""))


def reports_wanted(firmware: Firmware) -> tuple[str, ...]:
    """The commands after which a board tells by itself what it would be asked for otherwise."""
    temperatures = ("M155 S1",) if firmware.can("AUTOREPORT_TEMP") else ()
    position = ("M154 S1",) if firmware.can("AUTOREPORT_POS") else ()
    card_status = (card.REPORTS,) if firmware.can("AUTOREPORT_SD_STATUS") else ()
    return (*temperatures, *position, *card_status)


class _NoAnswerError(Exception):
    """Nothing sensible came at this baud rate; noise, or nothing at all."""

    def __init__(self, *, is_noise: bool) -> None:
        super().__init__()
        self.is_noise = is_noise


class Handshake:
    """One try at one baud rate; told of what is heard while it waits."""

    def __init__(self, backend: Opening) -> None:
        self._backend = backend
        self._heard = self._noise = 0
        self._text_at = float("-inf")
        self._said_words = False
        self._started = 0.0
        self._again = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._suspended = self._was_closed = False
        self._is_working = False
        self._members: dict[str, str] = {}
        self._capabilities: dict[str, bool] = {}

    def heard(self, data: bytes) -> None:
        """Bytes came; count those that are no text."""
        self._heard += len(data)
        noise = sum(byte > 126 or (byte < 32 and byte not in b"\r\n\t") for byte in data)
        self._noise += noise
        if noise < NOISE_SHARE * len(data):
            self._text_at = self._backend.port.now()

    def happened(self, event: ProtocolEvent) -> None:
        """What was heard meant this; bytes at a wrong rate mean nothing, or a text."""
        self._said_words |= isinstance(event, parser.Line) and not isinstance(event, parser.Text)
        self._is_working |= isinstance(event, parser.Busy | parser.Heating)
        if isinstance(event, parser.Text) and (found := binary_packets.synced(event.text)):
            self._backend.port.write(binary_packets.way_back(found[0]), "OPEN, ABORT, LEAVE")

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
        """Somebody stops the board, or ends all: send nothing more, but keep the port open."""
        self._suspended = True

    def abandon(self) -> None:
        """That is over: end in `LinkError`."""
        self._abandoned.set()

    async def run(self) -> None:
        """Greet the board and ask what it is. Raises `LinkError` or `_NoAnswerError`."""
        self._started = self._backend.port.now()
        await asyncio.sleep(FIRST_WORD_AFTER_S)
        while self._suspended or not await self._greeted():
            waited = self._backend.port.now() - self._started
            if self._suspended:
                await self._abandoned.wait()
                raise LinkError("The connecting was stopped: reconnect.")
            if self._backend.is_locked:
                raise LinkError(
                    f"The printer on {self._backend.port.name} is locked: unlock it at its display,"
                    " then connect again."
                )
            if not self._is_marlin:
                if self._noise > NOISE_BYTES and self._noise > NOISE_SHARE * self._heard:
                    raise _NoAnswerError(is_noise=True)
                if waited > (AT_MOST_S if self._is_heard_now else SILENT_AT_MOST_S):
                    raise _NoAnswerError(is_noise=False)
            elif waited > BUSY_AT_MOST_S or (waited > AT_MOST_S and not self._is_heard_now):
                raise LinkError(self.failure([self._backend.port.baud], is_noise=False))
            if not self._heard:
                await self._backend.wake()
        await self._identify()

    async def _greeted(self) -> bool:
        """Whether the board took a new numbering, after which its M115 was answered."""
        port = self._backend.port
        self._again.clear()
        port.core.restart(random.randrange(1000, 10_000))
        question = asyncio.ensure_future(port.command("M115"))
        reset = asyncio.ensure_future(self._again.wait())
        waiting = {question, reset}
        while True:
            self._say_wait()
            done, _ = await asyncio.wait(
                waiting, timeout=ASKED_EVERY_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not (done or self._suspended or self._is_text):
                # It may be in binary mode since the host is gone that gave it a file.
                port.write(binary_packets.SYNC, "SYNC")
            if done or self._suspended or not (self._is_marlin and self._is_heard_now):
                break
            if not self._members and self._backend.core.tally.oks:
                # It takes all that it is told for lines of a file: who wrote that is gone.
                port.write_now(CLOSE_FILE)
            # It lives and is busy: asking anew would only fill its queue.
            self._backend.end_waits()
        answered = question.done() and not question.cancelled() and question.exception() is None
        if answered and not (self._members or self._was_closed):
            # The same, of a board whose oks name their lines.
            self._was_closed, answered = True, False
            port.write_now(CLOSE_FILE)
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
    def _is_marlin(self) -> bool:
        """Whether a word of Marlin's was heard: a few bytes by chance are none."""
        return self._said_words or self._backend.core.tally.oks > 0

    @property
    def _is_text(self) -> bool:
        """Whether it understands text, or will once it is no longer busy."""
        return self._is_working or self._backend.core.tally.oks > 0

    @property
    def _is_heard_now(self) -> bool:
        return self._backend.port.now() - self._text_at < ASKED_EVERY_S

    async def _identify(self) -> None:
        backend = self._backend
        firmware = reports.firmware(self._members, self._capabilities)
        backend.report(events.FirmwareIdentified(firmware))
        backend.core.gap = b"" if firmware.is_marlin_2 else b" "
        if firmware.capabilities.get("SDCARD", True):
            await self._ask(card.STATUS)
            if backend.card.is_known and not backend.card.prints:
                await self._ask(backend.card.which())
        backend.ask_for_reports()
        if not backend.card.prints:
            if halts_after_min := backend.profile.heaters.board_halts_idle_after_min:
                backend.port.send(f"M85 S{60 * halts_after_min:.0f}")
            # Older firmwares finish all moves first.
            backend.port.send("M114")
        if firmware.is_marlin_2:
            # Somebody may have changed them before; of its fans a Marlin says nothing.
            backend.port.send("M220")
            for index in range(firmware.extruders):
                backend.port.send(f"M221 T{index}")
        await self._ask("M105")

    async def _ask(self, text: str) -> None:
        """Wait for the answer of a board that was greeted, and may be busy with its own print."""
        port = self._backend.port
        question = asyncio.ensure_future(port.command(text))
        try:
            while not question.done():
                self._say_wait()
                await asyncio.wait((question,), timeout=SILENT_AFTER_S)
                waited = port.now() - self._started
                if waited > BUSY_AT_MOST_S or port.now() - self._text_at >= SILENT_AFTER_S:
                    break
            if not question.done():
                raise LinkError(f"{port.name} answered and then fell silent: reset the printer.")
            await question
        except PrinterError as error:
            if self._suspended:
                await self._abandoned.wait()
            raise LinkError(f"{port.name} fell silent: reset the printer.") from error
        finally:
            question.cancel()

    def failure(self, rates: Sequence[int], *, is_noise: bool) -> str:
        """Why none of the `rates` led to a board, with what to do."""
        name, last = self._backend.port.name, rates[-1]
        tried = f"{', '.join(map(str, rates[:-1]))} or {last}" if len(rates) > 1 else str(last)
        if is_noise:
            return (
                f"{name} says nothing readable at {tried} baud: name the printer's baud rate with"
                " --baud. Other firmware than Marlin, as Klipper, says nothing readable at any."
            )
        return (
            f"The board on {name} does not answer at {tried} baud: switch the printer on (USB alone"
            " may not do), press its reset button, try a cable that carries data, or name another"
            " --baud."
        )
