"""Running a program of the configuration, whose arguments no client knows or gives."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path

from gbterm.actions import CommandResult
from gbterm.text import scrub

MOST_OUTPUT = 64 << 10
"""Bytes that are kept of what a program writes: the last ones, where errors stand."""
PIPE_HOLDS = 64 << 10
MOST_LINE = 200
"""Characters of a line that is heard at once."""
ENDS_WITHIN_S = 1.0
"""A program that writes no more, or a line without end, is about to end, or killed."""
ROUNDS = 5
"""A process may have begun another one just before it was killed."""

_PASSED_ON = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"),
    *("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"),  # for systemctl --user
}
"""The rest of the server's environment may hold keys."""
_GUARD = 'read -r _; kill -s KILL -- "-$1"'
"""Reads nothing until the end of whoever holds the other end of its standard input."""


async def run(
    words: Sequence[str],
    timeout_s: float,
    more: Mapping[str, str] | None = None,
    *,
    outlives: bool = False,
) -> tuple[CommandResult, bool]:
    """Run `words` to its end; the result, and whether it was killed after `timeout_s`.

    `more` is for its environment.
    It is killed as well where this is cancelled, with every process of its session, and unless it
    `outlives` this process where that is killed. Raises `OSError` where it can't be started.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    output = _Output(reading)
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                env=_environment() | dict(more or {}),
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(writing)
        bound = nullcontext() if outlives else _bound(process.pid)
        is_late = await _end_of(process, timeout_s, bound)
        return CommandResult(await process.wait(), output.lines()), is_late
    finally:
        output.close()


async def follow(words: Sequence[str], hear: Callable[[str], None]) -> int:
    """Run `words`, and let `hear` have each line that it writes, until it ends; its exit code.

    It is killed where this is cancelled, with every process of its session, and where this process
    is killed. Raises `OSError` where it can't be started.
    """
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with _bound(process.pid):
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while True:
                    line = await process.stdout.readuntil()
                    hear(scrub(line.decode("utf-8", "replace").rstrip("\n"), MOST_LINE))
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDS_WITHIN_S):
                    await process.wait()
    finally:
        _kill_session(process.pid)
        code = await process.wait()
    return code


async def _end_of(
    process: asyncio.subprocess.Process, timeout_s: float, bound: AbstractAsyncContextManager[None]
) -> bool:
    """Wait for the end of `process`; whether it had to be killed."""
    try:
        async with bound, asyncio.timeout(timeout_s):
            await process.wait()
        return False
    except TimeoutError:
        return True
    finally:
        if process.returncode is None:
            _kill_session(process.pid)
            await process.wait()


@asynccontextmanager
async def _bound(leader: int) -> AsyncIterator[None]:
    """Have the process group of `leader` killed where this process dies within, by SIGKILL too.

    What a dead server leaves would run for ever, or hold what its successor needs, as a sensor's
    GPIO line.
    """
    guard = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", _GUARD, "sh", str(leader)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            guard.kill()
        await guard.wait()


class _Output:
    """The last of what comes out of a pipe, read as it comes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._kept = descriptor, bytearray()
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    def lines(self) -> tuple[str, ...]:
        """What was written so far; a process that goes on in the background may write more."""
        self._read()
        return tuple(map(scrub, self._kept.decode("utf-8", "replace").splitlines()))

    def close(self) -> None:
        """Read no more."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            piece = os.read(self._descriptor, PIPE_HOLDS)
        except BlockingIOError:
            return
        if not piece:
            asyncio.get_running_loop().remove_reader(self._descriptor)
        self._kept += piece
        del self._kept[:-MOST_OUTPUT]


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }


def _kill_session(leader: int) -> None:
    """Kill every process of the session that `leader` made, also those in groups of their own."""
    for _ in range(ROUNDS):
        members = [pid for pid, session in _sessions() if session == leader]
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not members:
            break


def _sessions() -> Iterator[tuple[int, int]]:
    """Every process that is not dead yet, with its session."""
    # Some end meanwhile: to look for their files beforehand would fail.
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (process / "stat").read_text(errors="replace")
            # The name of a process may hold anything, brackets and blanks too.
            state, _, _, session = told.rpartition(")")[2].split()[:4]
            if state not in "ZX":
                yield int(process.name), int(session)
