"""A whole backend joined to the simulated board, on a loop whose clock is a number.

Nothing sleeps and nothing is threaded: where every task waits, the clock jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from gbterm import events
from gbterm.backends.marlin import feed, readahead, safety, unplugged
from gbterm.backends.marlin.backend import MarlinBackend
from gbterm.backends.marlin.link import Link
from gbterm.config import Guards, Limits, PrinterProfile
from gbterm.errors import LinkError
from gbterm.model import Phase, PrinterState
from gbterm.simulator.board import Board
from gbterm.simulator.thermal import Heater
from gbterm.simulator.variants import VARIANTS

Tamper = Callable[[str, bytes], bytes]
"""Changes bytes on their way; told whether towards the `board` or the `host`."""


class Clock(selectors.DefaultSelector):
    """Doesn't wait for what it is asked to wait for: lets `time` jump there."""

    time = 100.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The time passes at once; with nothing to wait for the test would hang for ever."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("every task waits, and no timer is set")
        self.time += timeout or 0.0
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a `Clock`; what is meant for a thread runs at once."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(self.clock)

    def time(self) -> float:
        """Virtual seconds."""
        return self.clock.time

    def run_in_executor(self, _executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run `func` here and now."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


class Reader(readahead.ReadAhead):
    """The read-ahead without its thread: the whole file at once, soon."""

    def start(self) -> None:
        """Read all."""
        self._wanted = _Always()  # type: ignore[assignment]
        self._loop.call_soon(self._run)


class _Always:
    def get(self) -> bool:
        return True

    def put(self, _: bool) -> None:
        pass


class Cable:
    """Stands in for `Link`: carries bytes to the board, and lets the board's time pass."""

    def __init__(
        self,
        house: VirtualHouse,
        on_data: Callable[[bytes], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._house, self._on_data, self._on_lost = house, on_data, on_lost
        self.closed = asyncio.Event()
        self._timer = house.loop.call_soon(self._turn)

    def write(self, data: bytes) -> None:
        """To the board."""
        if data and not self.closed.is_set():
            self._house.sent.append((self._house.loop.time(), data))
            self._house.board.receive(self._house.tamper("board", data), self._house.loop.time())
            self._turn_at(self._house.loop.time())

    write_now = write

    async def pulse_dtr(self) -> None:
        """Reset the board, where the cable has that line."""
        if not self._house.has_dtr:
            raise OSError
        self._house.board.reset()
        self._turn_at(self._house.loop.time())

    def close(self) -> None:
        """Nothing passes any more."""
        self._timer.cancel()
        self.closed.set()

    def pull(self) -> None:
        """Take the port away."""
        self.close()
        self._on_lost("/dev/none went away (it was unplugged): look at its cable.")

    def hold(self) -> None:
        """What comes from the board is read later than what is due by now."""
        self._timer.cancel()
        loop = self._house.loop
        loop.call_soon(loop.call_soon, loop.call_soon, self._turn)

    def _turn(self) -> None:
        board, now = self._house.board, self._house.loop.time()
        board.tick(now)
        if said := board.data_to_send():
            self._turn_at(now)
            self._on_data(self._house.tamper("host", said))
        elif (due := board.next_deadline) is not None:
            self._turn_at(max(due, now) + 1e-6)

    def _turn_at(self, when: float) -> None:
        self._timer.cancel()
        self._timer = self._house.loop.call_at(when, self._turn)


class VirtualHouse:
    """One board and its backend; `executed` is what the board did, `own` what wasn't the job's."""

    cable: Cable

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        variant: str,
        seed: int = 0,
        *,
        build: dict[str, Any] | None = None,
        after_replug: str = "",
        guards: Guards | None = None,
        limits: Limits | None = None,
        **board: Any,
    ) -> None:
        random.seed(seed)
        self.loop = VirtualLoop()
        self.executed: list[tuple[int | None, str]] = []
        self.own: set[tuple[int, str]] = set()
        self.sent: list[tuple[float, bytes]] = []
        self.phases: list[tuple[Phase, str]] = []
        self.uncaught: list[dict[str, Any]] = []
        self.tamper: Tamper = lambda _towards, data: data
        self.board = Board(
            replace(VARIANTS[variant], **build or {}),
            now=100.0,
            on_execute=self._executed,
            **board,
        )
        profile = PrinterProfile(
            *("p", "/dev/none", 115200),
            after_replug=after_replug,
            guards=guards or Guards(),
            limits=limits or Limits(),
        )
        self.backend = MarlinBackend(profile)
        self.backend.core.on_own_line = lambda n, line: self.own.add((n, line.text[:4].decode()))
        self.backend.subscribe(self._reported)
        self.loop.set_exception_handler(lambda _loop, context: self.uncaught.append(context))

        async def open_cable(_port: str, _baud: int, on_data: Any, on_lost: Any) -> Cable:
            if not self.plugged:
                raise LinkError("There is no port /dev/none.")
            # What it did and said meanwhile.
            self.board.tick(self.loop.time())
            self.board.data_to_send()
            self.cable = Cable(self, on_data, on_lost)
            return self.cable

        self.plugged, self.has_dtr = True, False
        monkeypatch.setattr(Link, "open", open_cable)
        monkeypatch.setattr(unplugged, "_is_there", lambda _port: self.plugged)
        monkeypatch.setattr(feed, "ReadAhead", Reader)
        # What is sent after a failed print shares no number with it.
        monkeypatch.setattr(safety, "FIRST_NUMBER", range(20_000, 20_001))

    @property
    def heaters(self) -> list[Heater]:
        """The board's own."""
        board = self.board.heaters
        return [*board.hotends, board.bed]

    def _executed(self, number: int | None, text: str, _now: float, via: str | None) -> None:
        # What the emergency parser acts on is queued and executed once more.
        if via is None:
            self.executed.append((number, text))

    def _reported(self, event: events.Event, _state: PrinterState) -> None:
        if isinstance(event, events.PhaseChanged):
            self.phases.append((event.phase, event.reason))

    def run(self, story: Coroutine[Any, Any, None]) -> None:
        """Run `story` to its end; nothing may be left uncaught in the loop."""
        try:
            self.loop.run_until_complete(story)
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    self.loop.run_until_complete(task)
            self.loop.close()
        assert self.uncaught == []

    def unplug(self) -> None:
        """Pull the cable; the board goes on with what it has."""
        self.plugged = False
        if not self.cable.closed.is_set():
            self.cable.pull()

    def plug_in(self) -> None:
        """Put it in again; gbterm finds it by itself."""
        self.plugged = True

    def stand_still(self, seconds: float) -> None:
        """Stop this process for a while, as SIGSTOP does; the board goes on.

        A loop that wakes up may hear of its timers first, of bytes only then.
        """
        self.cable.hold()
        self.loop.clock.time += seconds

    async def until(self, condition: Callable[[], bool], limit_s: float) -> None:
        """Let time pass until something is so. Raises TimeoutError."""
        async with asyncio.timeout(limit_s):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.25)
