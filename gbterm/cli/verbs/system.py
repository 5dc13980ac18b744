"""What the printer's host runs by name, and the power of the printer."""

from __future__ import annotations

import argparse

from gbterm.actions import named
from gbterm.cli.verbs.records import as_json
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Run, Verb
from gbterm.errors import NotSupported, PrinterError, WrongState
from gbterm.model import Phase
from gbterm.text import scrub

RUN_WITHIN_S = 660.0
"""More than any command of a host may take."""
_CUSTOM = "custom/"
"""How OctoPrint calls those that its user configured, which scripts leave out."""


async def _list(asked: Asked) -> Answer:
    told = await asked.backend.server_json("commands")
    return as_json(told)


async def _run(asked: Asked) -> Answer:
    known = await asked.backend.commands()
    called = asked.args.name
    names = [command.name for command in known]
    name = next((name for name in (called, _CUSTOM + called) if name in names), None)
    if name is None:
        name = named("command", called, known).name  # which says what there is
    return await _finished(asked, name)


async def _finished(asked: Asked, name: str) -> Answer:
    """Run the command of that name. Raises `PrinterError` where it fails."""
    result = await asked.backend.run_command(name, confirmed=asked.confirmed)
    output = tuple(map(scrub, result.output))
    if result.exit_code:
        said = f": {output[-1][-200:]}" if output else ""
        raise PrinterError(f"The command {name} failed with exit code {result.exit_code}{said}.")
    return Answer(output, {"exit_code": 0, "output": list(output)})


async def _configured(asked: Asked, name: str) -> Answer | None:
    """What came of the user's own command for it; None where there is none."""
    try:
        names = [command.name for command in await asked.backend.commands()]
    except NotSupported:
        return None
    own = next((own for own in (name, _CUSTOM + name) if own in names), None)
    return await _finished(asked, own) if own else None


def _power(name: str, gcode: str) -> Run:
    """The user's own command `name`, else what the board does at `gcode`."""

    async def run(asked: Asked) -> Answer:
        if done := await _configured(asked, name):
            return done
        phase = asked.backend.state.phase
        if phase.is_printing or phase is Phase.STARTING:
            raise WrongState(f"{gcode} may not be sent during a print: wait for its end.")
        await asked.backend.send_gcode(gcode, confirmed=asked.confirmed)
        return DONE

    return run


async def _reset(asked: Asked) -> Answer:
    if done := await _configured(asked, "reset"):
        return done
    raise NotSupported(
        f"{asked.backend.name} has no command called reset: add [command.reset] to the"
        " configuration of its host, or a system command reset to its OctoPrint."
    )


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="one of those that gbterm ListCmds prints")


VERBS = (
    Verb(
        "run",
        "run a command of the printer's host by its name",
        _run,
        _name,
        confirms=True,
        within_s=RUN_WITHIN_S,
    ),
    Verb(
        "reset",
        "reset the board by the host's command reset",
        _reset,
        confirms=True,
        within_s=RUN_WITHIN_S,
    ),
    Verb(
        "on",
        "power on: the host's command on, else M80",
        _power("on", "M80"),
        confirms=True,
        within_s=RUN_WITHIN_S,
    ),
    Verb(
        "off",
        "power off: the host's command off, else M81",
        _power("off", "M81"),
        confirms=True,
        within_s=RUN_WITHIN_S,
    ),
    Verb("ListCmds", "print the commands of the printer's host, as JSON", _list),
)
