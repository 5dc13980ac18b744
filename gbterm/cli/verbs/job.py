"""The job: pause, resume and cancel it."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gbterm.cli.verbs.verb import DONE, Answer, Asked, Local, Run, Verb

if TYPE_CHECKING:
    from gbterm.backends.base import Backend
    from gbterm.cli.quick import PrinterSocket


def _does(action: Callable[[Backend], Awaitable[None]]) -> Run:
    async def run(asked: Asked) -> Answer:
        await action(asked.backend)
        return DONE

    return run


def _calls(method: str) -> Local:
    """The same by `method` of the printer process."""

    def local(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
        del args
        printer.call(method)
        return DONE

    return local


VERBS = (
    Verb(
        "pause",
        "pause the job; done already is done",
        _does(lambda backend: backend.pause()),
        local=_calls("pause_print"),
    ),
    Verb(
        "resume",
        "resume the job; done already is done",
        _does(lambda backend: backend.resume()),
        local=_calls("resume_print"),
    ),
    Verb(
        "cancel",
        "end the job and turn the heaters off",
        _does(lambda backend: backend.cancel()),
        local=_calls("cancel_print"),
    ),
)
