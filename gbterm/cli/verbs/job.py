"""The job: start it, begin it anew, pause, resume and cancel it, go on with a lost one."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gbterm.cli.verbs import lost
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Local, Run, Verb
from gbterm.cli.verbs.words import meant
from gbterm.errors import NotSupported, WrongState
from gbterm.model import Phase

if TYPE_CHECKING:
    from gbterm.backends.base import Backend
    from gbterm.cli.quick import PrinterSocket

CANCEL_WITHIN_S = 180.0
"""A board first finishes the moves that it holds, then runs what its server has for the end."""


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


async def _start(asked: Asked) -> Answer:
    # Modules of backends are slow to import, and most commands need none.
    from gbterm.backends.capability import Capability
    from gbterm.cli.verbs.named import named

    backend, name = asked.backend, asked.args.name
    if name is not None:
        file = await named(backend, name)
        await backend.print_file(file.id, confirmed=asked.confirmed)
    elif Capability.SELECT in backend.capabilities:
        await backend.start_selected(confirmed=asked.confirmed)
    else:
        raise WrongState(
            "Nothing is selected, for this printer prints files by their names alone: say which,"
            " as gbterm start NAME; gbterm ls lists them."
        )
    return DONE


def _optional_name(parser: argparse.ArgumentParser) -> None:
    what = "a file of the library, else the one that is selected"
    parser.add_argument("name", metavar="NAME", type=meant, nargs="?", help=what)


async def _restart(backend: Backend) -> None:
    from gbterm.backends.capability import Capability
    from gbterm.cli.verbs.until import is_over, until

    if Capability.SELECT in backend.capabilities:
        await backend.restart()
        return
    job = backend.state.job
    if backend.state.phase is not Phase.PAUSED or job is None:
        raise WrongState("Only a paused print can be begun anew: pause it first.")
    if job.file_id is None:
        raise NotSupported(
            f"{backend.name} doesn't tell which file it prints: cancel it, then gbterm start NAME."
        )
    await backend.cancel()
    await until(backend, is_over)
    await backend.print_file(job.file_id, confirmed=True)


async def _cancel_and_keep(backend: Backend) -> None:
    from gbterm.cli.verbs.keeping import cancel_and_keep

    await cancel_and_keep(backend)


def _is_stopping(phase: Phase) -> bool:
    return phase in (Phase.PAUSING, Phase.PAUSED, Phase.FILAMENT_SWAP)


async def _toggle(backend: Backend) -> None:
    await (backend.resume() if _is_stopping(backend.state.phase) else backend.pause())


def _toggle_here(printer: PrinterSocket, args: argparse.Namespace) -> Answer:
    del args
    is_stopping = _is_stopping(printer.look().state.phase)
    printer.call("resume_print" if is_stopping else "pause_print")
    return DONE


VERBS = (
    Verb(
        "start",
        "print a file of the library, or what is selected",
        _start,
        _optional_name,
        also=("print",),
        examples=("", "box.gcode"),
        confirms=True,
        within_s=None,
    ),
    Verb("restart", "begin a paused print anew", _does(_restart), within_s=CANCEL_WITHIN_S),
    Verb(
        "pause_raw",
        "pause the job, or resume it where it is paused",
        _does(_toggle),
        local=_toggle_here,
    ),
    Verb(
        "pause",
        "pause the job; no error where it is paused",
        _does(lambda backend: backend.pause()),
        local=_calls("pause_print"),
    ),
    Verb(
        "resume",
        "resume the job; no error where it goes on",
        _does(lambda backend: backend.resume()),
        local=_calls("resume_print"),
    ),
    Verb(
        "cancel",
        "end the job and turn the heaters off",
        _does(lambda backend: backend.cancel()),
        local=_calls("cancel_print"),
    ),
    Verb(
        "resume_job",
        "go on with a print that was lost, where it stopped, asking first",
        lost.resume_job,
        lost.arguments,
        examples=("--show", "", "--line 4187 --z 4.2"),
        confirms=True,
        within_s=None,
    ),
    Verb(
        "xcancel",
        "end the job, keep the temperatures and home",
        _does(_cancel_and_keep),
        within_s=CANCEL_WITHIN_S,
    ),
)
