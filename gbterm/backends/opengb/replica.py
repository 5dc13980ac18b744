"""A peer's answers and its printer's state, kept from its messages alone; no transport.

The server keeps one of the printer process, the console one of the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gbterm import events, jsonrpc, trace, wire
from gbterm.apply import apply, bounded
from gbterm.backends.given import number
from gbterm.backends.opengb import plain
from gbterm.backends.opengb.place import Place
from gbterm.console_lines import KEPT, ConsoleLines
from gbterm.errors import GbtermError, LinkError, NotSupported
from gbterm.model import Phase, Position, PrinterState
from gbterm.text import scrubbed

OnConsole = Callable[[ConsoleLines], None]
OnChange = Callable[[events.Event | None, PrinterState, PrinterState], None]
"""Called with the event, the state before and the state after; None for a snapshot."""

TEXT_MAX = 4000
"""Characters of a text that an event or a snapshot tells."""
_NO_SENSE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    answer: asyncio.Future[Any]


class Replica:
    """Feed it what arrives; it resolves calls, applies events and knows when it missed one."""

    clock: Callable[[], float] = staticmethod(time.monotonic)

    def __init__(
        self,
        on_change: OnChange,
        on_shutdown: Callable[[], None] = lambda: None,
        on_console: OnConsole = lambda _: None,
    ) -> None:
        self.state = PrinterState()
        self.stale = False
        """An event was missed, or not understood: ask for `get_snapshot`."""
        self.is_plain = False
        """The peer is an OpenGB server that knows no extension."""
        self.heard_at: float | None = None
        """When the printer was last heard, by `clock`; None before that."""
        self.place = Place()
        """What is known of it where the peer is plain."""
        self._seq: int | None = None
        self._on_change, self._on_shutdown, self._on_console = on_change, on_shutdown, on_console
        self._calls: dict[int, _Call] = {}
        self._last_id = 0

    def call(self, method: str, params: dict[str, Any]) -> tuple[str, asyncio.Future[Any]]:
        """The text to send, and the result, or one of `errors`, once `receive` saw it."""
        self._last_id += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls[self._last_id] = call = _Call(method, answer)
        answer.add_done_callback(lambda _, id=self._last_id: self._forget(id))  # type: ignore[misc]
        if self.is_plain:
            self.place.call(method)
            if (placed := self._placed(self.state)) != self.state:
                self._adopt(placed, None)
        trace.asked(method, params or None)
        return jsonrpc.call(self._last_id, call.method, params), answer

    def receive(self, text: str | bytes) -> None:
        """One message of the peer. Never raises, whatever it holds."""
        try:
            message = _read(text)
        except (jsonrpc.RpcError, RecursionError):
            return
        if not isinstance(message, dict):
            return
        if "event" in message:
            self._receive_event(str(message["event"]), message.get("params"), message.get("seq"))
        elif isinstance(id := message.get("id"), int) and id in self._calls:
            self._receive_answer(self._calls[id], message)

    def disconnect(self, reason: str) -> None:
        """The peer is gone: every open call fails, and the state says so."""
        self._seq, self.stale = None, False
        self.place.miss()
        for call in tuple(self._calls.values()):
            if not call.answer.done():
                call.answer.set_exception(LinkError(reason))
        gone = events.PhaseChanged(Phase.DISCONNECTED, reason)
        if (self.state.phase, self.state.reason) != (gone.phase, gone.reason):
            self.report(gone)

    def report(self, event: events.Event) -> None:
        """Apply `event` and tell of it."""
        if isinstance(event, events.READINGS):
            self.heard_at = self.clock()
        old, self.state = self.state, apply(self.state, event)
        self._on_change(event, old, self.state)

    def _forget(self, id: int) -> None:
        call = self._calls.pop(id)
        if not call.answer.cancelled():
            call.answer.exception()  # nobody may wait for it any more

    def _receive_answer(self, call: _Call, message: dict[str, Any]) -> None:
        if call.answer.done():
            return
        trace.answered(call.method, message.get("error") or message.get("result"))
        if (error := message.get("error")) is not None:
            call.answer.set_exception(_exception(call.method, error))
            return
        result: Any = message.get("result")
        try:
            # At once, not when the caller wakes up: the next message may be an event on top of it.
            if call.method in ("hello", "get_snapshot"):
                state = wire.from_json(PrinterState, scrubbed(result["state"], TEXT_MAX))
                seq = int(result["seq"])
                self._take_age(result)
                self._adopt(bounded(state), seq)
            elif call.method == "get_status" and self.is_plain:
                self._adopt(self._placed(plain.state(result["status"])), None)
        except _NO_SENSE:
            call.answer.set_exception(LinkError("The server's state can't be read."))
            return
        call.answer.set_result(result)

    def _adopt(self, state: PrinterState, seq: int | None) -> None:
        old, self.state, self._seq, self.stale = self.state, state, seq, False
        self._on_change(None, old, state)

    def _placed(self, state: PrinterState) -> PrinterState:
        return state if self.place.is_known else replace(state, position=Position())

    def _take_age(self, snapshot: dict[str, Any]) -> None:
        """An older server says nothing of it."""
        if "heard_s" in snapshot:
            age = number(snapshot["heard_s"])
            self.heard_at = None if age is None else self.clock() - max(0.0, age)

    def _receive_event(self, name: str, params: Any, seq: Any) -> None:
        if self.is_plain:
            for event in plain.read_event(name, params, self.state):
                self.place.hear(event, self.state.phase)
                self.state = self._placed(self.state)
                self.report(event)
            return
        if name == "shutdown":
            self._on_shutdown()
            return
        if name == "console_lines":
            with contextlib.suppress(*_NO_SENSE):
                batch = wire.from_json(ConsoleLines, params)
                self._on_console(replace(batch, lines=batch.lines[-KEPT:]))
            return
        if self._seq is None or self.stale or not isinstance(seq, int) or seq <= self._seq:
            return  # before the snapshot, or in it
        kind = wire.EVENTS.get(name)
        if seq != self._seq + 1 or kind is None:
            self.stale = True
            return
        try:
            event = wire.from_json(kind, params)
        except _NO_SENSE:
            self.stale = True
            return
        self._seq = seq
        self.report(event)


def _read(text: str | bytes) -> Any:
    """A message fit to be shown; what an event tells is short, which answers need not be."""
    if jsonrpc.is_too_much(text):
        raise jsonrpc.no_json()
    message = jsonrpc.parse(text)
    is_event = isinstance(message, dict) and "event" in message
    return scrubbed(message, TEXT_MAX if is_event else None)


def _exception(method: str, body: Any) -> GbtermError:
    if isinstance(body, dict) and body.get("code") == jsonrpc.METHOD_NOT_FOUND:
        return NotSupported(f"The server doesn't know {method}.")
    return jsonrpc.exception(body)
