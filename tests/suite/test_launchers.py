"""The launchers' quick path on a real OctoPrint and a real host, beside the whole program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gbterm.cli.main import main
from gbterm.model import Phase
from gbterm.quick import host, octoprint
from tests.endtoend.house import wait_until
from tests.suite.row import Row, at_rest
from tests.suite.rows import ROWS
from tests.suite.rows.job import PAUSE, RESUME, selected
from tests.suite.rows.motion import homed
from tests.suite.there import There

Launch = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]
WHOLE = 99
"""How the whole program ends where it is replaced, so that it shows."""
QUICK = {"octoprint": set(octoprint.PLANS), "direct": set(host.CALLS)}
NOT_QUICK = {("jog", "0"), ("jog", "0", "0", "0"), ("msg", "-5", "or\nM112")}
"""Where nothing is to be done, or a word may be an option."""
AT_REST = {
    kind: [
        row
        for row in ROWS
        if kind in row.kinds
        and f"8{row.typed[0]}" in QUICK[kind]
        and row.before in (at_rest, homed)
        and not row.says
        and "--json" not in row.typed
    ]
    for kind in QUICK
}
ASKS_WHERE = 'POST /api/printer/command {"commands": ["M114"]}'
"""After a move, by who shows where the head is."""
BESIDE_A_PRINT = (["8jog", "1"], ["8home"], ["8stepoff"], ["8servo", "0", "9"])
"""What is no setting, and comes between the lines of a print."""


@pytest.fixture
def launch(there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launch:
    """Runs a launcher on the default printer, which is written down by then."""
    (folder := tmp_path / "config" / "gbterm").mkdir(parents=True)
    options = dict(zip(there.options[::2], there.options[1::2], strict=True))
    members = "".join(f'{name[2:].replace("-", "_")} = "{v}"\n' for name, v in options.items())
    # The host was started without a name of its own.
    name = there.house.run_dir.name if there.kind == "direct" else "here"
    (folder / "config.toml").write_text(f"[printer.{name}]\n{members}")
    for name in ("config", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    assert main(["links", str(tmp_path / "bin")]) == 0
    (empty := tmp_path / "poison" / "gbterm").mkdir(parents=True)
    (empty / "__init__.py").touch()
    (empty / "__main__.py").write_text(f"raise SystemExit({WHOLE})\n")

    def run(*words: str, whole: bool = False) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "gbterm"] if whole else []
        first = words[0] if whole else tmp_path / "bin" / words[0]
        path = str(ROOT) if whole else str(empty.parent)
        return subprocess.run(
            [*program, first, *words[1:]],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def is_written_down() -> bool:
        run("8status", whole=True)
        return (tmp_path / "cache" / "gbterm" / "quick").exists()

    wait_until(is_written_down, "the default printer")
    return run


@pytest.mark.parametrize("kind", ["octoprint", "direct"])
def test_they_say_the_same(there: There, launch: Launch) -> None:
    for words in (["8status"], ["8status", "-q"]):
        quick, whole = launch(*words), launch(*words, whole=True)
        assert (quick.returncode, quick.stderr, quick.stdout) == (0, "", whole.stdout)
    for words in (["8gettemp"], ["8getbed"]):
        quick, whole = launch(*words), launch(*words, whole=True)
        assert (quick.returncode, quick.stderr) == (0, "")
        # They change meanwhile, as temperatures do.
        for one, other in zip(quick.stdout.split(), whole.stdout.split(), strict=True):
            assert abs(float(one) - float(other)) < 3


@pytest.mark.parametrize("kind", ["octoprint", "direct"])
def test_they_do_the_same(there: There, launch: Launch) -> None:
    tried = set()
    homed(there)
    there.settle()
    for row in AT_REST[there.kind]:
        there.begin()
        done = launch(f"8{row.typed[0]}", *row.typed[1:])
        if row.typed in NOT_QUICK:
            assert (done.returncode, there.requests(), there.executed()) == (WHOLE, (), ())
            continue
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), row
        assert_done(there, row)
        tried.add(row.typed[0])
    assert tried >= {"settemp", "setbed", "jog", "home", "speed", "feed", "fan", "msg", "beep"}
    assert tried >= {"fan2", "servo", "stepon", "stepoff"}


def assert_done(there: There, row: Row) -> None:
    """The server and the board were asked what they are asked by the whole program."""
    if there.kind == "octoprint":
        asked = tuple(one for one in row.requests if one != ASKS_WHERE)
        assert there.requests() == asked, row
    if row.sent:
        there.has_executed(row.sent)
        return
    moved = moves(there)
    there.begin()
    assert there(*row.typed).code == 0
    assert moves(there) == moved != [], row


def moves(there: There) -> list[str]:
    """What the board executed, without what servers send by themselves."""
    there.settle()
    return [line for line in there.executed() if line.startswith("G")]


@pytest.mark.parametrize("kind", ["octoprint", "direct"])
def test_a_print_is_paused_and_resumed(there: There, launch: Launch) -> None:
    assert launch("8pause").returncode == WHOLE  # nothing is printed: the whole program says so
    assert launch("8resume").returncode == WHOLE
    there.printing()
    there.begin()
    for words in BESIDE_A_PRINT:
        assert launch(*words).returncode == WHOLE, words
    assert there.requests() == ()
    for words in (["8beep"], ["8fan2", "on"], ["8msg", "Hello"], ["8fan", "on"], ["8speed", "90"]):
        assert launch(*words).returncode == 0, words
    there.begin()
    done = launch("8pause")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    there.becomes(Phase.PAUSED)
    # A print that goes on would not find E, nor its place, as it left them.
    for words in BESIDE_A_PRINT[:3]:
        assert launch(*words).returncode == WHOLE, words
    done = launch("8resume")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    there.becomes(Phase.EXECUTING)
    if there.kind == "octoprint":
        assert there.requests() == (PAUSE, RESUME)


@pytest.mark.parametrize("kind", ["octoprint"])
def test_what_is_selected_is_started(there: There, launch: Launch) -> None:
    assert launch("8start").returncode == WHOLE
    selected(there)
    there.begin()
    assert launch("8start", "box.gcode").returncode == WHOLE
    done = launch("8start")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert there.requests() == ('POST /api/job {"command": "start"}',)
    there.becomes(Phase.EXECUTING)
    assert launch("8start").returncode == WHOLE


@pytest.mark.parametrize("kind", ["direct"])
def test_a_print_is_cancelled(there: There, launch: Launch) -> None:
    assert launch("8cancel").returncode == WHOLE
    there.printing()
    done = launch("8cancel")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    there.becomes(Phase.READY)
