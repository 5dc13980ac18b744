"""The pins of this machine, by a program that stands in for its own, and no printer anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from gbterm.cli.exits import ExitCode
from gbterm.cli.main import main
from tests.suite.there import Outcome

GPIO = """#!/bin/sh
echo "$@" >> asked
if [ "$1" = read ]; then
    if [ -s levels ]; then head -n 1 levels; sed -i 1d levels; else echo 0; fi
fi
"""
Typed = Callable[..., Outcome]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """`gbterm` with these words, on a machine with a program for its pins."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (program := tmp_path / "gpio").write_text(GPIO)
    program.chmod(0o755)
    (config := tmp_path / "gbterm" / "config.toml").parent.mkdir()
    config.write_text(f'[suite]\ngpio = "{program}"\ngpio_pins = [5, 6]\nedge_ms = 1\n')

    def run(*words: str) -> Outcome:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(words))
        texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return Outcome(code, *texts)

    return run


def asked() -> list[str]:
    return Path("asked").read_text().splitlines()


def test_a_pin_is_read_and_set_without_a_printer(typed: Typed) -> None:
    Path("levels").write_text("1\n")
    assert typed("getpin", "0") == Outcome(0, "1\n", "")
    assert typed("8setpin", "1", "P") == Outcome(0, "", "")
    writes = [f"write 6 {level}" for level in (0, 1, 0)]
    assert asked() == ["read 5", "mode 6 out", *writes]


def test_a_pin_is_waited_for(typed: Typed) -> None:
    Path("levels").write_text("1\n0\n0\n1\n")
    assert typed("waitpin", "0", "R") == Outcome(0, "", "")
    assert asked() == ["read 5"] * 4
    outcome = typed("waitpin", "0", "H", "--timeout", "0.1")
    assert outcome.code == ExitCode.TIMED_OUT
    assert "did not change within 0.1 s" in outcome.err


def test_what_is_asked_of_the_program_is_told(typed: Typed) -> None:
    outcome = typed("getpin", "1", "-vv")
    assert outcome.out == "0\n"
    assert outcome.err.splitlines() == [f"> {Path('gpio').absolute()} read 6", "< 0"]
