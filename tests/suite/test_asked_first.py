"""What is asked on a terminal before a printer's host does something by a name."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from gbterm.cli.exits import ExitCode
from tests.endtoend.house import wait_until
from tests.suite.there import There, assert_a_sentence

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
    return process.wait(90), shown.decode()


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


@pytest.mark.parametrize("kind", ["direct"])
def test_a_lost_print_goes_on_once_its_user_has_read_where(there: There) -> None:
    there.lost()
    point = json.loads(there("resume_job", "--show", "--json").out)
    there.settle()
    there.begin()
    outcome = there("resume_job")
    assert outcome.code == ExitCode.WRONG_USAGE
    assert_a_sentence(outcome)
    assert outcome.err.endswith(f"{point['question']} To agree, add --yes.\n")
    code, shown = on_a_terminal(there, "n\n", "resume_job")
    assert code == ExitCode.WRONG_USAGE
    read = " ".join(shown.split())
    assert f"between lines {point['first_line']} and {point['last_line']} of" in read
    assert f"goes on at line {point['start_line']} in layer {point['layer']};" in read
    assert "X and Y alone are homed. Go on? [y/N]" in read
    assert there.executed() == ()
    code, shown = on_a_terminal(there, "y\n", "resume_job")
    assert code == ExitCode.DONE, shown
    wait_until(lambda: "G28 X Y" in there.executed(), "it goes on")


@pytest.mark.parametrize("kind", ["direct"])
def test_a_height_that_was_measured_is_an_answer(there: There) -> None:
    there.lost()
    line = json.loads(there("resume_job", "--show", "--json").out)["last_line"]
    there.begin()
    outcome = there("resume_job", "--line", str(line), "--z", "3.25")
    assert (outcome.code, outcome.out, outcome.err) == (ExitCode.DONE, "", "")
    wait_until(lambda: "G92 Z3.250" in there.executed(), "the height")
    job = there.state().job
    assert job is not None
    assert job.line >= line - 2
