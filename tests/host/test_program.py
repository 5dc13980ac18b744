"""What becomes of a program of the configuration when the process that ran it is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.endtoend.house import wait_until
from tests.server.test_actions import is_alive

RUN = "program.run(words, 600)"
FOLLOW = "program.follow(words, print)"
OUTLIVES = "program.run(words, 600, outlives=True)"
HANGS = "echo $$ > {0}/leader; sleep 600 & echo $! > {0}/child; wait"


def pid_in(path: Path) -> int:
    """The number of a process, once it is there."""
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"), f"{path.name}")
    return int(path.read_text())


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@contextmanager
def running(how: str, root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs a program which hangs."""
    words = ["/bin/sh", "-c", HANGS.format(root)]
    code = f"import asyncio; from gbterm.host import program; words = {words}; asyncio.run({how})"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", [RUN, FOLLOW])
def test_it_dies_with_what_it_started(tmp_path: Path, how: str) -> None:
    with running(how, tmp_path) as process:
        pids = [pid_in(tmp_path / name) for name in ("leader", "child")]
        wait_until(lambda: len(children(process.pid)) == 2, "who looks after it")
        process.kill()
        wait_until(lambda: not any(map(is_alive, pids)), "the end of both")


def test_what_cuts_the_power_goes_on(tmp_path: Path) -> None:
    with running(OUTLIVES, tmp_path) as process:
        pids = [pid_in(tmp_path / name) for name in ("leader", "child")]
        assert len(children(process.pid)) == 1
        process.kill()
        process.wait()
        assert all(map(is_alive, pids))
        subprocess.run(["/bin/kill", "-KILL", "--", f"-{pids[0]}"], check=True)
