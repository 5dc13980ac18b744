"""Ctrl+C where a command waits for a standard input on which nothing more comes, or sends it."""

from __future__ import annotations

import array
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from tests.endtoend.house import wait_until
from tests.suite.gate import gate
from tests.suite.there import There

LARGE = b"G1 X10 E1\n" * (1 << 15)


@pytest.mark.parametrize("kind", ["octoprint", "opengb"])
def test_nothing_half_is_left_of_what_is_sent(there: There) -> None:
    state = Path(os.environ["XDG_STATE_HOME"]) / "gbterm"
    with gate(there) as made, tempfile.TemporaryFile() as given:
        given.write(LARGE)
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "gbterm", "upload", *there.options, "-"],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert made.holds.wait(90)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=90)
        assert made.is_left.wait(90)
    assert (process.returncode, *told) == (ExitCode.INTERRUPTED, "", "")
    assert list(state.glob("transfer-*")) == []
    assert there("files").out == ""
    assert there("upload", "-", stdin=LARGE).code == ExitCode.DONE
    assert there("ls").out == "stdin.gcode\n"


@pytest.mark.parametrize("kind", ["octoprint", "direct"])
@pytest.mark.parametrize("name", ["upload", "runfile", "g", "gmulti"])
def test_it_ends_at_once(there: There, name: str) -> None:
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "gbterm", name, *there.options, "-"],
        stdin=ours,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(theirs, b"M117 half\n")

    def is_read() -> bool:
        left = array.array("i", [0])
        fcntl.ioctl(ours, termios.FIONREAD, left)
        return left[0] == 0

    wait_until(is_read, "the first line is read")
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=90)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, *told) == (ExitCode.INTERRUPTED, "", "")
    assert there("ls").out == ""


@pytest.mark.parametrize("kind", ["direct"])
def test_a_closed_standard_input_holds_nothing(there: There) -> None:
    command = f'exec "{sys.executable}" -m gbterm "$@" <&-'
    for name, code in (("getbed", ExitCode.DONE), ("upload", ExitCode.WRONG_USAGE)):
        words = [*there.options, *(["-"] if name == "upload" else [])]
        done = subprocess.run(
            ["/bin/sh", "-c", command, "sh", name, *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done
        assert "failed inside" not in done.stderr
