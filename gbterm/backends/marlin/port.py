"""The port with the board behind it: bytes and time in and out, and answers for who waits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from gbterm import serial_names
from gbterm.backends.marlin.link import Link, OnData, OnLost
from gbterm.backends.marlin.outgoing import Answered, Outgoing
from gbterm.backends.marlin.protocol import Protocol
from gbterm.backends.marlin.stream import ProtocolEvent
from gbterm.backends.marlin.thread_link import ThreadLink
from gbterm.backends.marlin.trouble import Sync
from gbterm.backends.marlin.window import Window
from gbterm.errors import PrinterError

STOOD_STILL_S = 1.0
"""A timer that comes so much too late tells of a process that was stopped."""
LISTENED_S = 0.25
"""So long is listened then, before what was not heard counts as silence."""

OnEvents = Callable[[list[ProtocolEvent]], None]


class Port:
    """Drives a `Protocol` on one loop; what comes of it is told to the three listeners.

    `on_data` hears the raw bytes, `on_events` what they meant, and `on_lost` once, in words, that
    the port went away by itself.
    """

    def __init__(
        self,
        name: str,
        window: Window,
        on_data: OnData,
        on_events: OnEvents,
        on_lost: OnLost,
    ) -> None:
        self.core = Protocol(window=window, nonce=random.getrandbits(24))
        self.name = name
        self.links = serial_names.LINKS
        self.stable_name = ""
        """By which the same board is found again, where `name` may be another's by then."""
        self.device = ""
        """What it was opened as, as /dev/ttyUSB1; empty until then."""
        self.baud = 0
        self._on_data, self._on_events, self._on_lost = on_data, on_events, on_lost
        self._link: Link | ThreadLink | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._hear: OnData | None = None
        self._waiters: dict[Outgoing, asyncio.Future[Answered]] = {}

    # Open and closed.

    async def open(self, baud: int) -> None:
        """Open the port at `baud`, or anew at another rate. Raises `LinkError`."""
        await self.close()
        self.baud = baud
        await self.reopen()

    async def reopen(self) -> None:
        """Open the port that went away; what is under way is as it was. Raises `LinkError`."""
        device = await asyncio.to_thread(self._look_up)
        self._link = await Link.open(self.sought, self.baud, self._received, self._lost)
        self.device = device

    def _look_up(self) -> str:
        self.stable_name = self.stable_name or serial_names.stable_name(self.name, self.links)
        return serial_names.device_of(self.sought)

    @property
    def sought(self) -> str:
        """The name that it is opened by, and looked for once it went away."""
        return self.stable_name or self.name

    async def ask_anew(self) -> None:
        """Somebody wants the port that has the name, and may have put another board there."""
        if self.stable_name and not await asyncio.to_thread(Path(self.stable_name).exists):
            self.stable_name = ""

    async def close(self) -> None:
        """Close the port, and let those who wait for an answer know."""
        link = self._link
        self._drop()
        if link is not None:
            # The port is locked until the transport has closed it.
            await link.closed.wait()

    @property
    def is_open(self) -> bool:
        """Whether bytes can go to the board."""
        return self._link is not None

    @property
    def low_latency(self) -> bool:
        """Whether the port could be set to hand over at once what it hears."""
        return getattr(self._link, "low_latency", False)

    @property
    def is_talking(self) -> bool:
        """Whether commands reach the board."""
        return self.is_open and self.core.sync is not Sync.STOPPED

    def stop(self, why: str) -> None:
        """Send nothing more until the core is restarted; who waits for an answer gets `why`."""
        self.core.stop()
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters.values():
            if not waiter.done():
                waiter.set_exception(PrinterError(why))
                waiter.exception()

    def _drop(self) -> None:
        self._forget_time()
        if self._link is not None:
            self._link.close()
            self._link = None
        self.stop("The port was closed.")

    def _forget_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _lost(self, why: str) -> None:
        """Who is told of it unplugs the core, or stops it."""
        self._link = None
        self._forget_time()
        self._on_lost(why)

    # Bytes and time.

    def now(self) -> float:
        """The monotonic clock, in seconds."""
        return asyncio.get_running_loop().time()

    def pump(self) -> None:
        """Send what may be sent, and set the timer for what is awaited."""
        if self._link is None:
            return
        self._link.write(self.core.data_to_send(self.now()))
        deadline = self.core.next_deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._tick)

    def write_now(self, data: bytes) -> None:
        """Write `data` at once, past the core and whatever is unsent."""
        if self._link is not None:
            self.core.transcript.sent(data.splitlines(), self.now())
            self._link.write_now(data)

    def write(self, data: bytes, shown: str = "") -> None:
        """Write `data` past the core, after what is unsent; the console has `shown` for it."""
        if self._link is not None:
            lines = [shown.encode()] if shown else data.splitlines()
            self.core.transcript.sent(lines, self.now())
            self._link.write(data)

    async def pulse_dtr(self) -> None:
        """Reset the board by its DTR line. Raises `OSError` where the device has none."""
        if self._link is None:
            raise OSError("The port is closed.")
        await self._link.pulse_dtr()

    def _tick(self) -> None:
        due = self._timer.when() if self._timer is not None else self.now()
        self._timer = None
        if self.now() - due > STOOD_STILL_S:
            # What the board said meanwhile is unread yet.
            self.core.stood_still(self.now())
            self._timer = asyncio.get_running_loop().call_later(LISTENED_S, self._tick)
            return
        self._on_events(self.core.tick(self.now()))

    def seize(self, hear: Callable[[bytes], None]) -> None:
        """Keep the core from sending, for who talks with the board by `write_now` and `hear`."""
        self.stop("The board is given a file.")
        self._hear = hear

    def release(self) -> None:
        """That is over; the core is silent until it is restarted."""
        self._hear = None

    def _received(self, data: bytes) -> None:
        self._on_data(data)
        if self._hear is not None:
            self._hear(data)
        self._on_events(self.core.receive(data, self.now()))

    # Commands, one by one.

    def send(self, text: str) -> None:
        """Queue a command of the host's own."""
        self.core.send(Outgoing(text.encode()))
        self.pump()

    def send_now(self, text: str, *, parsed_early: bool) -> None:
        """Send M108, M876 or M410 past the window (see `Protocol.send_now`)."""
        self.core.send_now(Outgoing(text.encode()), parsed_early=parsed_early, now=self.now())
        self.pump()

    async def command(self, text: str) -> tuple[str, ...]:
        """Send a command of the host's own and wait for its ok; returns what came before it.

        Raises `PrinterError` where no ok will come any more.
        """
        return (await self._executed(text)).replies

    async def ask(self, question: str) -> tuple[str, ...]:
        """The same for what does no harm twice: asked again where the answer may have been lost."""
        while not (answered := await self._executed(question)).was_heard:
            pass
        return answered.replies

    async def _executed(self, text: str) -> Answered:
        line = Outgoing(text.encode(), replies=[])
        waiter: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiters[line] = waiter
        self.core.send(line)
        self.pump()
        return await waiter

    def answer(self, answered: Answered) -> None:
        """Give the answer to who waits for it, if somebody does."""
        waiter = self._waiters.pop(answered.line, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(answered)
