"""The manual and the list in docs, which are made from the parsers, as their readers get them."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gbterm.cli import man, options
from gbterm.cli.exits import ExitCode
from gbterm.cli.synopsis import commands_of, own
from gbterm.cli.verbs.table import BY_EIGHT, BY_NAME
from tests.cli.conftest import Shell


def shown(roff: str, locale: str = "C.UTF-8") -> str:
    """What `man` shows of a page, without bold. It complains about nothing in it."""
    done = subprocess.run(
        ["man", "--warnings", "-P", "cat", "-l", "-"],
        input=roff,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": locale, "MANWIDTH": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_man_shows_the_manual(gbterm: Shell, locale: str) -> None:
    told = shown(gbterm("man").stdout, locale)
    for heading in ("NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "EXIT STATUS", "FILES", "EXAMPLES"):
        assert re.search(rf"^{heading}$", told, re.MULTILINE)
    for name in {verb.name for verb in BY_NAME.values()} | {"key create", "links", "completions"}:
        assert re.search(rf"^ {{7}}gbterm +{name}\b", told, re.MULTILINE), name
    for code in ExitCode:
        assert re.search(rf"^ {{7}}{int(code)} +\w", told, re.MULTILINE), code
    assert "gbterm waitfor 'bed>=50'" in told
    assert re.search(r"^ {7}8status \[-q\]", told, re.MULTILINE)


def test_other_readers_of_manuals_complain_about_nothing(gbterm: Shell) -> None:
    lint = ["mandoc", "-T", "lint", "-W", "warning"]
    done = subprocess.run(
        lint, input=gbterm("man").stdout, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "hostile", [".so /etc/passwd", "'br", r"\fBx\n(.x", "-- `^~' \\", 'a "b" .c', "..", "x -.5"]
)
def test_what_is_told_means_nothing_to_roff(hostile: str) -> None:
    page = f".TH X 1 2000-01-01\n.SH A\n{man.text(hostile)}\n.SH B\n{man.bold(hostile)}\n"
    assert [line.strip() for line in shown(page).splitlines()].count(hostile) == 2


def test_every_argument_says_what_it_is() -> None:
    known = options.declared(["simulate", *BY_NAME, *BY_EIGHT])[1]
    inner = [each for parser in known.values() for each in commands_of(parser).values()]
    for parser in (*known.values(), *inner):
        for action in own(parser):
            assert action.help, (parser.prog, action.dest)


@pytest.mark.parametrize("example", [call for call, _ in man.EXAMPLES])
def test_examples_of_the_manual_can_be_typed(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box.gcode").touch()
    for call in re.split(r" && | \| man.*", example):
        assert not call or callable(options.parse(shlex.split(call)[1:]).run)
