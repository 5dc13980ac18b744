"""How a command ends: the exit codes, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum

from gbterm import errors


class ExitCode(IntEnum):
    """What a script can tell from the exit code."""

    DONE = 0
    FAILED_INSIDE = 1
    WRONG_USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    WRONG_STATE = 5
    TIMED_OUT = 6
    PRINTER_ERROR = 7
    FOUND_WRONG = 8
    INTERRUPTED = 130
    """128 and the number of SIGINT, as a shell says it."""


MEANINGS = {
    ExitCode.DONE: "done, also where it was so already",
    ExitCode.FAILED_INSIDE: "gbterm failed inside",
    ExitCode.WRONG_USAGE: "wrong usage: an argument, a file, a setting, or what this printer"
    " can't do at all",
    ExitCode.REFUSED: "refused by the server: the key",
    ExitCode.UNREACHABLE: "printer, host or server can't be reached",
    ExitCode.WRONG_STATE: "not possible in this state; waitend: the print was cancelled",
    ExitCode.TIMED_OUT: "timed out",
    ExitCode.PRINTER_ERROR: "the printer reported a fault; waitend: the print failed",
    ExitCode.FOUND_WRONG: "doctor found something wrong; check: the file is refused or asked about",
    ExitCode.INTERRUPTED: "interrupted with Ctrl+C before it was done",
}
"""The one table of them, as the manual and docs/commands.md have it."""

_CODES: dict[type[BaseException], ExitCode] = {
    errors.UsageError: ExitCode.WRONG_USAGE,
    errors.OutOfRange: ExitCode.WRONG_USAGE,
    errors.NoSuchFile: ExitCode.WRONG_USAGE,
    errors.NeedsConfirmation: ExitCode.WRONG_USAGE,
    errors.NotSupported: ExitCode.WRONG_USAGE,
    errors.AuthenticationRefused: ExitCode.REFUSED,
    errors.LinkError: ExitCode.UNREACHABLE,
    errors.WrongState: ExitCode.WRONG_STATE,
    errors.CommandTimeout: ExitCode.TIMED_OUT,
    errors.PrinterError: ExitCode.PRINTER_ERROR,
}


def exit_code(error: BaseException) -> ExitCode:
    """The code for `error`, by the nearest of its classes that the table names."""
    return next((_CODES[k] for k in type(error).__mro__ if k in _CODES), ExitCode.FAILED_INSIDE)
