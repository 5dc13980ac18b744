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
from tests.endtoend.house import wait_until
from tests.suite.there import There

Launch = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]


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
    (empty / "__main__.py").write_text("raise SystemExit(99)\n")

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
            timeout=60,
            check=False,
        )

    def is_written_down() -> bool:
        run("8status", whole=True)
        return (tmp_path / "cache" / "gbterm" / "quick").exists()

    wait_until(is_written_down, "the default printer", 30)
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
def test_a_print_is_paused(there: There, launch: Launch) -> None:
    assert launch("8pause").returncode == 99  # nothing is printed: the whole program says so
    there.printing()
    there.begin()
    done = launch("8pause")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    there.becomes(Phase.PAUSED)
    if there.kind == "octoprint":
        asked = 'POST /api/job {"action": "pause", "command": "pause"}'
        assert there.requests() == (asked,)
