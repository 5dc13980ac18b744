"""What the printer's host runs by name, and the power of the printer."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from gbterm.actions import HostCommand, named
from gbterm.cli.verbs.records import as_json
from gbterm.cli.verbs.verb import DONE, Answer, Asked, Run, Verb
from gbterm.errors import NeedsConfirmation, NotSupported, PrinterError, WrongState
from gbterm.text import scrub

RUN_WITHIN_S = 660.0
"""More than any command of a host may take."""
_CUSTOM = "custom/"
"""How OctoPrint calls those that its user configured, which scripts leave out."""


async def _list(asked: Asked) -> Answer:
    told = await asked.backend.server_json("commands")
    return as_json(told)


async def _run(asked: Asked) -> Answer:
    name, known = asked.args.name, await asked.backend.commands()
    return await _finished(asked, _called(name, known) or named("command", name, known))


def _called(name: str, known: Iterable[HostCommand]) -> HostCommand | None:
    found = {command.name: command for command in known}
    return found.get(name) or found.get(_CUSTOM + name)


async def _configured(asked: Asked, name: str) -> Answer | None:
    """What came of the user's own command for it; None where there is none."""
    from gbterm.backends.capability import Capability

    backend = asked.backend
    known = await backend.commands() if Capability.ACTIONS in backend.capabilities else []
    command = _called(name, known)
    return await _finished(asked, command) if command else None


async def _finished(asked: Asked, command: HostCommand) -> Answer:
    """Run it. Raises `PrinterError` where it fails."""
    name = command.name
    _agreed(asked, command.confirm or f"Run {name} on the host of {asked.backend.name}?")
    # What may harm a print, its server still refuses, or asks about.
    confirmed = asked.confirmed or command.safe or not asked.backend.state.has_print
    result = await asked.backend.run_command(name, confirmed=confirmed)
    output = tuple(map(scrub, result.output))
    if result.exit_code:
        said = f": {output[-1][-200:]}" if output else ""
        raise PrinterError(f"The command {name} failed with exit code {result.exit_code}{said}.")
    return Answer(output, {"exit_code": 0, "output": list(output)})


def _agreed(asked: Asked, question: str) -> None:
    """Raise `NeedsConfirmation` where somebody can be asked. Who writes a script has agreed."""
    if asked.attended and not asked.confirmed:
        raise NeedsConfirmation(question)


def _require_no_print(asked: Asked, what: str) -> None:
    if asked.backend.state.has_print:
        raise WrongState(f"{what} during a print: wait for its end, or cancel it first.")


def _power(name: str, gcode: str) -> Run:
    """The user's own command `name`, else what the board does at `gcode`."""

    async def run(asked: Asked) -> Answer:
        if done := await _configured(asked, name):
            return done
        _require_no_print(asked, f"{gcode} may not be sent")
        _agreed(asked, f"Switch the power of {asked.backend.name} {name} with {gcode}?")
        await asked.backend.send_gcode(gcode)
        return DONE

    return run


async def _reset(asked: Asked) -> Answer:
    from gbterm.backends.capability import Capability

    if done := await _configured(asked, "reset"):
        return done
    backend = asked.backend
    if Capability.RESET not in backend.capabilities:
        backend.require(Capability.ACTIONS, "run commands")
        raise NotSupported(
            f"{backend.name} has no command called reset: add [command.reset] to the"
            " configuration of its host, or a system command reset to its OctoPrint."
        )
    _require_no_print(asked, "The board may not be reset")
    _agreed(asked, f"Reset the board of {backend.name}?")
    await backend.reset_board()
    return DONE


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
        "reset the board: the host's command reset, else its DTR line",
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
