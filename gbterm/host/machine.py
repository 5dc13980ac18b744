"""Whether this machine shuts down: a signal alone doesn't tell that from the end of a service."""

from __future__ import annotations

import asyncio
import contextlib

ANSWERED_WITHIN_S = 20.0
"""A machine that shuts down is busy, and what is stopped late is better than what goes on."""
_QUESTIONS = (
    (("systemctl", "is-system-running"), b"stopping"),
    (
        (
            *("busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1"),
            *("org.freedesktop.login1.Manager", "PreparingForShutdown"),
        ),
        b"b true",
    ),
)
"""Commands, and what they say while it does (systemctl(1), org.freedesktop.login1(5))."""


async def is_stopping() -> bool:
    """By the word of systemd or of logind, whichever says so first; False where neither does."""
    asked = [asyncio.create_task(_says(*question)) for question in _QUESTIONS]
    try:
        for answered in asyncio.as_completed(asked):
            if await answered:
                return True
    finally:
        for question in asked:
            question.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    return False


async def _says(command: tuple[str, ...], yes: bytes) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return said.strip() == yes
