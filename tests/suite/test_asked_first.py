"""What is asked on a terminal before a printer's host does something by a name."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from gbterm.cli.exits import ExitCode
from tests.suite.there import There

KINDS = ("octoprint", "direct")


def on_a_terminal(there: There, answer: str, *typed: str) -> tuple[int, str]:
    """The exit code of `gbterm` with these words, and what stands on its terminal."""
    name, *rest = typed
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gbterm", name, *there.options, *rest],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    with suppress(OSError):  # it has ended
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    return process.wait(30), shown.decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("typed", "question"),
    [
        (("run", "sweep"), "Is the bed empty? [y/N]"),
        (("run", "light"), "Run"),
        (("reset",), "Run"),
        (("off",), "with M81? [y/N]"),
    ],
)
def test_it_asks_first(there: There, typed: tuple[str, ...], question: str) -> None:
    there.settle()
    there.begin()
    code, shown = on_a_terminal(there, "n\n", *typed)
    assert (code, there.requests()) == (ExitCode.WRONG_USAGE, ())
    assert question in shown
    assert "Nothing was done." in shown
    assert there.executed() == ()


@pytest.mark.parametrize("kind", KINDS)
def test_yes_is_an_answer_on_the_terminal_and_before_it(there: There) -> None:
    for typed, answer in ((("run", "sweep"), "y\n"), (("run", "sweep", "--yes"), "")):
        code, shown = on_a_terminal(there, answer, *typed)
        assert code == ExitCode.DONE, shown
        assert ("[y/N]" in shown) is bool(answer)
