"""What a board says to which command, read out of OctoPrint's log.

OctoPrint sends one line, waits for its ok and sends the next, its own among them: a command's reply
is what was received between the `Send:` line with its text and the `Recv: ok` that is its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from gbterm.actions import Reply
from gbterm.backends.base import Clock
from gbterm.backends.marlin import parser
from gbterm.backends.marlin.outgoing import Outgoing
from gbterm.backends.marlin.protocol import answers
from gbterm.backends.octoprint.console import RECV, SEND
from gbterm.console_lines import command
from gbterm.errors import CommandTimeout, GbtermError, PrinterError, UsageError
from gbterm.gcode.lines import encode
from gbterm.text import scrub

UNSENT_S = 60.0
"""So long the server may be busy with what it sends before."""
ANSWER_S, LONG_ANSWER_S = 20.0, 900.0
"""So long a board may be silent, also one that homes, heats or waits."""
LINES_MOST = 2000
"""Of one reply; a board may say more than anybody would read."""
_OK = re.compile(r"ok\b")
_OF_CARD = re.compile(r"(?:Not SD printing|SD printing byte)\b")
"""What a board says of its card by itself, as the server wants it to, and in answer to M27."""
_LOST = re.compile(r'Changing monitoring state from ".*" to "(?:Offline|Closed|Error)')


class Asked:
    """A command that somebody waits for."""

    def __init__(self, text: str, now: float) -> None:
        # The server sends a question mark for what is no ASCII.
        self.text = text.encode("ascii", "replace").decode()
        self.is_sent = self.is_numbered = False
        self.since = now
        """When the last thing happened to it."""
        self.lines: list[str] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def patience_s(self) -> float:
        """How long nothing may happen to it."""
        if not self.is_sent:
            return UNSENT_S
        return LONG_ANSWER_S if Outgoing(encode(self.text)).is_long else ANSWER_S

    def finish(self, error: GbtermError | None = None) -> None:
        """Its ok came, or none will come."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
            # Those behind the first that fails are waited for by nobody.
            self.done.exception()


class Exchange:
    """Who waits for what, in the order of asking."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._groups: list[list[Asked]] = []
        """Not sent yet: those of one caller go one after the other."""
        self._under_way: list[Asked | None] = []
        """Sent and without an ok, the latest last; None for what nobody here waits for. There is
        more than one where an emergency command went past, or the server gave an ok up."""
        self._is_resending = False
        self._alive_at = clock()

    def expect(self, texts: Sequence[str]) -> list[Asked]:
        """The server will be asked for these, one after the other."""
        group = [Asked(text, self._clock()) for text in texts]
        self._groups.append(list(group))
        return group

    def forget(self, group: Sequence[Asked]) -> None:
        """Nobody waits for these any more."""
        self._dequeue(group)
        self._under_way = [None if asked in group else asked for asked in self._under_way]

    def _dequeue(self, group: Sequence[Asked]) -> None:
        for waiting in self._groups:
            waiting[:] = [asked for asked in waiting if asked not in group]
        self._groups = [waiting for waiting in self._groups if waiting]

    def restart(self) -> None:
        """What is under way is not known: lines were missed, or the board has lost it."""
        self._under_way.clear()
        self._is_resending = False

    def suppressed(self, text: str, why: str) -> None:
        """The server will not send this."""
        for asked in (asked for group in self._groups for asked in group):
            if asked.text == text:
                asked.finish(UsageError(f"The server did not send {scrub(text, 40)!r}: {why}"))
                self.forget([asked])
                return

    async def answer(self, asked: Asked) -> Reply:
        """What the board said. Raises `CommandTimeout`, and what ended the wait otherwise."""
        asked.since = max(asked.since, self._clock())
        while not asked.done.done():
            left = max(asked.since, self._alive_at) + asked.patience_s - self._clock()
            if left <= 0:
                raise CommandTimeout(_too_late(asked))
            await asyncio.wait([asked.done], timeout=left)
        asked.done.result()
        return Reply(asked.text, tuple(asked.lines))

    def take(self, line: str) -> None:
        """The next line of the log."""
        if not self._groups and not any(self._under_way):
            return  # there may be thousands a second
        if line.startswith(SEND):
            self._sent(line[len(SEND) :])
        elif line.startswith(RECV):
            self._heard(line[len(RECV) :])
        elif _LOST.match(line):
            self._lost()

    def _sent(self, line: str) -> None:
        text = command(line)
        # An ok that never came for what is of no interest must not shift all that come.
        overtaken = [asked for asked in self._under_way if asked is not None]
        heads = [group[0] for group in self._groups]
        others = [asked for group in self._groups for asked in group[1:]]
        possible = (*overtaken, *heads, *others)
        asked = next((asked for asked in possible if asked.text == text), None)
        self._under_way = [*(other for other in overtaken if other is not asked), asked]
        if asked is not None:
            self._dequeue([asked])
            asked.is_sent, asked.since = True, self._clock()
            asked.is_numbered = text != line
            asked.lines.clear()

    def _heard(self, text: str) -> None:
        raw = text.encode("utf-8", "replace")
        said = parser.parse(raw)
        asked = self._under_way[-1] if self._under_way else None
        if isinstance(said, (parser.Busy, parser.Heating)):
            self._alive_at = self._clock()
        elif isinstance(said, parser.Resend):
            self._is_resending = True
        if asked is not None and not self._is_resending and _is_reply(text, said, asked.text):
            asked.since = self._clock()
            if len(asked.lines) < LINES_MOST:
                asked.lines.append(parser.clean(raw))
        if _OK.match(text) and self._under_way:
            self._under_way.pop()
            if asked is not None:
                self._acknowledged(asked)
            self._is_resending = False

    def _lost(self) -> None:
        waiting = [asked for group in self._groups for asked in group]
        for asked in (*waiting, *self._under_way):
            if asked is not None:
                text = scrub(asked.text, 40)
                asked.finish(PrinterError(f"The printer was lost before it answered {text!r}."))
        self._groups.clear()
        self.restart()

    def _acknowledged(self, asked: Asked) -> None:
        if self._is_resending and asked.is_numbered:
            # It comes again.
            asked.is_sent = False
            self._groups.insert(0, [asked])
        else:
            asked.finish()


def _is_reply(text: str, said: parser.Line, asked: str) -> bool:
    if _OF_CARD.match(text):
        return asked.startswith("M27")
    return answers(said, encode(asked))


def _too_late(asked: Asked) -> str:
    text = scrub(asked.text, 40)
    if asked.is_sent:
        return f"{text!r} was sent, but the printer has not answered for {asked.patience_s:g} s."
    return (
        f"{text!r} was given to the server, which has not sent it for {asked.patience_s:g} s; it"
        " may still do so."
    )
