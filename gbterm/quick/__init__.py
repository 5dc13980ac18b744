"""The launchers' way: one request for what is asked most, without the rest of the program.

Runs under `python -IS` and imports builtins, `_socket` and `_json` alone, for an interpreter starts
in less time than the standard library's modules for the same take. What it can't do, and what was
refused without being done, is left to the whole program.
"""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False  # that of typing takes longer than all of this
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 130


class Beyond(Exception):
    """The whole program is to do it. Nothing was done so far."""


class Failed(Exception):
    """It was tried and may not be repeated: `code` is the exit code."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def run(name: str) -> NoReturn:
    """Do what the launcher `name` was called for, and end the process."""
    code, words = 0, sys.argv[1:]
    try:
        # Missing modules are no reason to fail.
        from gbterm.quick import verbs

        sys.stdout.write(verbs.answer(name, words))
        sys.stdout.flush()
    except (Beyond, ImportError):
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
    # There is nothing to tidy up, and that takes a millisecond.
    posix._exit(code)
