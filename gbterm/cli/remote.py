"""One-shot commands through a backend: what needs a server, here or elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from gbterm.cli.target import Target
from gbterm.errors import CommandTimeout

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

T = TypeVar("T")
ANSWER_WITHIN_S = 30.0


def ask(
    target: Target,
    question: Callable[[Backend], Awaitable[T]],
    timeout_s: float | None = ANSWER_WITHIN_S,
) -> T:
    """Connect to the server of `target`, await `question`, leave.

    Raises what the backend raises, and CommandTimeout after `timeout_s`, where None is never.
    """
    import asyncio

    from gbterm.backends.opengb.client import OpenGbBackend

    if target.host and not target.printer_socket.exists():
        raise target.unreachable(FileNotFoundError())

    async def session() -> T:
        backend = OpenGbBackend(target.address)
        try:
            async with asyncio.timeout(timeout_s):
                await backend.connect()
                return await question(backend)
        except TimeoutError as error:
            raise CommandTimeout(f"The server of {target.name} did not answer in time.") from error
        finally:
            await backend.close()

    return asyncio.run(session())
