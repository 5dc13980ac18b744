"""Printing what a command has to tell while it goes on: line after line, or one line in place."""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import sys
import unicodedata
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

from gbterm import config_file, lookalikes, terminal
from gbterm.cli import console
from gbterm.cli.verbs.verb import Answer
from gbterm.errors import GbtermError
from gbterm.plain.output import LONGEST, Output, in_words
from gbterm.terminal import Glyphs, Terminal
from gbterm.text import scrub


def is_drawn(args: argparse.Namespace) -> bool:
    """Whether a line in place is wanted, and standard output is a terminal that can have one."""
    return not args.json and not terminal.is_dumb() and os.isatty(sys.stdout.fileno())


def shown_on(args: argparse.Namespace) -> Terminal:
    """How the terminal is to be drawn on, as it is or as is configured."""
    return terminal.choose(console.asked(args, config_file.load().console))


async def print_all(
    answers: AsyncGenerator[Answer, None], args: argparse.Namespace, *, in_place: bool
) -> None:
    """Print each as it comes, until there are no more, `--count` were there, or nobody reads.

    Raises `OSError` where what takes them can't, as a disk that is full.
    """
    where = _Line(args) if in_place and is_drawn(args) else _Lines(args)
    printing = asyncio.ensure_future(_print(answers, where, args.count))
    where.on_gone = printing.cancel
    try:
        await printing
    except asyncio.CancelledError:
        if not where.has_gone:
            raise
        where.check()
    finally:
        where.close()


async def _print(
    answers: AsyncGenerator[Answer, None], where: _Line | _Lines, most: int | None
) -> None:
    number = 0
    try:
        async with aclosing(answers):
            async for answer in answers:
                where.put(answer)
                number += 1
                if number == most:
                    break
    except GbtermError:
        await where.drain()
        raise
    await where.drain()


class _Lines:
    """A line after the other, whoever reads them and however slowly."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._as_json: bool = args.json
        self._ended = asyncio.Event()
        self.has_gone = False
        """Whether nobody reads any more."""
        self.on_gone: Callable[[], object] = lambda: None
        loop, out = asyncio.get_running_loop(), sys.stdout

        def tell(what: Callable[[], object]) -> None:
            with suppress(RuntimeError):  # the loop is over, so nobody waits
                loop.call_soon_threadsafe(what)

        longest, left_out = (None, _as_json) if self._as_json else (LONGEST, in_words)
        self._output = Output(
            out.fileno(),
            out.encoding,
            shown_on(args).glyphs if out.isatty() else Glyphs.UNICODE,
            lambda: tell(self._went),
            on_end=lambda: tell(self._ended.set),
            longest=longest,
            left_out=left_out,
        )

    def _went(self) -> None:
        self.has_gone = True
        self.on_gone()

    def put(self, answer: Answer) -> None:
        """Print it."""
        self._output.leave_out(answer.left_out)
        lines = (json.dumps(answer.data),) if self._as_json else answer.lines
        for line in lines:
            self._output.line(line)

    def check(self) -> None:
        """Raise what kept a line from being written, unless its reader or terminal has left."""
        failure = self._output.failure
        if failure is not None and failure.errno not in (errno.EPIPE, errno.EIO):
            raise failure

    async def drain(self) -> None:
        """Wait until all is read, however long that takes."""
        self._output.close(0)
        await self._ended.wait()

    def close(self) -> None:
        """Wait for a reader a little."""
        self._output.close()


def _as_json(left_out: int) -> str:
    return json.dumps({"left_out": left_out})


class _Line:
    """One line of the terminal, of which is written what has changed."""

    has_gone = False
    on_gone: Callable[[], object] = staticmethod(lambda: None)

    def __init__(self, args: argparse.Namespace) -> None:
        self._draws = shown_on(args).glyphs
        self._text, self._columns = "", 0

    def put(self, answer: Answer) -> None:
        """Show its line in place of the last one."""
        columns = terminal.size()[0]
        text = cut(lookalikes.line(scrub(" ".join(answer.lines)), self._draws), columns - 1)
        kept = _same(self._text, text) if columns == self._columns else 0
        if text != self._text or not kept:
            there = f"\r\x1b[{kept}C" if kept else "\r"
            rest = "\x1b[K" if cells(text) < cells(self._text) or not kept else ""
            _write(f"{there}{text[kept:]}{rest}")
        self._text, self._columns = text, columns

    def check(self) -> None:
        """Its lines are written at once."""

    async def drain(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Leave what was shown last where it is."""
        if self._text:
            _write("\n")


def _same(old: str, new: str) -> int:
    """How many cells at the start stay as they are; a character of more than one changes all."""
    pairs = enumerate(zip(old, new, strict=False))
    most = min(len(old), len(new))
    return next((at for at, (was, now) in pairs if was != now or not now.isascii()), most)


def cells(text: str) -> int:
    """How many cells of a terminal it takes."""
    return sum(map(_cells, text))


def cut(text: str, most: int) -> str:
    """As much of it as `most` cells hold."""
    if text.isascii():
        return text[:most]
    at = 0
    for number, char in enumerate(text):
        at += _cells(char)
        if at > most:
            return text[:number]
    return text


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
