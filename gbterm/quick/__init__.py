"""The launchers' way: a command by one request or two, without the rest of the program.

Runs under `python -IS` and imports builtins, `_socket`, `_json` and the few modules of gbterm that
import nothing, for an interpreter starts in less time than the standard library's modules for the
same take. What it can't do, and what was refused without being done, is left to the whole program.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 130
UNREACHABLE, TIMED_OUT, PRINTER_ERROR = 4, 6, 7
"""Exit codes, as `gbterm.cli.exits` has them."""


class Beyond(Exception):
    """The whole program is to do it. Nothing was done so far."""


class Failed(Exception):
    """It was tried and may not be repeated: `code` is the exit code."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def answer(name: str, words: list[str]) -> str:
    """Do what the launcher `name` and its `words` ask for; returns what is printed.

    Raises `Beyond` and `Failed`.
    """
    from gbterm.quick import profile

    known = profile.read()
    if known.kind == "octoprint":
        from gbterm.quick import octoprint

        return octoprint.answer(known, name, words)
    from gbterm.quick import host

    return host.answer(known, name, words)


def run(name: str) -> NoReturn:
    """Do what the launcher `name` was called for, and end the process."""
    code, words = 0, sys.argv[1:]
    try:
        if sys.stdout is None or sys.stderr is None:  # its caller closed them
            raise Beyond
        sys.stdout.write(answer(name, words))
        sys.stdout.flush()
    except (Beyond, ImportError):  # missing modules are no reason to fail
        program = [sys.executable, "-P", "-m", "gbterm", name, *words]
        posix.execv(sys.executable, program)
    except Failed as failure:
        shown = "".join(char if char.isprintable() else "?" for char in str(failure))
        sys.stderr.write(f"gbterm: {shown}\n")
        code = failure.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = 1
    except OSError as error:
        sys.stderr.write(f"gbterm: What it prints can't be written: {error.strerror}.\n")
        code = 1
    # There is nothing to tidy up, and that takes a millisecond.
    posix._exit(code)
