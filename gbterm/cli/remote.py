"""One-shot commands through a backend: what needs a server, here or elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from gbterm import paths
from gbterm.cli.target import Target
from gbterm.errors import AuthenticationRefused, CommandTimeout, GbtermError, PrinterError
from gbterm.host import hosts

if TYPE_CHECKING:
    from gbterm.backends.base import Backend

T = TypeVar("T")
ANSWER_WITHIN_S = 30.0
GREETED_WITHIN_S = 2.0


def ask(
    target: Target,
    question: Callable[[Backend], Awaitable[T]],
    timeout_s: float | None = ANSWER_WITHIN_S,
) -> T:
    """Connect to the server of `target`, await `question`, leave.

    Raises what the backend raises, and CommandTimeout after `timeout_s`, where None is never.
    """
    import asyncio

    from gbterm.backends import kinds

    if target.host and not target.printer_socket.exists():
        raise target.unreachable(FileNotFoundError())
    if target.host:
        hosts.wait_for_server(paths.run_dir(target.host))

    async def session() -> T:
        backend = kinds.client(target.address, target.name, target.credentials)
        try:
            async with asyncio.timeout(timeout_s):
                await backend.connect()
                return await question(backend)
        except AuthenticationRefused as refusal:
            if not backend.grants_keys or target.credentials.key:
                raise
            which = f"--printer {target.name}" if target.profile else f"--url {target.url}"
            said = f"{refusal} The console can ask for one: gbterm {which}"
            raise AuthenticationRefused(said) from refusal
        except TimeoutError as error:
            raise CommandTimeout(f"The server of {target.name} did not answer in time.") from error
        finally:
            await backend.close()

    return asyncio.run(session())


def stop(target: Target) -> None:
    """The emergency stop. Raises PrinterError where nobody confirmed it.

    It goes out even where the server does not greet: it has ways of its own.
    """
    import asyncio

    from gbterm.backends import kinds

    async def session() -> None:
        backend = kinds.client(target.address, target.name, target.credentials)
        refusal: GbtermError | None = None
        try:
            async with asyncio.timeout(GREETED_WITHIN_S):
                await backend.connect()
        except TimeoutError:
            pass
        except GbtermError as error:
            refusal = error
        try:
            report = await backend.emergency_stop()
        finally:
            await backend.close()
        if not report.confirmed:
            raise refusal or PrinterError(report.text)

    asyncio.run(session())
