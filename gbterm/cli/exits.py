"""How a command ends: the exit codes, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum

from gbterm import errors


class ExitCode(IntEnum):
    """What a script can tell from the exit code; the README repeats this table."""

    DONE = 0
    FAILED_INSIDE = 1
    WRONG_USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    WRONG_STATE = 5
    TIMED_OUT = 6
    PRINTER_ERROR = 7
    INTERRUPTED = 130
    """128 and the number of SIGINT, as a shell says it."""


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
