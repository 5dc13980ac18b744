"""What Tab makes of a line in the shells themselves, with nobody asked for it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from gbterm import lock
from gbterm.cli.completions import as_command
from gbterm.host import hosts
from tests.cli.conftest import Shell
from tests.cli.typing import TypingShell

ODD = "it's $(touch ran)"
PRINTERS = """
default = "workshop"
[printer.workshop]
url = "http://127.0.0.1:{port}"
[printer.ender]
port = "/dev/ttyX0"
"""


@pytest.fixture
def listening(gbterm: Shell) -> Iterator[socket.socket]:
    """Where the default printer would be asked. Another one has a host, and an odd name."""
    run_dir = gbterm.run_dir("odd")
    (run_dir / hosts.SPEC).write_text(json.dumps({"profile": {"name": ODD, "port": "/dev/tty"}}))
    held = lock.take(run_dir / hosts.PRINTER_LOCK)
    assert held
    with socket.create_server(("127.0.0.1", 0)) as server:
        gbterm.config.write_text(PRINTERS.format(port=server.getsockname()[1]))
        server.setblocking(False)
        yield server
    held.release()


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(
    request: pytest.FixtureRequest, gbterm: Shell, listening: socket.socket
) -> Iterator[TypingShell]:
    opened = TypingShell(request.param, gbterm)
    yield opened
    opened.close()


def test_tab_completes_what_the_parsers_know(
    shell: TypingShell, gbterm: Shell, listening: socket.socket
) -> None:
    for typed, completed in (
        ("gbterm waitf", "gbterm waitfor"),
        ("gbterm --printer en", "gbterm --printer ender"),
        ("gbterm --printer it", "gbterm --printer it\\'s\\ \\$\\(touch\\ ran\\)"),
        ("gbterm status --printer=en", "gbterm status --printer=ender"),
        ("gbterm status --js", "gbterm status --json"),
        ("gbterm swap b", "gbterm swap begin"),
        ("gbterm key create me --scope op", "gbterm key create me --scope operate"),
        ("gbterm help settempr", "gbterm help settempr"),
        ("8settempr --pri", "8settempr --printer"),
        ("8pause --printer wo", "8pause --printer workshop"),
        ("8status --js", "8status --json"),
        ("echo 1; gbterm waitf", "echo 1; gbterm waitfor"),
    ):
        assert shell.completed(typed) == completed
    assert not (gbterm.home / "ran").exists()
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_tab_completes_files_and_runs_nothing_in_their_names(
    shell: TypingShell, gbterm: Shell
) -> None:
    (files := gbterm.home / "files").mkdir()
    for name in ("a b.gcode", "it's$(touch ran).gcode", "Grün.gcode"):
        (files / name).touch()
    for typed, completed in (
        ("gbterm upload files/a", "gbterm upload files/a\\ b.gcode"),
        ("gbterm upload files/i", "gbterm upload files/it\\'s\\$\\(touch\\ ran\\).gcode"),
        ("8upload files/G", "8upload files/Grün.gcode"),
        ("8upload ~/files/a", "8upload ~/files/a\\ b.gcode"),
        ("gbterm --key-file files/G", "gbterm --key-file files/Grün.gcode"),
    ):
        assert shell.completed(typed) == completed
    assert not (gbterm.home / "ran").exists()


@pytest.mark.parametrize(
    ("folder", "called"), [("bin", "{home}/bin/gbterm"), ("$(touch ran) bin", "gbterm")]
)
def test_the_script_calls_gbterm_by_a_path_that_means_nothing_else(
    folder: str, called: str, gbterm: Shell
) -> None:
    program = gbterm.home / folder / "gbterm"
    program.parent.mkdir()
    program.touch(0o755)
    script = gbterm("completions", "bash", PATH=str(program.parent)).stdout
    assert f'script="{called.format(home=gbterm.home)}"' in script


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("gbterm sta", "gbterm sta"),
        ("~/.local/bin/gbterm sta", "gbterm sta"),
        ("8status -", "gbterm 8status -"),
        ("sudo -u pi 8status -", "gbterm 8status -"),
        ("8pause && 8waitend --t", "gbterm 8waitend --t"),
        ("gbterm upload gbterm ", "gbterm upload gbterm "),
        ("vi file", "vi file"),
    ],
)
def test_the_command_in_a_line(line: str, command: str) -> None:
    assert as_command(line) == command
