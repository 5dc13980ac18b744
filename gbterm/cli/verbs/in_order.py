"""Commands that leave the printer as they found it, whoever ends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Whoever ends it, it first puts right what it changed, also where Ctrl+C is pressed twice.

    A background job of a shell ignores Ctrl+C, and one of nohup the end of its terminal.
    """
    import asyncio
    import signal

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    told: list[int] = []

    def end(one: int) -> None:
        # Once: a second one would end what is put right.
        if not told and task is not None:
            task.cancel()
        told.append(one)

    heard = [
        one
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(one) is not signal.SIG_IGN
    ]
    for one in heard:
        loop.add_signal_handler(one, end, one)
    try:
        yield
    except asyncio.CancelledError:
        if told:
            raise KeyboardInterrupt from None
        raise
    finally:
        for one in heard:
            loop.remove_signal_handler(one)
