"""The example of a USB panel: real events through a pipe, and the commands that run."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

from gbterm.cli.exits import ExitCode
from gbterm.cli.verbs.table import BY_EIGHT, BY_NAME

DOCS = Path(__file__).parents[2] / "docs"
PANEL = DOCS / "panel" / "panel.py"
SYN, KEY, MSC = 0, 1, 4


def event(kind: int, code: int, value: int) -> bytes:
    return struct.pack("llHHi", 1_700_000_000, 250_000, kind, code, value)


def pressed(key: int) -> bytes:
    """As a keyboard sends it, held for a while."""
    scan = event(MSC, 4, 0x7003A)
    held = b"".join(event(KEY, key, value) for value in (1, 2, 2, 0))
    return scan + held + event(SYN, 0, 0)


def test_a_key_runs_its_command_once(tmp_path: Path) -> None:
    os.mkfifo(device := tmp_path / "event0")
    ran = tmp_path / "ran"
    note = f"{sys.executable} -c \"import sys; open('{ran}', 'a').write(sys.argv[1] + chr(10))\""
    (conf := tmp_path / "panel.conf").write_text(
        f"# key command\n59 {note} 'a b; $(c)'\n60 /no/such/command\n61 {note} last  # F3\n"
    )
    panel = subprocess.Popen(
        [sys.executable, str(PANEL), str(device), str(conf)], stderr=subprocess.PIPE, text=True
    )
    with device.open("wb", buffering=0) as keys:
        for key in (59, 60, 62, 61):
            keys.write(pressed(key))
    _, said = panel.communicate(timeout=90)
    assert panel.returncode == 0
    assert sorted(ran.read_text().splitlines()) == ["a b; $(c)", "last"]
    assert re.search("key 60: .*/no/such/command", said)
    assert "key 62 runs nothing" in said


def test_no_key_waits_for_what_another_runs(tmp_path: Path) -> None:
    """An emergency stop could not."""
    os.mkfifo(device := tmp_path / "event0")
    os.mkfifo(stop := tmp_path / "stop")
    writes = f"{sys.executable} -c \"open('{stop}', 'w').write('stopped')\""
    (conf := tmp_path / "panel.conf").write_text(f"59 cat {stop}\n61 {writes}\n")
    with subprocess.Popen(
        [sys.executable, str(PANEL), str(device), str(conf)], stdout=subprocess.PIPE, text=True
    ) as panel:
        with device.open("wb", buffering=0) as keys:
            keys.write(pressed(59) + pressed(61))
        try:
            said, _ = panel.communicate(timeout=90)
        finally:
            panel.kill()
            # Who still reads it may end.
            os.close(os.open(stop, os.O_RDWR))
    assert said == "stopped"


def test_the_example_runs_commands_that_there_are() -> None:
    lines = (DOCS / "panel" / "panel.conf").read_text().splitlines()
    for words in (line.partition("#")[0].split() for line in lines):
        if words:
            known = BY_NAME if words[1] == "gbterm" else BY_EIGHT
            assert words[2 if words[1] == "gbterm" else 1] in known


def test_the_page_has_every_exit_code() -> None:
    table = dict(re.findall(r"^\| (\d+) \| (.+?) \|", (DOCS / "commands.md").read_text(), re.M))
    assert set(table) == {str(int(code)) for code in ExitCode}
