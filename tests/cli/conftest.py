"""The command line as a user runs it: a process of its own, with directories of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.printer_process import PrinterProcess
from tests.cli.service import Service


class Shell:
    """Runs gbterm with its directories below `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / "config" / "gbterm" / "config.toml"
        self.config.parent.mkdir(parents=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "LC_", "LANG"))}
        self.env = kept | {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_DATA_HOME": str(home / "data"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "LANG": "C.UTF-8",
        }

    def __call__(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gbterm", *argv],
            env=self.env | env,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def run_dir(self, name: str) -> Path:
        path = self.home / "state" / "gbterm" / "run" / name
        path.mkdir(parents=True, exist_ok=True)
        return path


@pytest.fixture
def gbterm() -> Iterator[Shell]:
    # Not tmp_path: a socket's path holds 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gb-") as home:
        yield Shell(Path(home))


@pytest.fixture
def printer(gbterm: Shell) -> Iterator[PrinterProcess]:
    """A configured printer called `ender` whose printer process answers."""
    gbterm.config.write_text('[printer.ender]\nport = "/dev/ttyX0"\n')
    with PrinterProcess(gbterm.run_dir("ender") / "printer.sock") as process:
        yield process


@pytest.fixture
def board(gbterm: Shell) -> Iterator[str]:
    """The port of a virtual board, called `ender` in the configuration."""
    port = str(gbterm.home / "tty")
    gbterm.config.write_text(f'[printer.ender]\nport = "{port}"\nbaud = 115200\n')
    service = Service(gbterm, "simulate", "--link", port, "--speed", "100")
    service.ready()
    yield port
    gbterm("stop", "--force")
    service.end()


def assert_refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One sentence on standard error, nothing on standard output, the right exit code."""
    told: dict[str, Any] = {"stdout": done.stdout, "stderr": done.stderr, "code": done.returncode}
    assert done.returncode == code, told
    assert done.stdout == "", told
    assert done.stderr.startswith("gbterm: "), told
    assert done.stderr.count("\n") == 1, told
    for word in words:
        assert word in done.stderr, told
